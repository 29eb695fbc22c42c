//! Currency symbols. In: a price's text. Out: the text without its symbol, and the currencies that the symbol stands for.

/// Symbols and the currencies that are written with them. Longer ones come before those that they end with.
const SYMBOLS: [(&str, &[&str]); 33] = [
    ("US$", &["USD"]),
    ("CA$", &["CAD"]),
    ("AU$", &["AUD"]),
    ("NZ$", &["NZD"]),
    ("HK$", &["HKD"]),
    ("MX$", &["MXN"]),
    ("NT$", &["TWD"]),
    ("R$", &["BRL"]),
    ("C$", &["CAD"]),
    ("A$", &["AUD"]),
    ("S$", &["SGD"]),
    ("$", &["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "ARS", "CLP", "COP"]),
    ("€", &["EUR"]),
    ("£", &["GBP"]),
    ("¥", &["JPY", "CNY"]),
    ("₹", &["INR"]),
    ("₩", &["KRW"]),
    ("₺", &["TRY"]),
    ("₴", &["UAH"]),
    ("₪", &["ILS"]),
    ("₫", &["VND"]),
    ("₽", &["RUB"]),
    ("฿", &["THB"]),
    ("₱", &["PHP"]),
    ("zł", &["PLN"]),
    ("Kč", &["CZK"]),
    ("Ft", &["HUF"]),
    ("lei", &["RON"]),
    ("kr.", &["DKK", "NOK", "SEK", "ISK"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("Fr.", &["CHF"]),
    ("Rs.", RUPEES),
    ("Rs", RUPEES),
];

const RUPEES: &[&str] = &["INR", "PKR", "LKR", "NPR", "MUR"];

/// The text before or after a symbol, and the currencies that the symbol stands for; the text as it is if it has none.
pub(super) fn without_symbol(text: &str) -> (&str, Option<&'static [&'static str]>) {
    let found = SYMBOLS.into_iter().find_map(|(symbol, currencies)| Some((without(text, symbol)?, Some(currencies))));
    found.unwrap_or((text, None))
}

/// The text without a symbol at its beginning or end. Letters count in any case.
fn without<'a>(text: &'a str, symbol: &str) -> Option<&'a str> {
    let is_symbol = |part: &str| part.to_lowercase() == symbol.to_lowercase();
    if let Some((start, amount)) = text.split_at_checked(symbol.len())
        && is_symbol(start)
    {
        return Some(amount.trim_start());
    }
    let at = text.len().checked_sub(symbol.len())?;
    let (amount, end) = text.split_at_checked(at)?;
    is_symbol(end).then(|| amount.trim_end())
}
