//! Facets as JSON.

use serde::{Deserialize, Serialize};

/// The values that products can be filtered by, with the number of products of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetCounts {
    /// All products.
    pub articles: usize,
    /// Those in stock.
    pub in_stock: usize,
    /// Brands, in their most frequent spelling.
    pub brands: FacetValues,
    /// Colours in the shop's words: a product in `Navy/White` counts for both.
    pub colors: FacetValues,
    /// `female`, `male`, `unisex`: a unisex product counts for all three.
    pub genders: FacetValues,
    /// Age groups.
    #[serde(default, skip_serializing_if = "FacetValues::is_empty")]
    pub age_groups: FacetValues,
    /// Materials: a product of `cotton/linen` counts for both.
    #[serde(default, skip_serializing_if = "FacetValues::is_empty")]
    pub materials: FacetValues,
    /// Patterns and prints.
    #[serde(default, skip_serializing_if = "FacetValues::is_empty")]
    pub patterns: FacetValues,
    /// Sizes that can be bought, from small to large: letters, then numbers, then words. Numbers have their system before them if the
    /// catalogue has several.
    #[serde(default, skip_serializing_if = "FacetValues::is_empty")]
    pub sizes: FacetValues,
    /// The price range of each currency, the most frequent currency first.
    pub prices: Vec<PriceSpan>,
}

/// The values of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetValues {
    /// The 200 most frequent values, the most frequent first; equally frequent ones in alphabetical order.
    pub values: Vec<FacetValue>,
    /// The number of other values.
    pub others: usize,
}

impl FacetValues {
    /// Whether no product has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// A value of a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetValue {
    /// The value of the filter.
    pub value: String,
    /// Products that pass a filter with this value alone.
    pub count: usize,
}

/// The price range of the products in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceSpan {
    /// ISO 4217 code.
    pub currency: String,
    /// The lowest price, in minor units.
    pub lowest_minor: u64,
    /// The highest price, in minor units.
    pub highest_minor: u64,
    /// Products in this currency.
    pub count: usize,
}
