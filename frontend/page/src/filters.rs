//! Filters of the results. In: choices and typed amounts. Out: a search's query string.

mod amount;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use stl_types::wire::Product;

pub(crate) use self::amount::{NoAmount, amount_minor, amount_text};

/// Values of one property at most: the server takes no more.
const MOST_VALUES: usize = 64;

/// Disliked products at most: the server takes no more.
const MOST_DISLIKES: usize = 5;

/// Everything but RFC 3986's unreserved characters is escaped.
pub(crate) const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The chosen filters; empty ones let every product pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filters {
    brands: Vec<String>,
    colors: Vec<String>,
    genders: Vec<String>,
    #[serde(default)]
    age_groups: Vec<String>,
    #[serde(default)]
    materials: Vec<String>,
    #[serde(default)]
    patterns: Vec<String>,
    #[serde(default)]
    sizes: Vec<String>,
    /// Lowest and highest price, in minor units.
    price: [Option<u64>; 2],
    /// Currency of the prices (ISO 4217); ignored without them.
    currency: String,
    in_stock: bool,
    /// Products that the results should resemble less.
    #[serde(default)]
    less_like: Vec<Disliked>,
}

/// A product that the results should resemble less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Disliked {
    /// The shop's own id.
    id: String,
    /// Its name.
    pub(crate) title: String,
}

/// A property of which several values may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    /// Brand.
    Brand,
    /// Colour, in the shop's words.
    Color,
    /// `female`, `male` or `unisex`.
    Gender,
    /// `newborn`, `infant`, `toddler`, `kids` or `adult`.
    AgeGroup,
    /// What it is made of, in the shop's words.
    Material,
    /// Pattern or print, in the shop's words.
    Pattern,
    /// Size, in the shop's words.
    Size,
}

/// An end of the price's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// At least.
    Min,
    /// At most.
    Max,
}

/// One thing that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// A value of a property.
    Value(Property, String),
    /// A price, in minor units.
    Price(Bound, u64),
    /// What is in stock.
    InStock,
    /// Less like a product.
    LessLike(Disliked),
}

impl Property {
    /// All of them, in the order of the panel.
    const ALL: [Self; 7] =
        [Self::Size, Self::Brand, Self::Color, Self::Gender, Self::AgeGroup, Self::Material, Self::Pattern];

    /// Its name in addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Color => "color",
            Self::Gender => "gender",
            Self::AgeGroup => "age_group",
            Self::Material => "material",
            Self::Pattern => "pattern",
            Self::Size => "size",
        }
    }
}

impl Bound {
    /// Its name in addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Min => "price_min",
            Self::Max => "price_max",
        }
    }
}

impl Filters {
    /// Whether a value was chosen.
    pub(crate) fn has(&self, property: Property, value: &str) -> bool {
        self.values(property).iter().any(|chosen| chosen == value)
    }

    /// How many values of a property were chosen.
    pub(crate) fn count(&self, property: Property) -> usize {
        self.values(property).len()
    }

    /// Whether only products in stock pass.
    pub(crate) fn in_stock(&self) -> bool {
        self.in_stock
    }

    /// An end of the price's range, in minor units.
    pub(crate) const fn price(&self, bound: Bound) -> Option<u64> {
        self.price[bound as usize]
    }

    /// Currency of the prices; empty until one was chosen.
    pub(crate) fn currency(&self) -> &str {
        &self.currency
    }

    /// Chooses a value, or removes it.
    pub(crate) fn set(&mut self, property: Property, value: &str, is_chosen: bool) {
        let values = match property {
            Property::Brand => &mut self.brands,
            Property::Color => &mut self.colors,
            Property::Gender => &mut self.genders,
            Property::AgeGroup => &mut self.age_groups,
            Property::Material => &mut self.materials,
            Property::Pattern => &mut self.patterns,
            Property::Size => &mut self.sizes,
        };
        values.retain(|chosen| chosen != value);
        if is_chosen && values.len() < MOST_VALUES {
            values.push(value.to_owned());
        }
    }

    /// Chooses one gender, or all.
    pub(crate) fn set_gender(&mut self, gender: Option<&str>) {
        self.genders = gender.into_iter().map(str::to_owned).collect();
    }

    /// The gender that was chosen, if it is one.
    pub(crate) fn gender(&self) -> Option<&str> {
        self.genders.first().map(String::as_str).filter(|_| self.genders.len() == 1)
    }

    /// Chooses an end of the price's range, or none; amounts in another currency than before leave the other end out.
    pub(crate) fn set_price(&mut self, bound: Bound, amount_minor: Option<u64>, currency: &str) {
        if self.currency != currency {
            self.price = [None; 2];
            currency.clone_into(&mut self.currency);
        }
        self.price[bound as usize] = amount_minor;
        if self.price == [None; 2] {
            self.currency.clear();
        }
    }

    /// Chooses only what is in stock, or everything.
    pub(crate) fn set_in_stock(&mut self, in_stock: bool) {
        self.in_stock = in_stock;
    }

    /// Asks for products that resemble this one less. The server takes a few: the first of them is forgotten for another one.
    pub(crate) fn dislike(&mut self, product: &Product) {
        self.less_like.retain(|disliked| disliked.id != product.id);
        if self.less_like.len() >= MOST_DISLIKES {
            self.less_like.remove(0);
        }
        self.less_like.push(Disliked { id: product.id.clone(), title: product.title.clone() });
    }

    /// Forgets the products that were disliked: they belong to one look.
    pub(crate) fn forget_dislikes(&mut self) {
        self.less_like.clear();
    }

    /// All that was chosen, in the order of the panel.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        let price = |bound| self.price(bound).map(|amount| Choice::Price(bound, amount));
        let values = |property| self.values(property).iter().cloned().map(move |value| Choice::Value(property, value));
        let prices = [Bound::Min, Bound::Max].into_iter().filter_map(price);
        let values = Property::ALL.into_iter().flat_map(values);
        let disliked = self.less_like.iter().cloned().map(Choice::LessLike);
        prices.chain(values).chain(self.in_stock.then_some(Choice::InStock)).chain(disliked).collect()
    }

    /// Removes a choice.
    pub(crate) fn remove(&mut self, choice: &Choice) {
        match choice {
            Choice::Value(property, value) => self.set(*property, value, false),
            Choice::Price(bound, _) => self.set_price(*bound, None, &self.currency.clone()),
            Choice::InStock => self.in_stock = false,
            Choice::LessLike(disliked) => self.less_like.retain(|other| other != disliked),
        }
    }

    /// The query string of a search, without its question mark: as the server's `catalogue` reads it.
    pub(crate) fn query(&self) -> String {
        let choices = self.choices().into_iter().map(|choice| match choice {
            Choice::Value(property, value) => (property.as_str(), value),
            Choice::Price(bound, amount) => (bound.as_str(), amount.to_string()),
            Choice::InStock => ("in_stock", "true".to_owned()),
            Choice::LessLike(disliked) => ("less_like", disliked.id),
        });
        let currency = (!self.currency.is_empty()).then(|| ("currency", self.currency.clone()));
        let pairs =
            choices.chain(currency).map(|(name, value)| format!("{name}={}", utf8_percent_encode(&value, &ESCAPED)));
        pairs.collect::<Vec<_>>().join("&")
    }

    fn values(&self, property: Property) -> &[String] {
        match property {
            Property::Brand => &self.brands,
            Property::Color => &self.colors,
            Property::Gender => &self.genders,
            Property::AgeGroup => &self.age_groups,
            Property::Material => &self.materials,
            Property::Pattern => &self.patterns,
            Property::Size => &self.sizes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_become_the_query_that_the_server_reads() {
        let mut filters = Filters::default();
        assert_eq!((filters.query().as_str(), filters.choices().len()), ("", 0));
        filters.set(Property::Brand, "Müller & Co", true);
        filters.set(Property::Color, "navy", true);
        filters.set(Property::Color, "navy", true);
        filters.set(Property::Gender, "female", true);
        filters.set(Property::AgeGroup, "adult", true);
        filters.set(Property::Material, "linen", true);
        filters.set(Property::Pattern, "dots", true);
        filters.set(Property::Size, "EU 38", true);
        filters.set_price(Bound::Max, Some(4999), "EUR");
        filters.set_in_stock(true);
        let expected = "price_max=4999&size=EU%2038&brand=M%C3%BCller%20%26%20Co&color=navy&gender=female&age_group=adult&material=linen\
                        &pattern=dots&in_stock=true&currency=EUR";
        assert_eq!(filters.query(), expected);
        assert!(filters.has(Property::Color, "navy") && filters.count(Property::Color) == 1);
        for choice in filters.choices() {
            filters.remove(&choice);
        }
        assert_eq!(filters, Filters::default(), "without its prices, no currency either");
    }

    #[test]
    fn the_last_five_disliked_products_count() {
        let product = |number: usize| -> Product {
            let json = format!(
                r#"{{"id":"{number}","title":"Top","link":"","image_url":"","category":"tops",
                "price":{{"amount_minor":1,"currency":"EUR"}},"availability":"in_stock"}}"#
            );
            serde_json::from_str(&json).expect("a product")
        };
        let mut filters = Filters::default();
        for number in [0, 1, 2, 3, 1, 4, 5] {
            filters.dislike(&product(number));
        }
        assert_eq!(filters.query(), "less_like=2&less_like=3&less_like=1&less_like=4&less_like=5");
        filters.remove(&filters.choices()[0].clone());
        assert_eq!(filters.choices().len(), 4);
        filters.forget_dislikes();
        assert_eq!(filters, Filters::default());
    }

    #[test]
    fn a_price_in_another_currency_leaves_the_former_one_out() {
        let mut filters = Filters::default();
        filters.set_price(Bound::Min, Some(1000), "EUR");
        filters.set_price(Bound::Max, Some(9000), "USD");
        assert_eq!(filters.query(), "price_max=9000&currency=USD");
    }

    #[test]
    fn one_gender_takes_the_place_of_another() {
        let mut filters = Filters::default();
        filters.set_gender(Some("female"));
        filters.set_gender(Some("male"));
        assert_eq!((filters.query().as_str(), filters.gender()), ("gender=male", Some("male")));
        filters.set_gender(None);
        assert_eq!(filters, Filters::default());
    }

    #[test]
    fn no_more_values_are_chosen_than_the_server_takes() {
        let mut filters = Filters::default();
        for number in 0..100 {
            filters.set(Property::Brand, &number.to_string(), true);
        }
        assert_eq!(filters.count(Property::Brand), MOST_VALUES);
    }
}
