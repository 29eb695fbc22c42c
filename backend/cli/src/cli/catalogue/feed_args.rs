//! What commands ask of a feed. In: flags. Out: [`FeedOptions`].

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use stl_server::catalogue::category_table::CategoryTable;
use stl_server::catalogue::feed::{self, FeedOptions, Format, KeptColumns};

#[derive(Args)]
pub(super) struct FeedArgs {
    /// Format: jsonl, google-xml, google-tsv, google-csv, shopify-csv or woocommerce-csv [default: by the file's name, for a
    /// CSV by its headings]
    #[arg(long)]
    format: Option<Format>,
    /// Currency (ISO 4217) of prices without one, as all of Shopify's and WooCommerce's are
    #[arg(long, value_name = "CODE", value_parser = feed::currency)]
    currency: Option<String>,
    /// Address of the shop, which Shopify's and WooCommerce's exports do not contain, e.g. https://shop.example
    #[arg(long, value_name = "URL", value_parser = feed::shop_url)]
    shop_url: Option<String>,
    /// The shop's own table of categories: a line for each pattern, `Strick & Cardigans → jumpers` or `Outlet → none`
    #[arg(long, value_name = "FILE")]
    categories: Option<PathBuf>,
    /// Keep this column as a label, which products can be filtered by; may be given several times
    #[arg(long, value_name = "NAME")]
    keep: Vec<String>,
}

impl FeedArgs {
    /// Reads the table of categories and checks the rest.
    ///
    /// # Errors
    /// When the table cannot be read, or a column cannot be kept; with the flag and, for a table, the line.
    pub(super) fn options(&self) -> anyhow::Result<FeedOptions> {
        let categories = match &self.categories {
            None => CategoryTable::default(),
            Some(file) => CategoryTable::read(file).with_context(|| format!("--categories {}", file.display()))?,
        };
        let kept = KeptColumns::new(&self.keep).context("--keep")?;
        Ok(FeedOptions {
            format: self.format,
            currency: self.currency.clone(),
            shop_url: self.shop_url.clone(),
            categories,
            kept,
        })
    }
}
