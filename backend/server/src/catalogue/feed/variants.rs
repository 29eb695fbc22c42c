//! The sizes of a row. In: a [`RawRow`], or the list of variants that its format has made. Out: checked [`Variant`]s.

use stl_types::Price;
use stl_types::wire::Availability;

use super::fault::RowFault;
use super::offers::{availability, regular_price};
use super::raw::RawRow;
use super::values::shortened;
use crate::catalogue::address::web_address;
use crate::catalogue::sale::Sale;
use crate::catalogue::variant::{Variant, settle};

/// Characters of a size and of its system; Google allows 100.
const MAX_SIZE_CHARS: usize = 100;

/// The digits of a global trade item number.
const GTIN_DIGITS: [usize; 4] = [8, 12, 13, 14];

/// What separates the sizes that one row lists. A comma alone may be that of `36,5`.
const BETWEEN_SIZES: [&str; 3] = [", ", ";", "|"];

/// Words before a size at the end of a title.
const SIZE_WORDS: [&str; 8] = ["size", "größe", "groesse", "grösse", "gr.", "gr", "taille", "t."];

/// What a row costs and whether it can be bought.
pub(super) struct RowOffer {
    pub(super) price: Price,
    pub(super) sale: Option<Sale>,
    pub(super) availability: Availability,
}

impl RowOffer {
    /// What variants in a currency cost together; there is at least one.
    pub(super) fn of(variants: &[Variant], currency: String) -> Self {
        let mut offer =
            Self { price: Price { amount_minor: 0, currency }, sale: None, availability: Availability::OutOfStock };
        settle(variants, &mut offer.price, &mut offer.sale, &mut offer.availability);
        offer
    }
}

impl RawRow {
    /// The variants that the row lists itself, and the currency of their prices, that of the first. Those with a fault, or in another
    /// currency, are dropped; with faulty ones only, the row has the first one's fault.
    pub(super) fn listed_variants(
        &self,
        link: &str,
        currency: Option<&str>,
        dropped: &mut Vec<RowFault>,
    ) -> Result<Option<(Vec<Variant>, String)>, RowFault> {
        let mut found = None::<(Vec<Variant>, String)>;
        let mut faults = Vec::new();
        for raw in &self.variants {
            match raw.listed(self, link, currency, &mut faults) {
                Ok((variant, of)) => {
                    let (variants, currency) = found.get_or_insert_with(|| (Vec::new(), of.clone()));
                    if *currency != of {
                        faults.push(RowFault::VariantCurrency { expected: currency.clone(), received: of });
                    } else if variants.len() < Variant::MOST {
                        variants.push(variant);
                    } else {
                        faults.push(RowFault::TooManyVariants);
                        break;
                    }
                }
                Err(fault) => faults.push(fault),
            }
        }
        if let (None, Some(fault)) = (&found, faults.first()) {
            return Err(fault.clone());
        }
        dropped.append(&mut faults);
        Ok(found)
    }

    /// A variant of a list, and the currency of its price. What its offer lacks is the product's.
    fn listed(
        &self,
        product: &Self,
        link: &str,
        currency: Option<&str>,
        dropped: &mut Vec<RowFault>,
    ) -> Result<(Variant, String), RowFault> {
        let of = |field: &str| if self.get(field).is_empty() { product } else { self };
        let priced = of("price");
        let price = regular_price(&priced.required("price")?, currency)?;
        let sale = if self.get("sale_price").is_empty() { priced } else { self };
        let sale = match sale.sale(&price) {
            Ok(sale) => sale,
            // Shop systems write it if there is no sale.
            Err(RowFault::NoSale) => None,
            Err(fault) => {
                dropped.push(fault);
                None
            }
        };
        let availability = availability(&of("availability").required("availability")?)?;
        let own = self.fields.get("link").and_then(|own| web_address(own).ok());
        let variant = Variant {
            id: if self.fields.contains_key("id") { self.id()? } else { String::new() },
            size: self.size_text("size", dropped),
            size_system: self.size_text("size_system", dropped),
            gtin: self.gtin(dropped),
            link: own.map_or_else(|| link.to_owned(), String::from),
            amount_minor: price.amount_minor,
            sale,
            availability,
        };
        Ok((variant, price.currency))
    }

    /// The row as a variant of its product: one for each size that it lists; none if it tells neither a size, a number nor a group.
    pub(super) fn own_variants(
        &self,
        (id, link): (&str, &str),
        offer: &RowOffer,
        is_of_group: bool,
        dropped: &mut Vec<RowFault>,
    ) -> Vec<Variant> {
        let (sizes, gtin) = (self.sizes(dropped), self.gtin(dropped));
        if sizes.is_empty() && gtin.is_empty() && !is_of_group {
            return Vec::new();
        }
        let size_system = self.size_text("size_system", dropped);
        let variant = |size: String| Variant {
            id: id.to_owned(),
            size,
            size_system: size_system.clone(),
            gtin: gtin.clone(),
            link: link.to_owned(),
            amount_minor: offer.price.amount_minor,
            sale: offer.sale.clone(),
            availability: offer.availability,
        };
        if sizes.is_empty() { vec![variant(String::new())] } else { sizes.into_iter().map(variant).collect() }
    }

    /// The sizes of the row, as many as an article may have: some feeds list all of them in one.
    fn sizes(&self, dropped: &mut Vec<RowFault>) -> Vec<String> {
        let text = self.words("size", dropped);
        // Without anything between sizes it is one.
        let between = BETWEEN_SIZES.into_iter().find(|between| text.contains(between)).unwrap_or("\n");
        let mut found = Vec::new();
        for size in text.split(between).map(str::trim).filter(|size| !size.is_empty()) {
            if found.len() == Variant::MOST {
                dropped.push(RowFault::TooManyVariants);
                break;
            }
            found.extend(short("size", size, dropped).map(str::to_owned));
        }
        found
    }

    /// How many sizes the row lists.
    pub(super) fn size_count(&self) -> usize {
        self.sizes(&mut Vec::new()).len()
    }

    /// The title without the row's size at its end: `Linen shirt - M` and `Linen shirt (size M)` are `Linen shirt`.
    pub(super) fn without_size<'a>(&self, title: &'a str) -> &'a str {
        let size = self.fields.get("size").map_or("", |size| size.trim());
        let bare = title.trim_end().trim_end_matches([')', ']']);
        let Some(rest) = ends_with(bare, size).filter(|_| !size.is_empty()) else { return title };
        let mut rest = rest.trim_end_matches(|letter: char| " :-–—,/|([".contains(letter));
        // What was cut off has to stand apart.
        if rest.len() + size.len() == bare.len() {
            return title;
        }
        for word in SIZE_WORDS {
            if let Some(shorter) = ends_with(rest, word).filter(|shorter| shorter.ends_with([' ', ',', '(', '-', '[']))
            {
                rest = shorter.trim_end_matches(|letter: char| " :-–—,/|([".contains(letter));
                break;
            }
        }
        if rest.is_empty() { title } else { rest }
    }

    fn size_text(&self, field: &'static str, dropped: &mut Vec<RowFault>) -> String {
        let text = self.words(field, dropped);
        short(field, &text, dropped).unwrap_or_default().to_owned()
    }

    fn gtin(&self, dropped: &mut Vec<RowFault>) -> String {
        let text = self.optional("gtin", dropped);
        // Spreadsheets keep a number's zeros by an apostrophe before it.
        let digits: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '\'')).collect();
        if GTIN_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return digits;
        }
        if !text.is_empty() {
            dropped.push(RowFault::Gtin { received: shortened(&text) });
        }
        String::new()
    }
}

/// A size or its system, unless it is too long.
fn short<'a>(field: &'static str, text: &'a str, dropped: &mut Vec<RowFault>) -> Option<&'a str> {
    let received_chars = text.chars().count();
    let is_short = received_chars <= MAX_SIZE_CHARS;
    if !is_short {
        dropped.push(RowFault::TooLong { field, limit_chars: MAX_SIZE_CHARS, received_chars });
    }
    is_short.then_some(text)
}

/// A text without this end, in any case.
fn ends_with<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(end.len())?;
    let (rest, last) = text.split_at_checked(at)?;
    (last.to_lowercase() == end.to_lowercase()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_titles_end_goes_if_it_is_the_size() {
        for (title, size, expected) in [
            ("Linen shirt - M", "M", "Linen shirt"),
            ("Linen shirt (Size M)", "m", "Linen shirt"),
            ("Leinenhemd, Größe: 38", "38", "Leinenhemd"),
            ("Jeans W32/L34", "W32/L34", "Jeans"),
            ("Linen shirt M", "M", "Linen shirt"),
            ("Linen shirt", "M", "Linen shirt"),
            ("Film", "M", "Film"),
            ("M", "M", "M"),
            ("Top 36", "", "Top 36"),
        ] {
            let mut row = RawRow::at(1);
            row.add("size", size);
            assert_eq!(row.without_size(title), expected, "{title}");
        }
    }

    #[test]
    fn a_row_may_list_its_sizes_and_a_number_that_is_none_is_dropped() {
        for (size, expected) in
            [("S, M, L", vec!["S", "M", "L"]), ("S|M", vec!["S", "M"]), ("36,5", vec!["36,5"]), ("", vec![])]
        {
            let mut row = RawRow::at(1);
            row.add("size", size);
            assert_eq!(row.sizes(&mut Vec::new()), expected);
        }
        for (gtin, expected, faults) in [
            ("'4006381333931", "4006381333931", 0),
            ("0-12345-67890-5", "012345678905", 0),
            ("4.01E+12", "", 1),
            ("", "", 0),
        ] {
            let (mut row, mut dropped) = (RawRow::at(1), Vec::new());
            row.add("gtin", gtin);
            assert_eq!((row.gtin(&mut dropped).as_str(), dropped.len()), (expected, faults), "{gtin}");
        }
    }
}
