//! What a row or a size costs, and whether it can be bought. In: texts of a feed. Out: a [`Price`], an [`Availability`], or a [`RowFault`].

use stl_types::Price;
use stl_types::wire::Availability;

use super::fault::RowFault;
use super::values::shortened;

/// A price in minor units; it may be zero.
pub(super) fn price(field: &'static str, text: &str, currency: Option<&str>) -> Result<Price, RowFault> {
    let price = Price::parse(text, currency).map_err(|error| RowFault::Price { field, error })?;
    // The database's integers are signed.
    if i64::try_from(price.amount_minor).is_err() {
        return Err(RowFault::PriceTooLarge { field, received: text.to_owned() });
    }
    Ok(price)
}

/// The price of a row or of a size, which is not zero.
pub(super) fn regular_price(text: &str, currency: Option<&str>) -> Result<Price, RowFault> {
    let price = price("price", text, currency)?;
    if price.amount_minor == 0 {
        return Err(RowFault::PriceZero { field: "price", received: text.to_owned() });
    }
    Ok(price)
}

/// Google's words, those of its older feeds and Meta's, and schema.org's addresses.
pub(super) fn availability(text: &str) -> Result<Availability, RowFault> {
    let name = text.rsplit_once("schema.org/").map_or(text, |(_, name)| name);
    match name.to_lowercase().replace([' ', '-', '_'], "").as_str() {
        "instock" | "availablefororder" | "limitedavailability" | "instockonline" | "onlineonly" => {
            Ok(Availability::InStock)
        }
        "outofstock" | "discontinued" | "soldout" => Ok(Availability::OutOfStock),
        "preorder" => Ok(Availability::Preorder),
        "backorder" => Ok(Availability::Backorder),
        _ => Err(RowFault::Availability { received: shortened(text) }),
    }
}
