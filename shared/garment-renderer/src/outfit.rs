//! Outfits. In: a random generator and a catalogue. Out: products that go together, and accessories that are not for sale.

use stl_types::Category;

use crate::catalogue::Catalogue;
use crate::colour::{CARD, Rgb, contrasting};
use crate::design::{Closure, Cut, Design, Neck, Sleeve, Upper};
use crate::fabric::{Fabric, Print, Weave};
use crate::product::Product;
use crate::rng::Rng;

/// Everything that a person wears except shoes.
#[derive(Clone, Debug)]
pub(crate) struct Outfit {
    pub(crate) upper: Option<Product>,
    pub(crate) lower: Option<Product>,
    pub(crate) dress: Option<Product>,
    pub(crate) blazer: Option<Product>,
    pub(crate) coat: Option<Design>,
    pub(crate) tucked: bool,
    pub(crate) open: f32,
    pub(crate) bag: Option<Rgb>,
    pub(crate) hat: Option<Rgb>,
    pub(crate) glasses: bool,
    pub(crate) scarf: Option<Rgb>,
}

impl Outfit {
    pub(crate) fn sample(rng: &mut Rng, catalogue: &Catalogue, feminine: bool) -> Self {
        use Category::{Blazers, Dresses, Jumpers, Shirts, Skirts, TShirts, Tops, Trousers};
        let dressed = feminine && rng.chance(0.3);
        let blazer_on = rng.chance(0.32);
        let dress = if dressed { choose(rng, catalogue, Dresses, feminine) } else { None };
        let (mut upper, mut lower) = (None, None);
        if dress.is_none() {
            let kind = if blazer_on {
                rng.weighted(&[(Shirts, 3.0), (TShirts, 3.0), (Tops, if feminine { 3.0 } else { 0.3 })])
            } else {
                rng.weighted(&[(Shirts, 3.0), (TShirts, 3.0), (Jumpers, 3.6), (Tops, if feminine { 3.0 } else { 0.6 })])
            };
            upper = choose(rng, catalogue, kind, feminine);
            let kind = if feminine { rng.weighted(&[(Trousers, 1.0), (Skirts, 1.2)]) } else { Trousers };
            lower = choose(rng, catalogue, kind, feminine);
        }
        let bulky = upper.as_ref().is_some_and(|p| matches!(p.design.cut, Cut::Upper(u) if u.ease > 5.0));
        let blazer = if blazer_on && !bulky { choose(rng, catalogue, Blazers, feminine) } else { None };
        let coat = (blazer.is_none() && rng.chance(0.2)).then(|| coat(rng));
        let skirted = lower.as_ref().is_some_and(|p| p.category == Skirts);
        let short_lower = match lower.as_ref().map(|p| p.design.cut) {
            Some(Cut::Skirt(skirt)) => skirt.hem < 90.0,
            Some(Cut::Trousers(trousers)) => trousers.length < 0.45,
            _ => false,
        };
        let jumper = upper.as_ref().is_some_and(|p| p.category == Jumpers);
        let tucked = match (jumper, skirted) {
            (false, true) => rng.chance(0.8) || short_lower,
            (false, false) => rng.chance(0.4) || short_lower,
            (true, true) => short_lower,
            (true, false) => false,
        };
        let accessory = |rng: &mut Rng, p: f32| rng.chance(p).then(|| rng.pick(&CARD).rgb.jitter(rng, 8.0));
        Self {
            upper,
            lower,
            dress,
            blazer,
            coat,
            tucked,
            open: rng.range(0.6, 1.0),
            bag: accessory(rng, if feminine { 0.4 } else { 0.2 }),
            hat: accessory(rng, 0.16),
            glasses: rng.chance(0.2),
            scarf: accessory(rng, 0.08),
        }
    }

    /// The worn products, outermost first.
    pub(crate) fn products(&self) -> impl Iterator<Item = &Product> {
        [&self.blazer, &self.dress, &self.upper, &self.lower].into_iter().flatten()
    }
}

/// Picks a product of a category, preferably of the person's department.
fn choose(rng: &mut Rng, catalogue: &Catalogue, category: Category, feminine: bool) -> Option<Product> {
    let indices: Vec<_> = catalogue.indices_of(category).collect();
    if indices.is_empty() {
        return None;
    }
    let mut product = catalogue.product(rng.pick(&indices));
    for _ in 0..24 {
        if product.gender.suits(feminine) {
            break;
        }
        product = catalogue.product(rng.pick(&indices));
    }
    Some(product)
}

/// A coat or jacket that is not a product of the shop.
fn coat(rng: &mut Rng) -> Design {
    let long = rng.chance(0.6);
    let base = rng.pick(&CARD).rgb.jitter(rng, 8.0);
    let upper = Upper {
        ease: rng.range(3.6, 6.5),
        hem: if long { rng.range(88.0, 112.0) } else { rng.range(56.0, 68.0) },
        sleeve: Sleeve::Long,
        neck: if long { Neck::Lapels } else { rng.pick(&[Neck::Hood, Neck::Crew, Neck::Collar]) },
        closure: if long { Closure::Buttons } else { Closure::Zip },
        ribbed: !long && rng.chance(0.5),
        chest_pocket: false,
        hip_pockets: true,
        contrast: rng.chance(0.2),
    };
    let fabric = Fabric {
        base,
        accent: contrasting(base, rng).rgb,
        spark: contrasting(base, rng).rgb,
        print: if long && rng.chance(0.2) { Print::Checks(9.0) } else { Print::Plain },
        weave: if long { Weave::Linen } else { rng.pick(&[Weave::Smooth, Weave::Denim]) },
        seed: u64::from(rng.range(0.0, 1e6) as u32),
    };
    Design { cut: Cut::Upper(upper), fabric }
}
