//! How an import works.

use std::sync::Arc;

use super::elsewhere::Elsewhere;
use super::stages::StageTimes;
use crate::catalogue::feed::FeedOptions;
use crate::catalogue::fetch::{FetchOptions, Waits};
use crate::parallel::StopFlag;

/// How an import works.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The market that the feed is of; empty in a catalogue without markets.
    pub market: String,
    /// What the feed does not say of itself.
    pub feed: FeedOptions,
    /// Pictures that are decoded and encoded at once.
    pub threads: usize,
    /// Pictures that are in work at once: beside those that are computed, others are fetched and stored. At least `threads`.
    pub workers: usize,
    /// The times of the stages so far, to report progress.
    pub stages: StageTimes,
    /// The hosts that are waited for, to report progress.
    pub waits: Waits,
    /// Whether the feed's addresses may lead to loopback and private networks.
    pub private_addresses_allowed: bool,
    /// How the hosts of pictures are asked.
    pub fetch: FetchOptions,
    /// The largest part of the former products, in percent, that may be lost; 100 for all.
    pub max_drop_percent: u8,
    /// Ends the import early.
    pub stop: StopFlag,
    /// Other machines that prepare the pictures and publish; none if this one does.
    pub elsewhere: Option<Arc<dyn Elsewhere>>,
}

impl ImportOptions {
    /// The usual number of workers beside those that compute: as many hosts' answers and disk writes may be waited for at once.
    pub const WAITING_WORKERS: usize = 6;

    /// The usual [`ImportOptions::max_drop_percent`]: shops seldom take a quarter of their products away in a day, and a feed that was
    /// cut off anywhere loses that much three times out of four.
    pub const MAX_DROP_PERCENT: u8 = 25;
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            market: String::new(),
            feed: FeedOptions::default(),
            threads: 1,
            workers: 1,
            stages: StageTimes::default(),
            waits: Waits::default(),
            private_addresses_allowed: false,
            fetch: FetchOptions::default(),
            max_drop_percent: Self::MAX_DROP_PERCENT,
            stop: StopFlag::default(),
            elsewhere: None,
        }
    }
}
