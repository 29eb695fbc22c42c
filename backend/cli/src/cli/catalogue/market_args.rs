//! The market that a command is about. In: a flag. Out: its name, empty if none is named.

use clap::Args;
use stl_server::catalogue::assortment::market_name;

#[derive(Args)]
pub(in crate::cli) struct MarketArgs {
    /// The market [default: the products of no market, else those of the first one]
    #[arg(long, value_name = "NAME", value_parser = market_name)]
    market: Option<String>,
}

impl MarketArgs {
    /// The name, or an empty text for the first market.
    pub(in crate::cli) fn name(&self) -> &str {
        self.market.as_deref().unwrap_or_default()
    }
}
