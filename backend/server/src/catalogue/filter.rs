//! Which articles a visitor wants to see. In: a query string's pairs. Out: a [`Filter`].

use stl_types::wire::{Availability, Product};

/// What an article has to be; what is left empty says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// For one of these: `female`, `male`, `unisex`. What is unisex is for everybody.
    pub genders: Vec<String>,
    /// In one of these colours, in the shop's words; `navy` also finds `Navy/White`.
    pub colors: Vec<String>,
    /// Of one of these brands.
    pub brands: Vec<String>,
    /// What it costs at least and at most, in minor units.
    pub price_minor: PriceRange,
    /// Priced in this currency (ISO 4217).
    pub currency: Option<String>,
    /// Only what is in stock.
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
    /// Values of one parameter at most: no shop's page offers more, and each is compared with each distinct value.
    pub const MOST_VALUES: usize = 64;

    /// Whether every article passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes a pair of a query string; `false` if it is none of a filter's.
    ///
    /// # Errors
    /// What was expected instead of the value.
    pub fn take(&mut self, name: &str, value: &str) -> Result<bool, String> {
        let amount = || value.parse().map_err(|_| format!("expected an amount in minor units, got {value:?}"));
        match name {
            "gender" => {
                let known = ["female", "male", "unisex"];
                if !known.contains(&value) {
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

    /// Whether an article passes.
    #[must_use]
    pub fn admits(&self, product: &Product) -> bool {
        (!self.in_stock || product.availability == Availability::InStock)
            && (self.price_minor.lowest..=self.price_minor.highest).contains(&product.price.amount_minor)
            && self.admits_gender(&product.gender)
            && self.admits_color(&product.color)
            && self.admits_brand(&product.brand)
            && self.admits_currency(&product.price.currency)
    }

    /// Whether an article for this gender passes.
    pub(crate) fn admits_gender(&self, gender: &str) -> bool {
        self.genders.is_empty() || gender == "unisex" || self.genders.iter().any(|wanted| wanted == gender)
    }

    /// Whether an article of this colour passes.
    pub(crate) fn admits_color(&self, color: &str) -> bool {
        self.colors.is_empty()
            || parts(color).any(|part| self.colors.iter().any(|wanted| alike(wanted, part)))
            || self.colors.iter().any(|wanted| alike(wanted, color))
    }

    /// Whether an article of this brand passes.
    pub(crate) fn admits_brand(&self, brand: &str) -> bool {
        self.brands.is_empty() || self.brands.iter().any(|wanted| alike(wanted, brand))
    }

    /// Whether an article in this currency passes.
    pub(crate) fn admits_currency(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}

fn add(values: &mut Vec<String>, value: &str) -> Result<(), String> {
    if values.len() == Filter::MOST_VALUES {
        return Err(format!("expected at most {} values", Filter::MOST_VALUES));
    }
    values.push(value.to_owned());
    Ok(())
}

/// The colours of `White / Navy`.
pub(crate) fn parts(color: &str) -> impl Iterator<Item = &str> {
    color.split(['/', ',']).map(str::trim)
}

/// What is the same for all spellings of a word.
pub(crate) fn folded(word: &str) -> String {
    word.trim().to_lowercase()
}

fn alike(a: &str, b: &str) -> bool {
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
