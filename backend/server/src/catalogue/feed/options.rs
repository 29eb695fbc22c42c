//! What a feed does not say of itself. In: options of a command or a request. Out: [`FeedOptions`].

use url::Url;

use super::labels::KeptColumns;
use crate::catalogue::category_table::CategoryTable;

/// How a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    JsonLines,
    /// Google Merchant, RSS 2.0 or Atom with the `g:` namespace.
    GoogleXml,
    /// Google Merchant, tab-separated.
    GoogleTable,
    /// Google Merchant, separated by commas or semicolons, as Meta's catalogues are.
    GoogleCsv,
    /// Shopify's export of products.
    Shopify,
    /// WooCommerce's export of products.
    WooCommerce,
}

/// What a feed does not say of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedOptions {
    /// How it is written. Without it, the file's name or first bytes decide.
    pub format: Option<Format>,
    /// The currency (ISO 4217) of prices without one, as all of Shopify's and WooCommerce's are.
    pub currency: Option<String>,
    /// The shop's address, for feeds that have only handles or numbers, as Shopify's and WooCommerce's.
    pub shop_url: Option<String>,
    /// The shop's own table of categories, which is asked before the built-in words.
    pub categories: CategoryTable,
    /// Columns that become labels.
    pub kept: KeptColumns,
}

impl Format {
    /// All formats by the names of the command line.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("jsonl", Self::JsonLines),
        ("google-xml", Self::GoogleXml),
        ("google-tsv", Self::GoogleTable),
        ("google-csv", Self::GoogleCsv),
        ("shopify-csv", Self::Shopify),
        ("woocommerce-csv", Self::WooCommerce),
    ];

    /// The formats of changes. Shopify's and WooCommerce's exports hold whole products.
    pub(super) const OF_CHANGES: [Self; 4] = [Self::JsonLines, Self::GoogleXml, Self::GoogleTable, Self::GoogleCsv];

    /// Whether it is text with separators, which spreadsheets write.
    pub(super) const fn is_separated(self) -> bool {
        matches!(self, Self::GoogleTable | Self::GoogleCsv | Self::Shopify | Self::WooCommerce)
    }

    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(name, _)| name).join(", ");
        known.map(|(_, format)| *format).ok_or_else(|| format!("expected one of {names}, got {name:?}"))
    }
}

/// Checks the address of a shop, to which paths of products are added.
///
/// # Errors
/// When it is no http or https address, or has more than a host and a path.
pub fn shop_url(address: &str) -> Result<String, String> {
    let expected = || format!("expected an address such as https://shop.example, got {address:?}");
    let url = Url::parse(address).map_err(|_| expected())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().or(url.fragment()).is_none();
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_web && is_plain { Ok(address.to_owned()) } else { Err(expected()) }
}

/// Checks the code of a currency (ISO 4217). Returns it in capitals.
///
/// # Errors
/// When it is not three letters.
pub fn currency(code: &str) -> Result<String, String> {
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(code.to_ascii_uppercase())
    } else {
        Err(format!("expected three letters, such as EUR, got {code:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shops_address_is_one_to_which_paths_can_be_added() {
        for good in ["https://shop.example", "http://shop.example:8080/de/"] {
            assert_eq!(shop_url(good).as_deref(), Ok(good));
        }
        for bad in
            ["foo", "https://", "ftp://shop.example", "https://u:p@shop.example", "https://shop.example/?a=b", ""]
        {
            assert!(shop_url(bad).is_err_and(|error| error.contains("expected an address")), "{bad}");
        }
    }
}
