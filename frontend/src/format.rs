//! Numbers as visitors read them, not torn from their units at a line's end. In: values with units. Out: text.

use js_sys::{Array, Intl, Object, Reflect};
use stl_shared::wire::Availability;
use stl_shared::{Category, Price};
use wasm_bindgen::JsValue;

/// A file's size: `84 KB`, `1.3 MB`.
pub(crate) fn bytes(count: f64) -> String {
    match count {
        ..1000.0 => format!("{count}\u{a0}bytes"),
        ..999_500.0 => format!("{:.0}\u{a0}KB", count / 1e3),
        ..9_950_000.0 => format!("{:.1}\u{a0}MB", count / 1e6),
        _ => format!("{:.0}\u{a0}MB", count / 1e6),
    }
}

/// A duration: `30 ms`, `0.4 s`.
pub(crate) fn duration(ms: f64) -> String {
    if ms < 99.5 { format!("{ms:.0}\u{a0}ms") } else { format!("{:.1}\u{a0}s", ms / 1e3) }
}

/// `1 piece`, `50 pieces`.
pub(crate) fn pieces(count: usize) -> String {
    if count == 1 { "1 piece".to_owned() } else { format!("{count} pieces") }
}

/// A category's heading.
pub(crate) const fn heading(category: Category) -> &'static str {
    match category {
        Category::Blazers => "Blazers",
        Category::Dresses => "Dresses",
        Category::Jumpers => "Jumpers",
        Category::Shirts => "Shirts & blouses",
        Category::Skirts => "Skirts",
        Category::Trousers => "Trousers",
        Category::TShirts => "T-shirts",
        Category::Tops => "Tops",
    }
}

/// Whether an article can be bought.
pub(crate) const fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::InStock => "In stock",
        Availability::OutOfStock => "Sold out",
        Availability::Preorder => "Pre-order",
        Availability::Backorder => "Ships later",
    }
}

/// A price in the browser's language, e.g. `€19.95` or `19,95 €`.
pub(crate) fn price(price: &Price) -> String {
    localised(price).unwrap_or_else(|_| price.to_string())
}

fn localised(price: &Price) -> Result<String, JsValue> {
    // `NumberFormat::new` cannot report the error that anything but three letters causes.
    if price.currency.len() != 3 || !price.currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(JsValue::NULL);
    }
    let options = Object::new();
    Reflect::set(&options, &"style".into(), &"currency".into())?;
    Reflect::set(&options, &"currency".into(), &price.currency.as_str().into())?;
    let amount = price.amount_minor as f64 / 10_f64.powi(Price::decimals(&price.currency) as i32);
    let format = Intl::NumberFormat::new(&Array::new(), &options).format();
    Ok(format.call1(&JsValue::UNDEFINED, &amount.into())?.as_string().unwrap_or_else(|| price.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_read_well() {
        assert_eq!(bytes(12.0), "12\u{a0}bytes");
        assert_eq!(bytes(83_600.0), "84\u{a0}KB");
        assert_eq!(bytes(999_900.0), "1.0\u{a0}MB");
        assert_eq!(bytes(41_943_040.0), "42\u{a0}MB");
        assert_eq!(duration(30.4), "30\u{a0}ms");
        assert_eq!(duration(412.0), "0.4\u{a0}s");
        assert_eq!(pieces(1), "1 piece");
    }
}
