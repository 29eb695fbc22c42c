//! The cuts and cloths of each category. In: a random generator and a category. Out: a cut, a fabric.

use stl_types::Category;

use crate::colour::{CARD, DENIM, Named, contrasting};
use crate::design::{Closure, Cut, Gender, Leg, Neck, Skirt, SkirtShape, Sleeve, Trousers, Upper};
use crate::fabric::{Fabric, Print, Weave};
use crate::rng::Rng;

pub(crate) fn sample_cut(rng: &mut Rng, category: Category, gender: Gender) -> Cut {
    let feminine = gender == Gender::Female;
    let plain = Upper {
        ease: 2.0,
        hem: 61.0,
        sleeve: Sleeve::Short,
        neck: Neck::Crew,
        closure: Closure::None,
        ribbed: false,
        chest_pocket: false,
        hip_pockets: false,
        contrast: false,
    };
    match category {
        Category::Blazers => Cut::Upper(Upper {
            ease: rng.pick(&[1.6, 2.4, 3.6, 5.5]),
            hem: if feminine { rng.pick(&[54.0, 62.0, 68.0, 76.0]) } else { rng.range(66.0, 72.0) },
            sleeve: Sleeve::Long,
            neck: Neck::Lapels,
            closure: Closure::Buttons,
            chest_pocket: rng.chance(0.5),
            hip_pockets: true,
            contrast: rng.chance(0.12),
            ..plain
        }),
        Category::Jumpers => {
            let neck = rng.weighted(&[
                (Neck::Crew, 3.0),
                (Neck::V, 1.5),
                (Neck::Turtle, 1.5),
                (Neck::Hood, 2.0),
                (Neck::Boat, 0.6),
            ]);
            let closure = match neck {
                Neck::V => rng.weighted(&[(Closure::None, 1.0), (Closure::Buttons, 1.3)]),
                Neck::Hood => rng.weighted(&[(Closure::None, 2.0), (Closure::Zip, 1.0)]),
                _ => Closure::None,
            };
            Cut::Upper(Upper {
                ease: rng.pick(&[2.0, 3.5, 5.5, 8.0]),
                hem: if feminine { rng.pick(&[47.0, 56.0, 62.0, 68.0]) } else { rng.range(60.0, 66.0) },
                sleeve: Sleeve::Long,
                neck,
                closure,
                ribbed: true,
                hip_pockets: neck == Neck::Hood,
                contrast: rng.chance(0.15),
                ..plain
            })
        }
        Category::Shirts => Cut::Upper(Upper {
            ease: rng.pick(&[1.6, 2.6, 4.0, 6.5]),
            hem: rng.pick(&[60.0, 65.0, 70.0]),
            sleeve: rng.weighted(&[(Sleeve::Long, 4.0), (Sleeve::Short, 2.0), (Sleeve::ThreeQuarter, 0.8)]),
            neck: Neck::Collar,
            closure: Closure::Buttons,
            chest_pocket: rng.chance(0.55),
            contrast: rng.chance(0.15),
            ..plain
        }),
        Category::TShirts => {
            let polo = rng.chance(0.25);
            Cut::Upper(Upper {
                ease: rng.pick(&[1.4, 2.4, 4.0, 7.0]),
                hem: if feminine { rng.pick(&[46.0, 58.0, 62.0, 66.0]) } else { rng.range(61.0, 67.0) },
                neck: if polo { Neck::Polo } else { rng.pick(&[Neck::Crew, Neck::Crew, Neck::V, Neck::Scoop]) },
                sleeve: rng.weighted(&[(Sleeve::Short, 6.0), (Sleeve::Long, 1.0)]),
                chest_pocket: !polo && rng.chance(0.2),
                contrast: rng.chance(0.25),
                ..plain
            })
        }
        Category::Tops if feminine => Cut::Upper(Upper {
            ease: rng.pick(&[0.6, 1.2, 3.0]),
            hem: rng.pick(&[38.0, 43.0, 52.0, 60.0]),
            sleeve: rng.weighted(&[(Sleeve::None, 2.0), (Sleeve::Straps, 3.0), (Sleeve::Puff, 2.0)]),
            neck: rng.pick(&[Neck::Scoop, Neck::Square, Neck::V, Neck::Boat]),
            closure: rng.weighted(&[(Closure::None, 4.0), (Closure::Buttons, 1.0)]),
            ..plain
        }),
        Category::Tops => Cut::Upper(Upper {
            ease: rng.pick(&[1.4, 3.0, 4.5]),
            sleeve: Sleeve::None,
            neck: rng.pick(&[Neck::Scoop, Neck::Crew]),
            contrast: rng.chance(0.4),
            ..plain
        }),
        Category::Dresses => {
            let waist = rng.pick(&[37.0, 38.0, 34.0]);
            let upper = Upper {
                ease: rng.pick(&[0.8, 1.4, 2.2]),
                hem: waist + 2.0,
                sleeve: rng.pick(&[
                    Sleeve::None,
                    Sleeve::Straps,
                    Sleeve::Short,
                    Sleeve::Puff,
                    Sleeve::ThreeQuarter,
                    Sleeve::Long,
                ]),
                neck: rng.pick(&[Neck::Crew, Neck::V, Neck::V, Neck::Scoop, Neck::Square, Neck::Boat, Neck::Collar]),
                ..plain
            };
            let closure = if upper.neck == Neck::Collar { Closure::Buttons } else { Closure::None };
            let shape = rng.pick(&[
                SkirtShape::Pencil,
                SkirtShape::ALine,
                SkirtShape::ALine,
                SkirtShape::Flared,
                SkirtShape::Pleated,
                SkirtShape::Tiered,
            ]);
            let hem = rng.pick(&[82.0, 92.0, 100.0, 112.0, 126.0]);
            Cut::Dress(
                Upper { closure, ..upper },
                Skirt { shape, waist, hem, buttons: closure == Closure::Buttons, belt: rng.chance(0.35) },
            )
        }
        Category::Skirts => Cut::Skirt(Skirt {
            shape: rng.pick(&[
                SkirtShape::Pencil,
                SkirtShape::ALine,
                SkirtShape::Flared,
                SkirtShape::Pleated,
                SkirtShape::Tiered,
            ]),
            waist: 37.0,
            hem: rng.pick(&[76.0, 84.0, 94.0, 106.0, 118.0, 128.0]),
            buttons: rng.chance(0.18),
            belt: false,
        }),
        Category::Trousers => {
            let short = rng.chance(0.2);
            let leg = if short {
                rng.pick(&[Leg::Straight, Leg::Wide])
            } else if feminine {
                rng.pick(&[Leg::Skinny, Leg::Tapered, Leg::Straight, Leg::Bootcut, Leg::Wide])
            } else {
                rng.pick(&[Leg::Skinny, Leg::Tapered, Leg::Straight, Leg::Straight, Leg::Wide])
            };
            let drawstring = rng.chance(0.18);
            Cut::Trousers(Trousers {
                leg,
                length: if short { rng.pick(&[0.28, 0.36, 0.44]) } else { rng.pick(&[0.86, 0.97, 1.0]) },
                waist: if feminine { rng.pick(&[37.0, 40.0]) } else { 42.0 },
                crease: !short && !drawstring && rng.chance(0.3),
                cuffs: rng.chance(0.25),
                drawstring,
            })
        }
    }
}

pub(crate) fn sample_fabric(rng: &mut Rng, category: Category, cut: &Cut) -> (Fabric, Named) {
    let denim_share = match category {
        Category::Trousers => 0.42,
        Category::Skirts => 0.2,
        Category::Shirts => 0.1,
        _ => 0.0,
    };
    let denim = rng.chance(denim_share)
        && !matches!(cut, Cut::Skirt(Skirt { shape: SkirtShape::Pleated | SkirtShape::Tiered, .. }))
        && !matches!(cut, Cut::Trousers(Trousers { drawstring: true, .. } | Trousers { crease: true, .. }));
    let sober = match category {
        Category::Blazers | Category::Trousers => 0.6,
        Category::Shirts => 0.3,
        _ => 0.0,
    };
    let color = if denim {
        rng.pick(&DENIM)
    } else {
        let mut color = rng.pick(&CARD);
        const SOBER: [&str; 13] = [
            "black",
            "charcoal",
            "grey",
            "navy",
            "beige",
            "camel",
            "brown",
            "olive",
            "khaki",
            "white",
            "light grey",
            "cream",
            "light blue",
        ];
        for _ in 0..8 {
            if !rng.chance(sober) || SOBER.contains(&color.name) {
                break;
            }
            color = rng.pick(&CARD);
        }
        color
    };
    let base = color.rgb.jitter(rng, 9.0);
    let print = if denim {
        Print::Plain
    } else {
        let p = rng.range(0.85, 1.25);
        match category {
            Category::Blazers => {
                rng.weighted(&[(Print::Plain, 6.0), (Print::Pinstripes(3.0 * p), 1.5), (Print::Checks(6.0 * p), 2.0)])
            }
            Category::Dresses => rng.weighted(&[
                (Print::Plain, 4.0),
                (Print::Floral(13.0 * p), 3.0),
                (Print::Dots(5.0 * p), 1.5),
                (Print::Stripes(5.0 * p), 1.0),
                (Print::Checks(6.0 * p), 0.8),
            ]),
            Category::Jumpers => rng.weighted(&[
                (Print::Plain, 5.0),
                (Print::Stripes(6.0 * p), 2.2),
                (Print::Block, 1.2),
                (Print::Logo, 0.8),
            ]),
            Category::Shirts => rng.weighted(&[
                (Print::Plain, 4.0),
                (Print::Pinstripes(3.4 * p), 1.5),
                (Print::Checks(7.0 * p), 2.2),
                (Print::Floral(11.0 * p), 1.0),
                (Print::Dots(3.6 * p), 0.6),
                (Print::Stripes(4.0 * p), 0.6),
            ]),
            Category::Skirts => rng.weighted(&[
                (Print::Plain, 5.0),
                (Print::Floral(13.0 * p), 1.6),
                (Print::Checks(8.0 * p), 1.6),
                (Print::Dots(5.0 * p), 1.0),
                (Print::Pinstripes(6.0 * p), 0.7),
            ]),
            Category::Trousers => {
                rng.weighted(&[(Print::Plain, 8.0), (Print::Pinstripes(3.6 * p), 1.0), (Print::Checks(7.0 * p), 1.2)])
            }
            Category::TShirts => rng.weighted(&[
                (Print::Plain, 4.0),
                (Print::Stripes(4.4 * p), 2.5),
                (Print::Logo, 2.0),
                (Print::Block, 0.8),
                (Print::Dots(4.6 * p), 0.4),
            ]),
            Category::Tops => rng.weighted(&[
                (Print::Plain, 4.0),
                (Print::Stripes(3.2 * p), 1.2),
                (Print::Floral(9.0 * p), 1.6),
                (Print::Dots(4.0 * p), 0.8),
                (Print::Checks(4.0 * p), 0.6),
            ]),
        }
    };
    let weave = match (category, cut) {
        _ if denim => Weave::Denim,
        (Category::Jumpers, Cut::Upper(upper)) if upper.neck != Neck::Hood => {
            rng.weighted(&[(Weave::Knit, 4.0), (Weave::Cable, 1.6), (Weave::Rib, 1.0), (Weave::Smooth, 1.2)])
        }
        (Category::Blazers | Category::Shirts | Category::Trousers | Category::Skirts, _) => {
            rng.weighted(&[(Weave::Smooth, 3.0), (Weave::Linen, 1.2)])
        }
        (Category::Tops, _) => rng.weighted(&[(Weave::Smooth, 3.0), (Weave::Rib, 1.0)]),
        _ => Weave::Smooth,
    };
    // Cable and rib hide fine prints.
    let weave = if print != Print::Plain && matches!(weave, Weave::Cable | Weave::Rib) { Weave::Smooth } else { weave };
    let mut accent = contrasting(base, rng).rgb;
    if matches!(print, Print::Pinstripes(_)) && category != Category::Skirts {
        accent = base.mix(accent, 0.6);
    }
    let fabric = Fabric {
        base,
        accent,
        spark: contrasting(base, rng).rgb,
        print,
        weave,
        seed: u64::from(rng.range(0.0, 1e6) as u32),
    };
    (fabric, color)
}
