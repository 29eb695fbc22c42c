//! The thirteen classes of Street2Fashion. In: a class index of a label map. Out: a [`Class`].

use crate::Category;

/// The class of a pixel. The discriminants are the network's output channels and the values of label maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// Neither a person nor anything that a person wears.
    Background = 0,
    /// Hair, beards included.
    Hair = 1,
    /// Face, arms, hands, legs, feet.
    Skin = 2,
    /// See [`Category::Blazers`].
    Blazers = 3,
    /// See [`Category::Dresses`].
    Dresses = 4,
    /// See [`Category::Jumpers`].
    Jumpers = 5,
    /// See [`Category::Shirts`].
    Shirts = 6,
    /// See [`Category::Skirts`].
    Skirts = 7,
    /// See [`Category::Trousers`].
    Trousers = 8,
    /// See [`Category::TShirts`].
    TShirts = 9,
    /// See [`Category::Tops`].
    Tops = 10,
    /// Coats, jackets, capes and vests worn over everything else.
    Outerwear = 11,
    /// Shoes, bags, hats, belts, glasses, jewellery, tights and the like.
    OtherWorn = 12,
}

impl Class {
    /// All classes, in the order of the network's channels.
    pub const ALL: [Self; 13] = [
        Self::Background,
        Self::Hair,
        Self::Skin,
        Self::Blazers,
        Self::Dresses,
        Self::Jumpers,
        Self::Shirts,
        Self::Skirts,
        Self::Trousers,
        Self::TShirts,
        Self::Tops,
        Self::Outerwear,
        Self::OtherWorn,
    ];

    /// The name used in the manifest and in tables, e.g. `other-worn`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Hair => "hair",
            Self::Skin => "skin",
            Self::Outerwear => "outerwear",
            Self::OtherWorn => "other-worn",
            Self::Blazers => Category::Blazers.as_str(),
            Self::Dresses => Category::Dresses.as_str(),
            Self::Jumpers => Category::Jumpers.as_str(),
            Self::Shirts => Category::Shirts.as_str(),
            Self::Skirts => Category::Skirts.as_str(),
            Self::Trousers => Category::Trousers.as_str(),
            Self::TShirts => Category::TShirts.as_str(),
            Self::Tops => Category::Tops.as_str(),
        }
    }

    /// Whether it is a part of the body: hair or skin.
    #[must_use]
    pub const fn is_of_the_body(self) -> bool {
        matches!(self, Self::Hair | Self::Skin)
    }

    /// The class of a garment category.
    #[must_use]
    pub const fn from_category(category: Category) -> Self {
        Self::ALL[category.index() + Self::Blazers as usize]
    }

    /// The category of this class; `None` for the other classes.
    #[must_use]
    pub fn category(self) -> Option<Category> {
        (self as usize).checked_sub(Self::Blazers as usize).and_then(|index| Category::ALL.get(index)).copied()
    }
}

/// A label-map value outside `0..13`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("class index {0} is out of range: expected 0 to 12")]
pub struct UnknownClass(pub u8);

impl TryFrom<u8> for Class {
    type Error = UnknownClass;

    fn try_from(index: u8) -> Result<Self, Self::Error> {
        Self::ALL.get(usize::from(index)).copied().ok_or(UnknownClass(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_categories_agree_by_name() {
        for category in Category::ALL {
            let class = Class::from_category(category);
            assert_eq!(class.as_str(), category.as_str());
            assert_eq!(class.category(), Some(category));
        }
        assert_eq!(Class::Outerwear.category(), None);
        assert_eq!(Class::Skin.category(), None);
        assert_eq!(Class::try_from(12), Ok(Class::OtherWorn));
        assert!(Class::try_from(13).is_err());
    }
}
