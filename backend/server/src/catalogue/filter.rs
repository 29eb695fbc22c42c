//! Which articles a visitor wants to see. In: a query string's pairs. Out: a [`Filter`].

use jiff::Timestamp;
use stl_types::wire::Availability;

use super::article::Article;

/// Genders that a filter can name.
pub(super) const GENDERS: [&str; 3] = ["female", "male", "unisex"];

/// Conditions on an article. An empty field admits every article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these: `female`, `male`, `unisex`. Each also admits unisex articles.
    pub genders: Vec<String>,
    /// One of these colours, in the shop's words; `navy` also admits `Navy/White`.
    pub colors: Vec<String>,
    /// One of these brands.
    pub brands: Vec<String>,
    /// Lowest and highest price, in minor units.
    pub price_minor: PriceRange,
    /// Currency of the price (ISO 4217).
    pub currency: Option<String>,
    /// Only articles in stock.
    pub in_stock: bool,
}

/// Both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Values that one parameter may have: no shop's page offers more, and each is compared with each distinct value.
    pub const MAX_VALUES: usize = 64;

    /// Whether every article passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds a parameter of a query string; `false` if it is not a filter's.
    ///
    /// # Errors
    /// What was expected instead of the value.
    pub fn take(&mut self, name: &str, value: &str) -> Result<bool, String> {
        let amount = || value.parse().map_err(|_| format!("expected an amount in minor units, got {value:?}"));
        match name {
            "gender" => {
                if !GENDERS.contains(&value) {
                    return Err(format!("expected female, male or unisex, got {value:?}"));
                }
                add(&mut self.genders, value)?;
            }
            "color" => add(&mut self.colors, value)?,
            "brand" => add(&mut self.brands, value)?,
            "price_min" => self.price_minor.lowest = amount()?,
            "price_max" => self.price_minor.highest = amount()?,
            "currency" => {
                if value.len() != 3 || !value.bytes().all(|letter| letter.is_ascii_uppercase()) {
                    return Err(format!("expected three capitals (ISO 4217), got {value:?}"));
                }
                self.currency = Some(value.to_owned());
            }
            "in_stock" => {
                self.in_stock = value.parse().map_err(|_| format!("expected true or false, got {value:?}"))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
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
    }

    /// Whether an article for this gender passes.
    pub(super) fn admits_gender(&self, gender: &str) -> bool {
        self.genders.is_empty() || gender == "unisex" || self.genders.iter().any(|wanted| wanted == gender)
    }

    /// Whether an article of this colour passes.
    pub(super) fn admits_color(&self, color: &str) -> bool {
        self.colors.is_empty()
            || parts(color).any(|part| self.colors.iter().any(|wanted| is_same(wanted, part)))
            || self.colors.iter().any(|wanted| is_same(wanted, color))
    }

    /// Whether an article of this brand passes.
    pub(super) fn admits_brand(&self, brand: &str) -> bool {
        self.brands.is_empty() || self.brands.iter().any(|wanted| is_same(wanted, brand))
    }

    /// Whether an article in this currency passes.
    pub(super) fn admits_currency(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}

fn add(values: &mut Vec<String>, value: &str) -> Result<(), String> {
    if values.len() == Filter::MAX_VALUES {
        return Err(format!("expected at most {} values", Filter::MAX_VALUES));
    }
    values.push(value.to_owned());
    Ok(())
}

/// The colours of `White / Navy`.
pub(super) fn parts(color: &str) -> impl Iterator<Item = &str> {
    color.split(['/', ',']).map(str::trim)
}

/// A word without what differs between its spellings.
pub(super) fn folded(word: &str) -> String {
    word.trim().to_lowercase()
}

fn is_same(a: &str, b: &str) -> bool {
    folded(a) == folded(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_a_filter_or_say_what_was_expected() {
        let mut filter = Filter::default();
        let pairs = [("gender", "female"), ("color", "Navy"), ("brand", "Müller & Co"), ("price_max", "4999")];
        for (name, value) in pairs.into_iter().chain([("currency", "EUR"), ("in_stock", "true")]) {
            assert_eq!(filter.take(name, value), Ok(true), "{name}");
        }
        assert_eq!(filter.take("utm_source", "x"), Ok(false));
        for (name, value) in [("gender", "f"), ("price_min", "-1"), ("currency", "eur"), ("in_stock", "yes")] {
            assert!(filter.clone().take(name, value).is_err_and(|reason| reason.starts_with("expected")), "{name}");
        }
        assert!((0..64).all(|_| filter.take("brand", "x").is_ok_and(|_| true) || filter.brands.len() == 64));
        assert!(filter.take("brand", "x").is_err());
        assert!(Filter::default().is_empty() && !filter.is_empty());
    }

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
        assert!(filter.admits_gender("unisex") && filter.admits_gender("male") && !filter.admits_gender("female"));
        assert!(Filter::default().admits_color("") && Filter::default().admits_gender(""));
    }
}
