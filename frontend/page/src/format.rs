//! Numbers and names as visitors read them, in their language. In: values with units. Out: text.

use std::cell::RefCell;
use std::collections::HashMap;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use stl_types::wire::{Availability, CategoryCards};
use stl_types::{Category, Layer, Price};
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

/// Categories that a heading lists; a row of more is called by what leads it, or by its layer.
const LISTED: usize = 2;

/// Cards that name a row of many categories: those that are shown first.
const LEADING: usize = 10;

/// What a row is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowName {
    /// All of its categories.
    Listed(Vec<Category>),
    /// The category that leads it, among others.
    Led(Category),
    /// Where its garment is worn: no category leads it clearly.
    Worn(Layer),
}

impl RowName {
    /// The name of a row: the categories that its garment is likely of. If they are many, the category of its first card, if most of
    /// the cards that are shown first are of it too.
    pub(crate) fn of(row: &CategoryCards) -> Self {
        let likely: Vec<Category> = row.likely.iter().map(|likely| likely.category).collect();
        if likely.len() <= LISTED {
            return Self::Listed(if likely.is_empty() { vec![row.category] } else { likely });
        }
        let shown: Vec<Category> = row.cards.iter().take(LEADING).map(|card| card.product.category).collect();
        let first = shown.first().copied().unwrap_or(row.category);
        let of_first = shown.iter().filter(|category| **category == first).count();
        match row.garment {
            Some(garment) if 2 * of_first < shown.len() => Self::Worn(garment.layer),
            _ => Self::Led(first),
        }
    }

    /// The name in a language: `T-shirts and tops`, `Jumpers and similar`, `Upper body`.
    pub(crate) fn text(&self, locale: Locale) -> String {
        match self {
            Self::Listed(categories) => {
                let names: Vec<String> = categories.iter().map(|category| heading(locale, *category)).collect();
                listed(locale, &names)
            }
            Self::Led(category) => td_string!(locale, results.similar, first = heading(locale, *category)),
            Self::Worn(layer) => self::layer(locale, *layer),
        }
    }
}

/// Where garments of a layer are worn.
fn layer(locale: Locale, layer: Layer) -> String {
    match layer {
        Layer::Upper => td_string!(locale, layer.upper),
        Layer::Outer => td_string!(locale, layer.outer),
        Layer::Lower => td_string!(locale, layer.lower),
        Layer::Whole => td_string!(locale, layer.whole),
    }
}

/// Names in one phrase: `T-shirts and tops`.
fn listed(locale: Locale, names: &[String]) -> String {
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
    use stl_types::wire::{Card, LikelyCategory, Product, SeenGarment};

    use super::*;

    #[test]
    fn a_row_is_called_by_its_two_likely_categories_or_by_what_leads_it() {
        let [shirts, tops, t_shirts, jumpers] =
            [Category::Shirts, Category::Tops, Category::TShirts, Category::Jumpers];
        let name = |locale, likely: &[Category], shown: &[Category]| {
            let cards = shown.iter().map(|&category| Card { product: product(category), score: 0.0 }).collect();
            let likely = likely.iter().map(|&category| LikelyCategory { category, probability: 0.3 }).collect();
            let garment =
                SeenGarment { left: 0, top: 0, width: 1, height: 1, share: 1.0, layer: Layer::Upper, outerwear: false };
            let row = CategoryCards {
                category: shirts,
                likely,
                cards,
                further: Vec::new(),
                weak: false,
                garment: Some(garment),
            };
            RowName::of(&row).text(locale)
        };
        assert_eq!(name(Locale::En, &[t_shirts, tops], &[]), "T-shirts and tops");
        assert_eq!(name(Locale::De, &[t_shirts, tops], &[]), "T-Shirts und Tops");
        assert_eq!(name(Locale::Fr, &[tops, shirts], &[]), "Tops et chemises et blouses");
        assert_eq!(name(Locale::En, &[tops], &[]), "Tops");
        // The garment may be a shirt, but jumpers are shown.
        let many = [shirts, tops, jumpers];
        assert_eq!(name(Locale::En, &many, &[jumpers, jumpers, shirts]), "Jumpers and similar");
        assert_eq!(name(Locale::En, &many, &[jumpers, shirts, shirts, shirts]), "Upper body");
        assert_eq!(name(Locale::De, &many, &[jumpers, shirts, shirts, shirts]), "Oberkörper");
        assert_eq!(name(Locale::En, &many, &[]), "Shirts & blouses and similar");
    }

    fn product(category: Category) -> Product {
        let json = format!(
            r#"{{"id":"a","title":"","link":"","image_url":"","price":{{"amount_minor":1,"currency":"EUR"}},
            "availability":"in_stock","category":"{category}"}}"#
        );
        serde_json::from_str(&json).expect("a product")
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
