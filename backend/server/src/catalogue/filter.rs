//! Conditions on articles. In: the parameters of a search. Out: a [`Filter`], which admits an article or not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stl_types::wire::Availability;

use super::article::Article;
use super::sizes;
use super::variant::Variant;
use super::words::{is_same, parts};

/// Genders that a filter can name.
pub(crate) const GENDERS: [&str; 3] = ["female", "male", "unisex"];

/// Age groups that a filter can name: Google's.
pub(crate) const AGE_GROUPS: [&str; 5] = ["newborn", "infant", "toddler", "kids", "adult"];

/// Conditions on an article. An empty field admits every article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// One of these: `female`, `male`, `unisex`. Each also admits unisex articles.
    pub genders: Vec<String>,
    /// One of these colours, in the shop's words; `navy` also admits `Navy/White`.
    pub colors: Vec<String>,
    /// One of these brands.
    pub brands: Vec<String>,
    /// One of these age groups.
    pub age_groups: Vec<String>,
    /// One of these materials; `linen` also admits `cotton/linen`.
    pub materials: Vec<String>,
    /// One of these patterns, in the same way.
    pub patterns: Vec<String>,
    /// One of these sizes, which can be bought; with [`Filter::in_stock`], which is in stock. `38` also admits `EU 38`.
    pub sizes: Vec<String>,
    /// For each name one of its texts: labels of the shop.
    pub labels: BTreeMap<String, Vec<String>>,
    /// Lowest and highest price, in minor units.
    pub price_minor: PriceRange,
    /// Currency of the price (ISO 4217).
    pub currency: Option<String>,
    /// Only articles in stock.
    pub in_stock: bool,
}

/// Both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRange {
    /// At least.
    pub lowest: u64,
    /// At most.
    pub highest: u64,
}

impl Default for PriceRange {
    fn default() -> Self {
        Self { lowest: 0, highest: u64::MAX }
    }
}

impl Filter {
    /// Whether every article passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an article passes at a moment, which decides its price.
    #[must_use]
    pub fn admits(&self, article: &Article, now: Timestamp) -> bool {
        (!self.in_stock || article.availability == Availability::InStock)
            && (self.price_minor.lowest..=self.price_minor.highest).contains(&article.amount_minor_at(now))
            && self.admits_gender(&article.gender)
            && self.admits_color(&article.color)
            && self.admits_brand(&article.brand)
            && self.admits_currency(&article.price.currency)
            && self.admits_age_group(&article.age_group)
            && self.admits_material(&article.material)
            && self.admits_pattern(&article.pattern)
            && self.admits_variants(&article.variants)
            && self
                .labels
                .keys()
                .all(|name| self.admits_label(name, article.labels.get(name).map_or("", String::as_str)))
    }

    /// Whether an article for this gender passes.
    pub(super) fn admits_gender(&self, gender: &str) -> bool {
        self.genders.is_empty() || gender == "unisex" || self.genders.iter().any(|wanted| wanted == gender)
    }

    /// Whether an article of this colour passes.
    pub(super) fn admits_color(&self, color: &str) -> bool {
        admits_part(&self.colors, color)
    }

    /// Whether an article of this brand passes.
    pub(super) fn admits_brand(&self, brand: &str) -> bool {
        self.brands.is_empty() || self.brands.iter().any(|wanted| is_same(wanted, brand))
    }

    /// Whether an article for this age group passes.
    pub(super) fn admits_age_group(&self, age_group: &str) -> bool {
        self.age_groups.is_empty() || self.age_groups.iter().any(|wanted| is_same(wanted, age_group))
    }

    /// Whether an article of this material passes.
    pub(super) fn admits_material(&self, material: &str) -> bool {
        admits_part(&self.materials, material)
    }

    /// Whether an article with this pattern passes.
    pub(super) fn admits_pattern(&self, pattern: &str) -> bool {
        admits_part(&self.patterns, pattern)
    }

    /// Whether an article with these variants passes.
    fn admits_variants(&self, variants: &[Variant]) -> bool {
        let is_offered = |variant: &&Variant| sizes::is_offered(variant, self.in_stock);
        let mut offered = variants.iter().filter(is_offered);
        self.sizes.is_empty()
            || offered.any(|variant| self.sizes.iter().any(|wanted| sizes::is_wanted(wanted, variant)))
    }

    /// Whether an article with this text as the label of a name passes; without the label the text is empty.
    pub(super) fn admits_label(&self, name: &str, text: &str) -> bool {
        self.labels.get(name).is_none_or(|wanted| wanted.iter().any(|wanted| is_same(wanted, text)))
    }

    /// Whether an article in this currency passes.
    pub(super) fn admits_currency(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}

/// Whether a text such as `White / Navy`, or one of its parts, is wanted; every text is, if none is named.
fn admits_part(wanted: &[String], text: &str) -> bool {
    wanted.is_empty()
        || parts(text).any(|part| wanted.iter().any(|wanted| is_same(wanted, part)))
        || wanted.iter().any(|wanted| is_same(wanted, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::variant::tests::variant;

    #[test]
    fn words_are_compared_as_people_do() {
        let filter = Filter {
            genders: vec!["male".into()],
            colors: vec!["navy".into()],
            brands: vec!["MÜLLER".into()],
            ..Filter::default()
        };
        assert!(filter.admits_color("Navy") && filter.admits_color("White / Navy") && !filter.admits_color("Navyish"));
        assert!(filter.admits_brand("Müller") && !filter.admits_brand(""));
        assert!(filter.admits_brand("Mu\u{308}ller"), "decomposed, as macOS writes it");
        let decomposed = Filter { colors: vec!["gru\u{308}n".into()], ..Filter::default() };
        assert!(decomposed.admits_color("Grün") && decomposed.admits_color("Weiß/GRU\u{308}N"));
        assert!(filter.admits_gender("unisex") && filter.admits_gender("male") && !filter.admits_gender("female"));
        assert!(Filter::default().admits_color("") && Filter::default().admits_gender(""));
    }

    #[test]
    fn labels_of_one_name_are_alternatives_and_a_size_has_to_be_one_that_can_be_bought() {
        let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let wanted = [("season", vec!["AW26".to_owned(), "SS27".to_owned()]), ("fit", vec!["Slim".to_owned()])];
        let filter =
            Filter { labels: wanted.map(|(name, texts)| (name.to_owned(), texts)).into(), ..Filter::default() };
        for (of, expected) in [
            (labels(&[("season", "ss27"), ("fit", "slim")]), true),
            (labels(&[("season", "SS27"), ("fit", "wide")]), false),
            (labels(&[("season", "AW26")]), false),
            (labels(&[]), false),
        ] {
            let article = Article { labels: of.clone(), ..article("a") };
            assert_eq!(filter.admits(&article, Timestamp::UNIX_EPOCH), expected, "{of:?}");
        }
        let of = |size: &str, availability| Variant { availability, ..variant(size, 1) };
        let variants =
            vec![of("M", Availability::OutOfStock), of("L", Availability::Preorder), of("2XL", Availability::InStock)];
        let sized = Article { variants, ..article("a") };
        for (sizes, in_stock, expected) in [
            (vec!["M"], false, false),
            (vec!["M", "l"], false, true),
            (vec!["L"], true, false),
            (vec!["xxl"], true, true),
            (vec![], true, true),
        ] {
            let sizes = sizes.into_iter().map(str::to_owned).collect();
            let filter = Filter { sizes, in_stock, ..Filter::default() };
            assert_eq!(filter.admits(&sized, Timestamp::UNIX_EPOCH), expected, "{filter:?}");
            assert_eq!(filter.admits(&article("b"), Timestamp::UNIX_EPOCH), filter.sizes.is_empty());
        }
        let filter = Filter { materials: vec!["linen".to_owned()], ..Filter::default() };
        assert!(
            filter.admits_material("Cotton/Linen") && !filter.admits_material("Cotton") && !filter.admits_material("")
        );
    }
}
