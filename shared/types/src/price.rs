//! Prices as feeds write them. In: `"19.95 EUR"`, `"1.299,00 EUR"`. Out: a [`Price`] in minor units.

use serde::{Deserialize, Serialize};

/// An amount in a currency's minor units, e.g. 1995 for 19.95 EUR.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Price {
    /// Minor units: cents, pence; whole yen.
    pub amount_minor: u64,
    /// ISO 4217 code, e.g. `EUR`.
    pub currency: String,
}

/// A text that cannot be read as a price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a price: {reason}")]
pub struct PriceError {
    /// What was received.
    pub text: String,
    /// What was expected.
    pub reason: &'static str,
}

const NO_CURRENCY: &str =
    "expected an amount and an ISO 4217 currency, such as \"19.95 EUR\", or a currency for all prices without one";
const NO_AMOUNT: &str = "expected an amount and an ISO 4217 currency, such as \"19.95 EUR\"";
const AMBIGUOUS: &str =
    "three digits after its only comma or point may be thousands or decimals: expected \"1299.00 EUR\"";
const TOO_FINE: &str = "it has more decimals than its currency";
const TOO_LARGE: &str = "it is too large";

impl Price {
    /// Digits after the decimal point in a currency (ISO 4217).
    #[must_use]
    pub fn decimals(currency: &str) -> u32 {
        match currency {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }

    /// Reads a price. Without a currency in the text, the price has the currency `default`.
    ///
    /// The currency comes before or after the amount, in capitals or small letters. Decimals follow a point or a comma. If an
    /// amount has both, the last one separates the decimals and the other one thousands. An amount with only one of them and three
    /// digits after it, such as `1,299 EUR`, is ambiguous and refused, except `1.250 KWD`, whose currency has three decimals.
    /// Decimals beyond the currency's must be zeros, as in `2500.00 JPY`.
    ///
    /// # Errors
    /// When the text is no price, or neither the text nor `default` has a currency.
    pub fn parse(text: &str, default: Option<&str>) -> Result<Self, PriceError> {
        let refused = |reason| PriceError { text: text.to_owned(), reason };
        let (amount, currency) = parts(text.trim());
        let currency = currency.or(default).ok_or_else(|| refused(NO_CURRENCY))?.to_ascii_uppercase();
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(refused(NO_AMOUNT));
        }
        let decimals = Self::decimals(&currency) as usize;
        let (whole, fraction) = digits(amount, decimals).map_err(refused)?;
        let (fraction, rest) = fraction.split_at(decimals.min(fraction.len()));
        if rest.bytes().any(|digit| digit != b'0') {
            return Err(refused(TOO_FINE));
        }
        let amount_minor = format!("{whole}{fraction:0<decimals$}").parse().map_err(|_| refused(TOO_LARGE))?;
        Ok(Self { amount_minor, currency })
    }
}

/// The amount, and the three letters before or after it.
fn parts(text: &str) -> (&str, Option<&str>) {
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    let ends = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
    if let Some((amount, currency)) = ends.filter(|(_, end)| is_code(end)) {
        return (amount.trim_end(), Some(currency));
    }
    match text.split_at_checked(3).filter(|(start, _)| is_code(start)) {
        Some((currency, amount)) => (amount.trim_start(), Some(currency)),
        None => (text, None),
    }
}

/// The digits before and after the decimal point or comma.
fn digits(amount: &str, decimals: usize) -> Result<(String, &str), &'static str> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let Some(at) = amount.rfind(['.', ',']) else {
        return if is_number(amount) { Ok((amount.to_owned(), "")) } else { Err(NO_AMOUNT) };
    };
    let (before, after) = (&amount[..at], &amount[at + 1..]);
    let is_point = amount[at..].starts_with('.');
    let (mark, other) = if is_point { ('.', ',') } else { (',', '.') };
    if !is_number(after) {
        return Err(NO_AMOUNT);
    }
    let (whole, fraction, thousands) = if before.contains(mark) {
        // A mark that occurs twice separates thousands.
        (amount, "", mark)
    } else if !before.contains(other) && after.len() == 3 && !(is_point && decimals == 3) {
        return Err(AMBIGUOUS);
    } else {
        (before, after, other)
    };
    let mut groups = whole.split(thousands);
    let first = groups.next().filter(|first| is_number(first)).ok_or(NO_AMOUNT)?;
    let mut joined = first.to_owned();
    for group in groups {
        if first.len() > 3 || group.len() != 3 || !is_number(group) {
            return Err(NO_AMOUNT);
        }
        joined.push_str(group);
    }
    Ok((joined, fraction))
}

impl std::str::FromStr for Price {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, None)
    }
}

impl std::fmt::Display for Price {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decimals = Self::decimals(&self.currency);
        let unit = 10_u64.pow(decimals);
        write!(f, "{}", self.amount_minor / unit)?;
        if decimals > 0 {
            write!(f, ".{:0width$}", self.amount_minor % unit, width = decimals as usize)?;
        }
        write!(f, " {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_read_and_print_in_their_currency() {
        for (text, amount_minor, printed) in [
            ("19.95 EUR", 1995, "19.95 EUR"),
            ("19.9 EUR", 1990, "19.90 EUR"),
            (" 20 USD ", 2000, "20.00 USD"),
            ("4500 JPY", 4500, "4500 JPY"),
            ("1.250 KWD", 1250, "1.250 KWD"),
            ("10,00 USD", 1000, "10.00 USD"),
            ("1,299.00 USD", 129_900, "1299.00 USD"),
            ("1.299,00 EUR", 129_900, "1299.00 EUR"),
            ("1.299.000,5 EUR", 129_900_050, "1299000.50 EUR"),
            ("1,299,000 EUR", 129_900_000, "1299000.00 EUR"),
            ("EUR 10.00", 1000, "10.00 EUR"),
            ("EUR10,5", 1050, "10.50 EUR"),
            ("10.00EUR", 1000, "10.00 EUR"),
            ("10.00 eur", 1000, "10.00 EUR"),
            ("2500.00 JPY", 2500, "2500 JPY"),
            ("19.9500 EUR", 1995, "19.95 EUR"),
        ] {
            let price: Price = text.parse().expect(text);
            assert_eq!(price.amount_minor, amount_minor);
            assert_eq!(price.to_string(), printed);
        }
    }

    #[test]
    fn a_price_without_a_currency_takes_the_given_one() {
        assert_eq!(Price::parse("19.95", Some("eur")), "19.95 EUR".parse());
        assert_eq!(Price::parse("19.95 USD", Some("EUR")), "19.95 USD".parse());
        assert!(Price::parse("19.95 EUR", Some("euro")).is_ok(), "its own counts");
        assert!(Price::parse("19.95", Some("euro")).is_err());
        assert!("19.95".parse::<Price>().is_err_and(|error| error.to_string().contains("currency for all prices")));
    }

    #[test]
    fn what_may_be_thousands_or_decimals_is_refused_with_the_reason() {
        for text in ["1,299 EUR", "1.999 EUR", "1,250 KWD", "2.500 JPY", "0,999 EUR"] {
            let error = text.parse::<Price>().expect_err(text).to_string();
            assert!(error.contains("may be thousands or decimals"), "{error}");
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for text in [
            "",
            "EUR",
            "-1 EUR",
            "4.5 JPY",
            "5",
            ".5 EUR",
            "5. EUR",
            "19.955 USD EUR",
            "19,95 €",
            "19.9555 EUR",
            "1.2.3 EUR",
            "1,29,000.00 EUR",
            "1299,000.00 EUR",
            "1,299.000,00 EUR",
            "1e3 EUR",
            "10.00 EURO",
            "99999999999999999999 EUR",
        ] {
            assert!(text.parse::<Price>().is_err(), "{text:?}");
        }
    }
}
