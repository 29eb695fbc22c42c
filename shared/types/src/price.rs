//! Prices as feeds write them. In: `"19.95 EUR"`, `"1.299,00 EUR"`. Out: a [`Price`] in minor units.

use serde::{Deserialize, Serialize};

use self::symbols::without_symbol;

mod symbols;

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
const SYMBOL: &str = "several currencies have its symbol: expected an ISO 4217 code, or one of them as the currency of all prices without a code";
const OTHER_SYMBOL: &str = "its symbol is of another currency than its code";

/// Currencies whose amounts are grouped as in 12,99,000.00: the last three digits, then by two.
const INDIAN: [&str; 5] = ["INR", "PKR", "BDT", "NPR", "LKR"];

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
    /// The currency comes before or after the amount: a code in capitals or small letters, or a symbol. A symbol of several
    /// currencies (`$`, `¥`, `kr`, `Rs`) needs a code beside it or a `default` that is one of them.
    ///
    /// Decimals follow a point or a comma. If an amount has both, the last one separates the decimals and the other one thousands.
    /// Spaces and apostrophes separate thousands only. An amount with only a comma or a point and three digits after it, such as
    /// `1,299 EUR`, is ambiguous and refused, except `1.250 KWD`, whose currency has three decimals, and `1299.000 EUR`, which has
    /// too many digits before it. Decimals beyond the currency's must be zeros, as in `2500.00 JPY`.
    ///
    /// # Errors
    /// When the text is no price or can be read in two ways, or neither the text nor `default` has a currency.
    pub fn parse(text: &str, default: Option<&str>) -> Result<Self, PriceError> {
        let refused = |reason| PriceError { text: text.to_owned(), reason };
        let (amount, code) = without_code(text.trim());
        let (amount, symbol) = without_symbol(amount);
        let currency = currency(code, symbol, default).map_err(refused)?;
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(refused(NO_AMOUNT));
        }
        let decimals = Self::decimals(&currency) as usize;
        let (whole, fraction) = digits(amount, decimals, INDIAN.contains(&currency.as_str())).map_err(refused)?;
        let (fraction, rest) = fraction.split_at(decimals.min(fraction.len()));
        if rest.bytes().any(|digit| digit != b'0') {
            return Err(refused(TOO_FINE));
        }
        let amount_minor = format!("{whole}{fraction:0<decimals$}").parse().map_err(|_| refused(TOO_LARGE))?;
        Ok(Self { amount_minor, currency })
    }
}

/// The amount, and the three letters before or after it.
fn without_code(text: &str) -> (&str, Option<&str>) {
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) && code != "lei";
    let ends = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
    if let Some((amount, currency)) = ends.filter(|(_, end)| is_code(end)) {
        return (amount.trim_end(), Some(currency));
    }
    match text.split_at_checked(3).filter(|(start, _)| is_code(start)) {
        Some((currency, amount)) => (amount.trim_start(), Some(currency)),
        None => (text, None),
    }
}

/// The currency that code, symbol and default agree on, in capitals.
fn currency(code: Option<&str>, symbol: Option<&[&str]>, default: Option<&str>) -> Result<String, &'static str> {
    let code = code.map(str::to_ascii_uppercase);
    let default = default.map(str::to_ascii_uppercase);
    match (code, symbol) {
        (Some(code), Some(symbol)) if !symbol.contains(&code.as_str()) => Err(OTHER_SYMBOL),
        (Some(code), _) => Ok(code),
        (None, Some([only])) => Ok((*only).to_owned()),
        (None, Some(several)) => default.filter(|default| several.contains(&default.as_str())).ok_or(SYMBOL),
        (None, None) => default.ok_or(NO_CURRENCY),
    }
}

/// The digits before and after the decimal point or comma.
fn digits(amount: &str, decimals: usize, is_indian: bool) -> Result<(String, &str), &'static str> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // "19,-" and "19.--" are whole amounts.
    let trimmed = amount.trim_end_matches(['-', '–']);
    let whole_amount = (trimmed.len() < amount.len()).then(|| trimmed.strip_suffix([',', '.'])).flatten();
    if let Some(whole) = whole_amount {
        return grouped(whole, is_indian).map(|whole| (whole, "")).ok_or(NO_AMOUNT);
    }
    let Some(at) = amount.rfind(['.', ',']) else {
        return grouped(amount, is_indian).map(|whole| (whole, "")).ok_or(NO_AMOUNT);
    };
    let (before, after) = (&amount[..at], &amount[at + 1..]);
    let is_point = amount[at..].starts_with('.');
    let (mark, other) = if is_point { ('.', ',') } else { (',', '.') };
    if !is_number(after) {
        return Err(NO_AMOUNT);
    }
    if before.contains(mark) {
        // A mark that occurs twice separates thousands.
        return grouped(amount, is_indian).map(|whole| (whole, "")).ok_or(NO_AMOUNT);
    }
    if before.is_empty() {
        return Ok(("0".to_owned(), after));
    }
    // Four digits in front are not grouped, and neither are digits that another mark groups already.
    let may_be_thousands = is_number(before) && before.len() <= 3 && after.len() == 3;
    if may_be_thousands && !before.contains(other) && !(is_point && decimals == 3) {
        return Err(AMBIGUOUS);
    }
    grouped(before, is_indian).map(|whole| (whole, after)).ok_or(NO_AMOUNT)
}

/// The digits of a whole number whose thousands may be separated, all by the same mark.
fn grouped(whole: &str, is_indian: bool) -> Option<String> {
    let mut marks = whole.chars().filter(|letter| !letter.is_ascii_digit());
    let mark = marks.next();
    if marks.any(|other| Some(other) != mark) || mark.is_some_and(|mark| !is_thousands_mark(mark)) {
        return None;
    }
    let groups: Vec<&str> = mark.map_or_else(|| vec![whole], |mark| whole.split(mark).collect());
    let (first, others) = groups.split_first()?;
    if first.is_empty() {
        return None;
    }
    let Some((last, middle)) = others.split_last() else { return Some((*first).to_owned()) };
    let by_three = first.len() <= 3 && last.len() == 3 && middle.iter().all(|group| group.len() == 3);
    let by_two = is_indian && first.len() <= 2 && last.len() == 3 && middle.iter().all(|group| group.len() == 2);
    (by_three || by_two).then(|| groups.concat())
}

/// A mark between thousands: any kind of space, apostrophes as in Switzerland, point and comma.
fn is_thousands_mark(mark: char) -> bool {
    mark.is_whitespace() || matches!(mark, '\'' | '’' | '.' | ',')
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
            ("1 299,00 EUR", 129_900, "1299.00 EUR"),
            ("1\u{a0}299,00 EUR", 129_900, "1299.00 EUR"),
            ("EUR 1\u{202f}299\u{202f}000", 129_900_000, "1299000.00 EUR"),
            ("1'299.00 CHF", 129_900, "1299.00 CHF"),
            ("1’299 CHF", 129_900, "1299.00 CHF"),
            ("12,99,000.00 INR", 129_900_000, "1299000.00 INR"),
            ("19,95 €", 1995, "19.95 EUR"),
            ("€19.95", 1995, "19.95 EUR"),
            ("€ 19.95 EUR", 1995, "19.95 EUR"),
            ("1.299,-\u{a0}€", 129_900, "1299.00 EUR"),
            ("£19.95", 1995, "19.95 GBP"),
            ("US$ 19.95", 1995, "19.95 USD"),
            ("19.95 us$", 1995, "19.95 USD"),
            ("R$ 1.299,00", 129_900, "1299.00 BRL"),
            ("99,00 zł", 9900, "99.00 PLN"),
            ("$19.95 CAD", 1995, "19.95 CAD"),
            ("99 lei", 9900, "99.00 RON"),
            (".99 EUR", 99, "0.99 EUR"),
            ("1299.000 EUR", 129_900, "1299.00 EUR"),
            ("1299,000 EUR", 129_900, "1299.00 EUR"),
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
    fn a_symbol_of_several_currencies_needs_the_given_one() {
        for (text, default, printed) in [
            ("$19.95", "usd", "19.95 USD"),
            ("19.95 $", "AUD", "19.95 AUD"),
            ("¥1200", "JPY", "1200 JPY"),
            ("999 kr", "SEK", "999.00 SEK"),
            ("999,50 kr.", "DKK", "999.50 DKK"),
            ("Rs. 499.00", "INR", "499.00 INR"),
            ("499.00 Rs", "PKR", "499.00 PKR"),
        ] {
            let price = Price::parse(text, Some(default)).expect(text);
            assert_eq!(price.to_string(), printed);
            for other in [None, Some("EUR")] {
                let error = Price::parse(text, other).expect_err(text).to_string();
                assert!(error.contains("several currencies have its symbol"), "{error}");
            }
        }
        assert_eq!(Price::parse("19,95 €", Some("USD")), "19.95 EUR".parse(), "its own counts");
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
            "5. EUR",
            "19.955 USD EUR",
            "19.9555 EUR",
            "1.2.3 EUR",
            "1,29,000.00 EUR",
            "1299,000.00 EUR",
            "1,299.000,00 EUR",
            "1e3 EUR",
            "10.00 EURO",
            "99999999999999999999 EUR",
            "19.95 USD to 24.95 USD",
            "€19.95 USD",
            "1 299'000 EUR",
            "12 99,00 EUR",
            "12,99,000.00 EUR",
            "1,2999,000.00 INR",
            "€",
            "$19.95",
            "19,-95 EUR",
        ] {
            assert!(text.parse::<Price>().is_err(), "{text:?}");
        }
    }
}
