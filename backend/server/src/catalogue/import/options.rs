//! How an import works.

use crate::catalogue::feed::FeedOptions;
use crate::parallel::StopFlag;

/// How an import works.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// What the feed does not say of itself.
    pub feed: FeedOptions,
    /// Pictures that are fetched, decoded and encoded at once.
    pub threads: usize,
    /// Whether the feed's addresses may lead to loopback and private networks.
    pub private_addresses_allowed: bool,
    /// The largest part of the former products, in percent, that may be lost; 100 for all.
    pub max_drop_percent: u8,
    /// Ends the import early.
    pub stop: StopFlag,
}

impl ImportOptions {
    /// The usual [`ImportOptions::max_drop_percent`]: shops seldom take a quarter of their products away in a day, and a feed that was
    /// cut off anywhere loses that much three times out of four.
    pub const MAX_DROP_PERCENT: u8 = 25;
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            feed: FeedOptions::default(),
            threads: 1,
            private_addresses_allowed: false,
            max_drop_percent: Self::MAX_DROP_PERCENT,
            stop: StopFlag::default(),
        }
    }
}
