//! Prices as feeds write them. In: `"19.95 EUR"`. Out: a [`Price`] in minor units.

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

/// A text that is no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a price: expected an amount and an ISO 4217 currency, such as \"19.95 EUR\"")]
pub struct PriceError(pub String);

impl Price {
    /// Digits after the decimal point in a currency (ISO 4217, exponents other than 2).
    #[must_use]
    pub fn decimals(currency: &str) -> u32 {
        match currency {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (amount, currency) = text.trim().split_once(char::is_whitespace)?;
        let currency = currency.trim();
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let decimals = Self::decimals(currency) as usize;
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > decimals {
            return None;
        }
        let amount_minor = format!("{whole}{fraction:0<decimals$}").parse().ok()?;
        Some(Self { amount_minor, currency: currency.to_owned() })
    }
}

impl std::str::FromStr for Price {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| PriceError(text.to_owned()))
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
        ] {
            let price: Price = text.parse().expect(text);
            assert_eq!(price.amount_minor, amount_minor);
            assert_eq!(price.to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for text in
            ["", "19,95 EUR", "EUR 19.95", "-1 EUR", "1.999 EUR", "4.5 JPY", "5", ".5 EUR", "99999999999999999999 EUR"]
        {
            assert!(text.parse::<Price>().is_err(), "{text:?}");
        }
    }
}
