//! The shop's articles. In: a seed and an index. Out: a [`Product`] with all parameters of its cut and cloth, and its picture.

use image::RgbImage;
use stl_types::{Category, Class};
use tiny_skia::Transform;

use crate::body::Skeleton;
use crate::canvas::Canvas;
use crate::colour::Rgb;
use crate::fabric::{Fabric, Print};
use crate::garment::{Wearing, draw_flat};
use crate::naming;
use crate::range::{sample_cut, sample_fabric};
use crate::rng::Rng;

/// Width of a product picture in pixels.
pub const WIDTH: u32 = 600;
/// Height of a product picture in pixels.
pub const HEIGHT: u32 = 800;

/// Whom the shop offers an article to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gender {
    /// Women.
    Female,
    /// Men.
    Male,
    /// Everyone.
    Unisex,
}

impl Gender {
    /// The feed's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Unisex => "unisex",
        }
    }

    /// Whether someone who shops in this department would wear it.
    #[must_use]
    pub const fn suits(self, feminine: bool) -> bool {
        matches!((self, feminine), (Self::Unisex, _) | (Self::Female, true) | (Self::Male, false))
    }
}

/// A sleeve's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleeve {
    /// Cut off at the shoulder.
    None,
    /// Thin straps.
    Straps,
    /// To the middle of the upper arm.
    Short,
    /// To just above the wrist's half way.
    ThreeQuarter,
    /// To the wrist.
    Long,
    /// Short and gathered.
    Puff,
}

/// The shape of the neck opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neck {
    /// Round and close.
    Crew,
    /// V.
    V,
    /// Round and deep.
    Scoop,
    /// Wide and shallow.
    Boat,
    /// Folded tube.
    Turtle,
    /// Straight with corners.
    Square,
    /// A shirt's collar.
    Collar,
    /// A polo shirt's collar with a short placket.
    Polo,
    /// A tailored collar with lapels.
    Lapels,
    /// A hood with drawstrings.
    Hood,
}

/// How the front closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closure {
    /// Pulled over the head.
    None,
    /// Buttons down the front.
    Buttons,
    /// A zip down the front.
    Zip,
}

/// The cut of an upper garment, or of a dress's upper part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Upper {
    /// Room between body and cloth in centimetres: 1 is fitted, 8 oversize.
    pub ease: f32,
    /// Height of the hem in torso coordinates: 42 cropped, 60 hip, 100 knee.
    pub hem: f32,
    /// Sleeve.
    pub sleeve: Sleeve,
    /// Neck.
    pub neck: Neck,
    /// Closure.
    pub closure: Closure,
    /// Ribbed hem and cuffs.
    pub ribbed: bool,
    /// Chest pocket.
    pub chest_pocket: bool,
    /// Pockets at the hips.
    pub hip_pockets: bool,
    /// A contrasting collar, cuffs and neckband.
    pub contrast: bool,
}

/// A skirt's silhouette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkirtShape {
    /// Close to the legs.
    Pencil,
    /// Widening evenly.
    ALine,
    /// Widening much, with waves.
    Flared,
    /// Sharp vertical folds.
    Pleated,
    /// Gathered storeys.
    Tiered,
}

/// The cut of a skirt, or of a dress's lower part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skirt {
    /// Silhouette.
    pub shape: SkirtShape,
    /// Height of the waist in torso coordinates.
    pub waist: f32,
    /// Height of the hem.
    pub hem: f32,
    /// Buttons down the front.
    pub buttons: bool,
    /// A belt of its own cloth.
    pub belt: bool,
}

/// The shape of a trouser leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// Close to the leg.
    Skinny,
    /// Narrowing.
    Tapered,
    /// Straight.
    Straight,
    /// Widening below the knee.
    Bootcut,
    /// Wide from the hip.
    Wide,
}

/// The cut of trousers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trousers {
    /// Leg.
    pub leg: Leg,
    /// Where the leg ends on the way from hip (0) to ankle (1).
    pub length: f32,
    /// Height of the waist in torso coordinates.
    pub waist: f32,
    /// Pressed creases.
    pub crease: bool,
    /// Cuffs or turned-up hems.
    pub cuffs: bool,
    /// An elastic waist with a drawstring.
    pub drawstring: bool,
}

/// What kind of garment, with its cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cut {
    /// Worn on the upper body.
    Upper(Upper),
    /// One piece: upper part and skirt.
    Dress(Upper, Skirt),
    /// Skirt.
    Skirt(Skirt),
    /// Trousers.
    Trousers(Trousers),
}

/// Cut and cloth: all that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// Cut.
    pub cut: Cut,
    /// Cloth.
    pub fabric: Fabric,
}

/// One article of the shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// `atl-<seed>-<index>`.
    pub id: String,
    /// Category.
    pub category: Category,
    /// A short name, such as "Striped linen shirt, relaxed".
    pub title: String,
    /// One or two sentences.
    pub description: String,
    /// One of the invented brands.
    pub brand: &'static str,
    /// Price in euro cents.
    pub price_cents: u32,
    /// `in_stock`, `out_of_stock` or `preorder`.
    pub availability: &'static str,
    /// The main colour's name.
    pub color: &'static str,
    /// Whom it is for.
    pub gender: Gender,
    /// What is drawn.
    pub design: Design,
}

impl Product {
    /// Article `index` of the shop grown from `seed`. Categories take turns.
    #[must_use]
    pub fn new(seed: u64, index: usize) -> Self {
        let mut rng = Rng::new(seed, "product", index as u64);
        let category = Category::ALL[index % Category::ALL.len()];
        let gender = match category {
            Category::Dresses | Category::Skirts => Gender::Female,
            Category::Tops => rng.weighted(&[(Gender::Female, 4.0), (Gender::Male, 1.0)]),
            _ => rng.weighted(&[(Gender::Female, 4.0), (Gender::Male, 3.0), (Gender::Unisex, 2.0)]),
        };
        let cut = sample_cut(&mut rng, category, gender);
        let (fabric, color) = sample_fabric(&mut rng, category, &cut);
        let design = Design { cut, fabric };
        let words = naming::words(&mut rng, category, gender, &design, color);
        let base = [8900, 5900, 4900, 3900, 3900, 4900, 1900, 2200][category.index()];
        let price_cents =
            ((base as f32 * rng.range(0.65, 1.9) / 100.0) as u32).max(5) * 100 + rng.pick(&[95, 99, 90, 0]);
        Self {
            id: format!("atl-{seed}-{index:06}"),
            category,
            title: words.title,
            description: words.description,
            brand: words.brand,
            price_cents,
            availability: rng.weighted(&[("in_stock", 18.0), ("out_of_stock", 1.4), ("preorder", 0.6)]),
            color: color.name,
            gender,
            design,
        }
    }

    /// Whether its cloth shows one colour only.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.design.fabric.print == Print::Plain
    }
}

/// The product picture: [`WIDTH`]×[`HEIGHT`] pixels, the garment centred on pure white.
#[must_use]
pub fn render_product(product: &Product) -> RgbImage {
    render_labelled(product).0
}

/// The product picture with its label map.
#[must_use]
pub fn render_labelled(product: &Product) -> (RgbImage, image::GrayImage) {
    let white = Rgb(255, 255, 255);
    let skeleton = Skeleton::flat(match product.design.cut {
        Cut::Upper(Upper { sleeve: Sleeve::Long | Sleeve::ThreeQuarter, .. }) => 17.0,
        _ => 24.0,
    });
    let wearing = Wearing::flat(&skeleton, &product.design, Class::from_category(product.category));
    // A small trial drawing tells how much room the garment takes.
    let mut trial = Canvas::new(200, 220, white, Transform::from_translate(100.0, 40.0));
    draw_flat(&mut trial, &wearing);
    let [left, top, right, bottom] = trial.labelled_bounds().unwrap_or([0, 0, 199, 219]).map(|v| v as f32);
    let (width, height) = (right - left + 1.0, bottom - top + 1.0);
    let scale = (WIDTH as f32 * 0.86 / width).min(HEIGHT as f32 * 0.88 / height);
    let (cx, cy) = ((left + right + 1.0) / 2.0 - 100.0, (top + bottom + 1.0) / 2.0 - 40.0);
    let view = Transform::from_translate(WIDTH as f32 / 2.0 - cx * scale, HEIGHT as f32 / 2.0 - cy * scale)
        .pre_scale(scale, scale);
    let mut canvas = Canvas::new(WIDTH, HEIGHT, white, view);
    canvas.set_shadow_on_background(0.55);
    draw_flat(&mut canvas, &wearing);
    canvas.into_images()
}
