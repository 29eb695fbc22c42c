//! Filters in words. In: properties, values and choices. Out: text.

use stl_types::Price;

use crate::filters::{Bound, Choice, Property};
use crate::format;
use crate::i18n::{I18n, Locale, t_string, td_string};

/// A property's name.
pub(super) fn property_words(i18n: I18n, property: Property) -> String {
    match property {
        Property::Brand => t_string!(i18n, filters.brand),
        Property::Color => t_string!(i18n, filters.color),
        Property::Gender => t_string!(i18n, filters.gender),
        Property::AgeGroup => t_string!(i18n, filters.age_group),
        Property::Material => t_string!(i18n, filters.material),
        Property::Pattern => t_string!(i18n, filters.pattern),
        Property::Size => t_string!(i18n, filters.size),
    }
}

/// A value in words: brands and colours are the shop's own.
pub(super) fn value_words(locale: Locale, property: Property, value: &str) -> String {
    match (property, value) {
        (Property::Gender, "female") => td_string!(locale, filters.female),
        (Property::Gender, "male") => td_string!(locale, filters.male),
        (Property::Gender, "unisex") => td_string!(locale, filters.unisex),
        (Property::AgeGroup, "newborn") => td_string!(locale, filters.newborn),
        (Property::AgeGroup, "infant") => td_string!(locale, filters.infant),
        (Property::AgeGroup, "toddler") => td_string!(locale, filters.toddler),
        (Property::AgeGroup, "kids") => td_string!(locale, filters.kids),
        (Property::AgeGroup, "adult") => td_string!(locale, filters.adult),
        _ => value.to_owned(),
    }
}

/// A chosen filter in words.
pub(super) fn choice_words(locale: Locale, choice: &Choice, currency: &str) -> String {
    match choice {
        Choice::Value(property, value) => value_words(locale, *property, value),
        Choice::Price(bound, amount_minor) => {
            let price = Price { amount_minor: *amount_minor, currency: currency.to_owned() };
            let price = format::price(locale, &price);
            match bound {
                Bound::Min => td_string!(locale, filters.from, price = price),
                Bound::Max => td_string!(locale, filters.up_to, price = price),
            }
        }
        Choice::InStock => td_string!(locale, filters.in_stock),
        Choice::LessLike(disliked) => td_string!(locale, filters.less_like, title = disliked.title.clone()),
    }
}
