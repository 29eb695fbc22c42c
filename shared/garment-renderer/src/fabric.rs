//! Cloth. In: colours, a print, a weave. Out: tiles that repeat over a garment, at the picture's scale.

use tiny_skia::{BlendMode, FillRule, Path, Pixmap, Stroke, Transform};

use crate::colour::Rgb;
use crate::geometry::{curve, ellipse, pt, rect};
use crate::pixmap::{blank, colour, paint};
use crate::rng::Rng;

/// The pattern of the cloth. Sizes are in centimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Print {
    /// One colour.
    Plain,
    /// Stripes across, with their period.
    Stripes(f32),
    /// Stripes down, with their period.
    Pinstripes(f32),
    /// Checks, with their period.
    Checks(f32),
    /// Dots, with their distance.
    Dots(f32),
    /// Flowers and leaves, with the repeat's size.
    Floral(f32),
    /// A logo on the chest.
    Logo,
    /// The lower part in the second colour.
    Block,
}

impl Print {
    /// The word for titles and feeds; empty for plain cloth.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Stripes(_) => "striped",
            Self::Pinstripes(_) => "pinstriped",
            Self::Checks(_) => "checked",
            Self::Dots(_) => "dotted",
            Self::Floral(_) => "floral",
            Self::Logo => "logo",
            Self::Block => "colour-block",
        }
    }
}

/// The surface of the cloth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weave {
    /// Smooth.
    Smooth,
    /// Irregular threads.
    Linen,
    /// Diagonal twill with orange stitching.
    Denim,
    /// Knitted stitches.
    Knit,
    /// Braided columns.
    Cable,
    /// Narrow ribs.
    Rib,
}

/// All parameters of a garment's cloth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fabric {
    /// Main colour.
    pub base: Rgb,
    /// Second colour: print, contrast hems, colour blocks.
    pub accent: Rgb,
    /// Third colour of a print.
    pub spark: Rgb,
    /// Print.
    pub print: Print,
    /// Surface.
    pub weave: Weave,
    /// Seeds the positions of flowers and threads.
    pub seed: u64,
}

/// A square that repeats.
pub struct Tile {
    /// Its pixels.
    pub pixels: Pixmap,
    /// Its resolution.
    pub cm_per_px: f32,
}

/// Cloth, ready for one picture's scale.
pub struct Cloth {
    /// Opaque colours.
    pub print: Tile,
    /// Translucent light and dark of the weave.
    pub texture: Option<Tile>,
    /// Its parameters.
    pub fabric: Fabric,
}

impl Fabric {
    /// Whether the cloth has one colour, apart from logos and colour blocks.
    #[must_use]
    pub const fn is_unprinted(&self) -> bool {
        matches!(self.print, Print::Plain | Print::Logo | Print::Block)
    }

    /// The cloth at `px_per_cm`, darkened by `dim` (0: unchanged, 1: black).
    #[must_use]
    pub fn cloth(&self, px_per_cm: f32, dim: f32) -> Cloth {
        let (base, accent, spark) = (self.base.darker(dim), self.accent.darker(dim), self.spark.darker(dim));
        Cloth {
            print: self.print_tile(px_per_cm, [base, accent, spark]),
            texture: self.weave_tile(px_per_cm),
            fabric: Self { base, accent, spark, ..*self },
        }
    }

    fn print_tile(&self, px_per_cm: f32, [base, accent, spark]: [Rgb; 3]) -> Tile {
        let size = match self.print {
            Print::Plain | Print::Logo | Print::Block => return Brush::new(1.0, 2.0, Some(base)).into_tile(),
            Print::Stripes(p) | Print::Pinstripes(p) | Print::Checks(p) | Print::Dots(p) | Print::Floral(p) => p,
        };
        let mut brush = Brush::new(size, px_per_cm, Some(base));
        match self.print {
            Print::Stripes(_) => brush.fill(&rect(-1.0, 0.0, size + 1.0, size * 0.42), accent, 1.0),
            Print::Pinstripes(_) => {
                let share = if size < 2.2 { 0.2 } else { 0.45 };
                brush.fill(&rect(0.0, -1.0, size * share, size + 1.0), accent, 1.0);
            }
            Print::Checks(_) => {
                brush.fill(&rect(0.0, -1.0, size * 0.42, size + 1.0), accent, 0.62);
                brush.fill(&rect(-1.0, 0.0, size + 1.0, size * 0.42), accent, 0.62);
                brush.fill(&rect(size * 0.68, -1.0, size * 0.75, size + 1.0), spark, 0.8);
                brush.fill(&rect(-1.0, size * 0.68, size + 1.0, size * 0.75), spark, 0.8);
            }
            Print::Dots(_) => {
                for (x, y) in [(0.25, 0.25), (0.75, 0.75)] {
                    brush.fill(&ellipse(pt(x * size, y * size), size * 0.15, size * 0.15), accent, 1.0);
                }
            }
            Print::Floral(_) => self.flowers(&mut brush, size, accent, spark),
            Print::Plain | Print::Logo | Print::Block => {}
        }
        brush.into_tile()
    }

    fn flowers(&self, brush: &mut Brush, size: f32, accent: Rgb, spark: Rgb) {
        let mut rng = Rng::new(self.seed, "flowers", 0);
        for cell in 0..9 {
            let centre = pt(
                ((cell % 3) as f32 + rng.range(0.2, 0.8)) * size / 3.0,
                ((cell / 3) as f32 + rng.range(0.2, 0.8)) * size / 3.0,
            );
            let (turn, r) = (rng.range(0.0, 6.3), size * rng.range(0.055, 0.1));
            let leaf = accent.mix(Rgb(70, 120, 80), 0.65);
            for shift in wraps(size) {
                let c = centre + shift;
                for k in 0..2 {
                    let angle = turn + k as f32 * 2.4;
                    let tip = c + pt(angle.cos(), angle.sin()) * (r * 2.6);
                    brush.line(&curve(&[c, c.lerp(tip, 0.5) + pt(r * 0.4, 0.0), tip]), leaf, r * 0.7);
                }
                for k in 0..5 {
                    let angle = turn + k as f32 * std::f32::consts::TAU / 5.0;
                    let petal = c + pt(angle.cos(), angle.sin()) * r;
                    brush.fill(&ellipse(petal, r * 0.72, r * 0.72), if cell % 3 == 0 { spark } else { accent }, 1.0);
                }
                brush.fill(&ellipse(c, r * 0.5, r * 0.5), Rgb(248, 222, 140), 1.0);
            }
        }
    }

    fn weave_tile(&self, px_per_cm: f32) -> Option<Tile> {
        let (black, white) = (Rgb(0, 0, 0), Rgb(255, 255, 255));
        let mut brush;
        match self.weave {
            Weave::Smooth => return None,
            Weave::Linen => {
                let size = 7.0;
                brush = Brush::new(size, px_per_cm, None);
                let mut rng = Rng::new(self.seed, "threads", 0);
                for _ in 0..70 {
                    let (x, y, len) = (rng.range(0.0, size), rng.range(0.0, size), rng.range(0.6, 2.4));
                    let (tone, upright) = (if rng.chance(0.5) { black } else { white }, rng.chance(0.5));
                    for shift in wraps(size) {
                        let from = pt(x, y) + shift;
                        let to = from + if upright { pt(0.0, len) } else { pt(len, 0.0) };
                        brush.faint_line(&curve(&[from, to]), tone, 0.16, 0.1);
                    }
                }
            }
            Weave::Denim => {
                let size = 1.6;
                brush = Brush::new(size, px_per_cm, None);
                for k in -4..8 {
                    let x = k as f32 * size / 4.0;
                    let tone = if k % 2 == 0 { white } else { black };
                    brush.faint_line(&curve(&[pt(x, -0.1), pt(x + size + 0.2, size + 0.1)]), tone, 0.18, 0.13);
                }
            }
            Weave::Knit | Weave::Cable => {
                // Each stitch is a small V; one tile holds one stitch, or a braid as well.
                let (w, rows) = (1.3, if self.weave == Weave::Cable { 6 } else { 1 });
                let size = w * rows as f32;
                brush = Brush::new(size, px_per_cm, None);
                for i in 0..rows {
                    for j in -1..=rows {
                        let (x, y) = (i as f32 * w, j as f32 * w);
                        let v = curve(&[pt(x + w * 0.06, y), pt(x + w * 0.5, y + w * 0.75)]);
                        let v2 = curve(&[pt(x + w * 0.94, y), pt(x + w * 0.5, y + w * 0.75)]);
                        brush.faint_line(&v, black, 0.22, 0.17);
                        brush.faint_line(&v2, black, 0.22, 0.12);
                        let shine = curve(&[pt(x + w * 0.28, y), pt(x + w * 0.5, y + w * 0.35), pt(x + w * 0.72, y)]);
                        brush.faint_line(&shine, white, 0.2, 0.14);
                    }
                }
                if rows > 1 {
                    for shift in wraps(size) {
                        for turn in [0.0, 0.5] {
                            let knots: Vec<_> = (0..=8)
                                .map(|k| {
                                    let t = k as f32 / 8.0;
                                    pt(size * (0.5 + 0.16 * ((t + turn) * std::f32::consts::TAU).cos()), t * size)
                                        + shift
                                })
                                .collect();
                            brush.faint_line(&curve(&knots), black, 1.0, 0.13);
                            let lit: Vec<_> = knots.iter().map(|&k| k + pt(-0.25, 0.0)).collect();
                            brush.faint_line(&curve(&lit), white, 0.7, 0.22);
                        }
                    }
                }
            }
            Weave::Rib => {
                let size = 0.9;
                brush = Brush::new(size, px_per_cm, None);
                brush.faint_line(&curve(&[pt(0.2, -1.0), pt(0.2, 2.0)]), black, 0.3, 0.16);
                brush.faint_line(&curve(&[pt(0.62, -1.0), pt(0.62, 2.0)]), white, 0.3, 0.12);
            }
        }
        Some(brush.into_tile())
    }
}

/// A tile while it is drawn.
struct Brush {
    pixels: Pixmap,
    px_per_cm: f32,
}

impl Brush {
    fn new(size_cm: f32, px_per_cm: f32, fill: Option<Rgb>) -> Self {
        let side = (size_cm * px_per_cm).round().max(2.0);
        let mut pixels = blank(side as u32, side as u32);
        if let Some(fill) = fill {
            pixels.fill(colour(fill, 1.0));
        }
        Self { pixels, px_per_cm: side / size_cm }
    }

    fn view(&self) -> Transform {
        Transform::from_scale(self.px_per_cm, self.px_per_cm)
    }

    fn fill(&mut self, path: &Path, rgb: Rgb, alpha: f32) {
        let view = self.view();
        self.pixels.fill_path(path, &paint(rgb, alpha, BlendMode::SourceOver), FillRule::Winding, view, None);
    }

    fn line(&mut self, path: &Path, rgb: Rgb, width: f32) {
        self.faint_line(path, rgb, width, 1.0);
    }

    fn faint_line(&mut self, path: &Path, rgb: Rgb, width: f32, alpha: f32) {
        let stroke = Stroke { width, line_cap: tiny_skia::LineCap::Round, ..Stroke::default() };
        let view = self.view();
        self.pixels.stroke_path(path, &paint(rgb, alpha, BlendMode::SourceOver), &stroke, view, None);
    }

    fn into_tile(self) -> Tile {
        Tile { pixels: self.pixels, cm_per_px: 1.0 / self.px_per_cm }
    }
}

/// The nine shifts that let a motif cross a tile's edges.
fn wraps(size: f32) -> impl Iterator<Item = crate::geometry::Pt> {
    (0..9).map(move |k| pt((k % 3) as f32 * size - size, (k / 3) as f32 * size - size))
}
