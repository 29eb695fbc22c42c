//! Layers of clothes. In: a category or class. Out: its [`Layer`].

use serde::{Deserialize, Serialize};

use crate::{BodyPart, Category, Class};

/// A layer of clothes. A person wears at most one garment of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Shirts, t-shirts, tops and jumpers.
    Upper,
    /// Blazers, jackets and coats, worn over the upper layer or a dress.
    Outer,
    /// Trousers and skirts.
    Lower,
    /// Dresses, worn in place of upper and lower garments.
    Whole,
}

impl Layer {
    /// All layers.
    pub const ALL: [Self; 4] = [Self::Upper, Self::Outer, Self::Lower, Self::Whole];

    /// The name in JSON and in tables, e.g. `upper`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upper => "upper",
            Self::Outer => "outer",
            Self::Lower => "lower",
            Self::Whole => "whole",
        }
    }

    /// Where garments of this layer are worn.
    #[must_use]
    pub const fn body_part(self) -> BodyPart {
        match self {
            Self::Upper | Self::Outer => BodyPart::Upper,
            Self::Lower => BodyPart::Lower,
            Self::Whole => BodyPart::Whole,
        }
    }
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Category {
    /// The layer that garments of this category belong to.
    #[must_use]
    pub const fn layer(self) -> Layer {
        match self {
            Self::Jumpers | Self::Shirts | Self::TShirts | Self::Tops => Layer::Upper,
            Self::Blazers => Layer::Outer,
            Self::Skirts | Self::Trousers => Layer::Lower,
            Self::Dresses => Layer::Whole,
        }
    }
}

impl Class {
    /// The layer of this class; `None` for what is no garment.
    #[must_use]
    pub fn layer(self) -> Option<Layer> {
        match self {
            Self::Outerwear => Some(Layer::Outer),
            _ => self.category().map(Category::layer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_worn_where_its_categories_are() {
        for category in Category::ALL {
            assert_eq!(category.layer().body_part(), category.body_part(), "{category}");
            assert_eq!(Class::from_category(category).layer(), Some(category.layer()));
        }
        assert_eq!(Class::Outerwear.layer(), Some(Layer::Outer));
        assert!([Class::Background, Class::Skin, Class::OtherWorn].iter().all(|class| class.layer().is_none()));
    }

    #[test]
    fn the_name_is_the_one_in_json() {
        for layer in Layer::ALL {
            assert_eq!(serde_json::to_value(layer).expect("to JSON"), layer.as_str());
        }
    }
}
