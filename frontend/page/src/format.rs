//! Numbers and names as visitors read them, in their language. In: values with units. Out: text.

use std::cell::RefCell;
use std::collections::HashMap;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use stl_types::wire::{Availability, CategoryCards};
use stl_types::{Category, Price};
use wasm_bindgen::JsValue;

use crate::i18n::{Locale, td_string};

/// A file's size: `84 kB`, `1.3 MB`.
pub(crate) fn bytes(locale: Locale, count: f64) -> String {
    with_unit(locale, size(count))
}

/// A duration: `30 ms`, `0.4 sec`.
pub(crate) fn duration(locale: Locale, ms: f64) -> String {
    with_unit(locale, time(ms))
}

/// A number with a unit of ECMA-402 and digits after the point.
type Measure = (f64, &'static str, u32);

fn size(count: f64) -> Measure {
    match count {
        ..1000.0 => (count, "byte", 0),
        ..999_500.0 => (count / 1e3, "kilobyte", 0),
        ..9_950_000.0 => (count / 1e6, "megabyte", 1),
        _ => (count / 1e6, "megabyte", 0),
    }
}

fn time(ms: f64) -> Measure {
    if ms < 99.5 { (ms, "millisecond", 0) } else { (ms / 1e3, "second", 1) }
}

fn with_unit(locale: Locale, (number, unit, digits): Measure) -> String {
    let plain = || format!("{number:.*} {unit}", digits as usize);
    // The short form of bytes has no plural.
    let display = if unit == "byte" { "long" } else { "short" };
    let options = [
        ("style", "unit".into()),
        ("unit", unit.into()),
        ("unitDisplay", display.into()),
        ("maximumFractionDigits", digits.to_string()),
    ];
    formatted(locale, &options, number).unwrap_or_else(|_| plain())
}

/// A whole number: `6,853`.
pub(crate) fn number(locale: Locale, number: usize) -> String {
    formatted(locale, &[], number as f64).unwrap_or_else(|_| number.to_string())
}

/// The decimal mark: a comma or a point.
pub(crate) const fn decimal_mark(locale: Locale) -> char {
    match locale {
        Locale::En => '.',
        Locale::De | Locale::Fr => ',',
    }
}

/// A moment of this device's clock: `13 Jul 2025, 14:05`.
pub(crate) fn moment(locale: Locale, date_ms: f64) -> String {
    let options = Object::new();
    for (name, style) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // Fails only for a frozen object.
        let _ = Reflect::set(&options, &name.into(), &style.into());
    }
    let date = Date::new(&date_ms.into());
    date.to_locale_string(locale.as_str(), &options).into()
}

/// A category's heading.
pub(crate) fn heading(locale: Locale, category: Category) -> String {
    match category {
        Category::Blazers => td_string!(locale, category.blazers),
        Category::Dresses => td_string!(locale, category.dresses),
        Category::Jumpers => td_string!(locale, category.jumpers),
        Category::Shirts => td_string!(locale, category.shirts),
        Category::Skirts => td_string!(locale, category.skirts),
        Category::Trousers => td_string!(locale, category.trousers),
        Category::TShirts => td_string!(locale, category.t_shirts),
        Category::Tops => td_string!(locale, category.tops),
    }
}

/// Categories that a heading lists; a row of more is called by its first.
const LISTED: usize = 2;

/// The heading of a row: the categories that its garment is likely of.
pub(crate) fn row_name(locale: Locale, row: &CategoryCards) -> String {
    let likely: Vec<String> = row.likely.iter().map(|likely| heading(locale, likely.category)).collect();
    if likely.is_empty() { heading(locale, row.category) } else { listed(locale, &likely) }
}

/// Names in one phrase: `T-shirts and tops`, or `T-shirts and similar` for more than [`LISTED`].
fn listed(locale: Locale, names: &[String]) -> String {
    if names.len() > LISTED {
        return td_string!(locale, results.similar, first = names[0].clone());
    }
    let names: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(at, name)| if at == 0 { name.clone() } else { within_phrase(locale, name) })
        .collect();
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => {
            td_string!(locale, results.names, first = first.join(", "), last = last.clone())
        }
        _ => names.concat(),
    }
}

/// A name that does not begin the phrase: German capitalises nouns, and a single letter stays as it is ("T-shirts").
fn within_phrase(locale: Locale, name: &str) -> String {
    let mut letters = name.chars();
    match (locale, letters.next(), letters.clone().next()) {
        (Locale::En | Locale::Fr, Some(first), Some(second)) if second.is_alphabetic() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => name.to_owned(),
    }
}

/// Whether a product can be bought.
pub(crate) fn availability(locale: Locale, availability: Availability) -> String {
    match availability {
        Availability::InStock => td_string!(locale, availability.in_stock),
        Availability::OutOfStock => td_string!(locale, availability.out_of_stock),
        Availability::Preorder => td_string!(locale, availability.preorder),
        Availability::Backorder => td_string!(locale, availability.backorder),
    }
}

/// A price, e.g. `€19.95` or `19,95 €`.
pub(crate) fn price(locale: Locale, price: &Price) -> String {
    // The browser throws for anything but three letters.
    if price.currency.len() != 3 || !price.currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return price.to_string();
    }
    let amount = price.amount_minor as f64 / 10_f64.powi(Price::decimals(&price.currency) as i32);
    let options = [("style", "currency".into()), ("currency", price.currency.as_str().into())];
    formatted(locale, &options, amount).unwrap_or_else(|_| price.to_string())
}

/// Makes the browser load its number formats, which takes as long as a frame, before they are needed.
pub(crate) fn prepare(locale: Locale) {
    bytes(locale, 1e6);
}

fn formatted(locale: Locale, options: &[(&'static str, String)], number: f64) -> Result<String, JsValue> {
    let format = formatter(locale, options)?;
    format.call1(&JsValue::UNDEFINED, &number.into())?.as_string().ok_or(JsValue::UNDEFINED)
}

/// Formatters are much slower to make than to use, and a page of results has hundreds of numbers.
fn formatter(locale: Locale, options: &[(&'static str, String)]) -> Result<Function, JsValue> {
    type Known = HashMap<(Locale, Vec<(&'static str, String)>), Function>;
    thread_local! {
        static KNOWN: RefCell<Known> = RefCell::default();
    }
    let key = (locale, options.to_vec());
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&key).cloned()) {
        return Ok(known);
    }
    let object = Object::new();
    for (name, value) in options {
        Reflect::set(&object, &(*name).into(), &value.as_str().into())?;
    }
    let languages = Array::of1(&locale.as_str().into());
    let format = Intl::NumberFormat::new(&languages, &object).format();
    KNOWN.with_borrow_mut(|known| known.insert(key, format.clone()));
    Ok(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_called_by_its_two_likely_categories_or_by_the_first_of_more() {
        let names = |locale, categories: &[Category]| {
            listed(locale, &categories.iter().map(|category| heading(locale, *category)).collect::<Vec<_>>())
        };
        let [shirts, tops, t_shirts] = [Category::Shirts, Category::Tops, Category::TShirts];
        assert_eq!(names(Locale::En, &[t_shirts, tops]), "T-shirts and tops");
        assert_eq!(names(Locale::En, &[tops, t_shirts, shirts]), "Tops and similar");
        assert_eq!(names(Locale::De, &[t_shirts, tops]), "T-Shirts und Tops");
        assert_eq!(names(Locale::Fr, &[tops, shirts]), "Tops et chemises et blouses");
        assert_eq!(names(Locale::En, &[tops]), "Tops");
    }

    #[test]
    fn sizes_and_durations_have_the_unit_and_digits_that_read_well() {
        assert_eq!(size(12.0), (12.0, "byte", 0));
        assert_eq!(size(83_600.0), (83.6, "kilobyte", 0));
        assert_eq!(size(1_250_000.0), (1.25, "megabyte", 1));
        assert_eq!(size(41_943_040.0).2, 0);
        assert_eq!((time(30.4), time(412.0).1), ((30.4, "millisecond", 0), "second"));
    }
}
