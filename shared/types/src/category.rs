//! The eight categories of products. In: a name. Out: a [`Category`].

use serde::{Deserialize, Serialize};

/// One of the eight garment categories of *Street2Fashion2Shop* (Lasserre et al., 2018).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Tailored jackets worn over a shirt.
    Blazers,
    /// One-piece garments with a skirt.
    Dresses,
    /// Knitwear, cardigans, hoodies and sweatshirts.
    Jumpers,
    /// Shirts and blouses, buttoned.
    Shirts,
    /// Skirts of any length.
    Skirts,
    /// Trousers, jeans, leggings and shorts.
    Trousers,
    /// T-shirts and polo shirts.
    TShirts,
    /// Sleeveless and other upper garments that belong to no other category.
    Tops,
}

/// Where on the body a garment is worn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPart {
    /// Above the waist.
    Upper,
    /// Below the waist.
    Lower,
    /// Both.
    Whole,
}

impl Category {
    /// All categories, in the order in which results are shown.
    pub const ALL: [Self; 8] = [
        Self::Blazers,
        Self::Dresses,
        Self::Jumpers,
        Self::Shirts,
        Self::Skirts,
        Self::Trousers,
        Self::TShirts,
        Self::Tops,
    ];

    /// The name used in feeds, URLs and JSON, e.g. `t-shirts`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blazers => "blazers",
            Self::Dresses => "dresses",
            Self::Jumpers => "jumpers",
            Self::Shirts => "shirts",
            Self::Skirts => "skirts",
            Self::Trousers => "trousers",
            Self::TShirts => "t-shirts",
            Self::Tops => "tops",
        }
    }

    /// Where garments of this category are worn.
    #[must_use]
    pub const fn body_part(self) -> BodyPart {
        match self {
            Self::Blazers | Self::Jumpers | Self::Shirts | Self::TShirts | Self::Tops => BodyPart::Upper,
            Self::Skirts | Self::Trousers => BodyPart::Lower,
            Self::Dresses => BodyPart::Whole,
        }
    }

    /// The position in [`Category::ALL`], `0..8`.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl std::fmt::Display for Category {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The name of an unsupported category.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown category {0:?}: expected one of blazers, dresses, jumpers, shirts, skirts, trousers, t-shirts, tops")]
pub struct UnknownCategory(pub String);

impl std::str::FromStr for Category {
    type Err = UnknownCategory;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let name = name.trim();
        Self::ALL
            .into_iter()
            .find(|category| category.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownCategory(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_category() {
        for (index, category) in Category::ALL.into_iter().enumerate() {
            assert_eq!(category.as_str().parse(), Ok(category));
            assert_eq!(category.index(), index);
        }
        assert!("hats".parse::<Category>().is_err());
    }
}
