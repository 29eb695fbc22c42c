//! The design of a garment: its department, cut and cloth. Only types; `range` samples them.

use crate::fabric::Fabric;

/// The department of the shop that offers a product.
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
    /// The word in feeds.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Unisex => "unisex",
        }
    }

    /// Whether a person of this department would wear it.
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
    /// To the middle of the forearm.
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
    /// Gathered tiers.
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
    /// End of the leg between hip (0) and ankle (1).
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

/// The kind of garment and its cut.
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

/// Cut and cloth: everything that a drawing depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// Cut.
    pub cut: Cut,
    /// Cloth.
    pub fabric: Fabric,
}
