//! The feeds that a server fetches by itself. In: a TOML file. Out: [`ScheduledFeeds`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::catalogue::address::web_address;
use crate::catalogue::assortment::market_name;
use crate::catalogue::category_table::CategoryTable;
use crate::catalogue::feed::{FeedOptions, KeptColumns, currency, shop_url};
use crate::catalogue::fetch::FetchOptions;
use crate::catalogue::fetch::options::{connections, header_line, requests_per_s, user_agent};
use crate::catalogue::import::ImportOptions;
use crate::files::read_text_bounded;

/// Bytes of the file at most: it holds a feed of each market.
const MAX_BYTES: u64 = 64 * 1024;

/// How often a feed may be fetched: a minute is more often than shops write them.
const LEAST_EVERY: Duration = Duration::from_secs(60);

/// And how seldom: a month.
const MOST_EVERY: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// The feeds that a server fetches by itself, and how hosts are asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduledFeeds {
    /// Of different markets, if there are several.
    pub feeds: Vec<ScheduledFeed>,
    /// How the hosts of feeds and pictures are asked, also for uploaded feeds.
    pub fetch: FetchOptions,
}

/// A feed that is fetched on schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledFeed {
    /// Its address.
    pub url: String,
    /// The market that it is of; empty in a catalogue without markets.
    pub market: String,
    /// The time from one fetch to the next.
    pub every: Duration,
    /// The largest part of the products, in percent, that may be lost.
    pub max_drop_percent: u8,
    /// What the feed does not say of itself.
    pub options: FeedOptions,
}

/// Why the file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedsError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// Not the TOML of feeds.
    #[error("{0}")]
    Malformed(String),
    /// A value that cannot be used.
    #[error("{field}: {reason}")]
    Value {
        /// The field.
        field: &'static str,
        /// What was expected and what was received.
        reason: String,
    },
    /// Two feeds of one market.
    #[error("expected one [[feed]] of each market, got two{}: each would replace the products of the other", of_market(.0))]
    SameMarket(String),
    /// One feed twice.
    #[error("expected a [[feed]] of each address once, got {0:?} twice")]
    SameAddress(String),
}

fn of_market(market: &str) -> String {
    if market.is_empty() { " without market".to_owned() } else { format!(" of {market:?}") }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    feed: Vec<WrittenFeed>,
    #[serde(default)]
    fetch: WrittenFetch,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFeed {
    url: String,
    every: String,
    #[serde(default)]
    market: String,
    format: Option<String>,
    currency: Option<String>,
    shop_url: Option<String>,
    categories: Option<PathBuf>,
    #[serde(default)]
    keep: Vec<String>,
    max_drop: Option<u8>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenFetch {
    user_agent: Option<String>,
    headers: Vec<String>,
    requests_per_second: Option<f64>,
    connections: Option<u32>,
}

impl ScheduledFeeds {
    /// Reads a file. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// See [`FeedsError`].
    pub fn read(path: &Path) -> Result<Self, FeedsError> {
        let text = read_text_bounded(path, MAX_BYTES).map_err(|error| FeedsError::Unreadable(error.to_string()))?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    /// The tables `[[feed]]` and `[fetch]` of a text that has others too, so that errors name its lines.
    pub(super) fn of_settings(text: &str, folder: &Path) -> Result<Self, FeedsError> {
        #[derive(Deserialize)]
        struct Settings {
            #[serde(default)]
            feed: Vec<WrittenFeed>,
            #[serde(default)]
            fetch: WrittenFetch,
        }
        let Settings { feed, fetch } = toml::from_str(text).map_err(malformed)?;
        Self::checked(File { feed, fetch }, folder)
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, FeedsError> {
        Self::checked(toml::from_str(text).map_err(malformed)?, folder)
    }

    fn checked(file: File, folder: &Path) -> Result<Self, FeedsError> {
        let feeds: Vec<ScheduledFeed> =
            file.feed.into_iter().map(|feed| scheduled(feed, folder)).collect::<Result<_, _>>()?;
        for (place, feed) in feeds.iter().enumerate() {
            let before = &feeds[..place];
            if before.iter().any(|former| former.market == feed.market) {
                return Err(FeedsError::SameMarket(feed.market.clone()));
            }
            if before.iter().any(|former| former.url == feed.url) {
                return Err(FeedsError::SameAddress(feed.url.clone()));
            }
        }
        Ok(Self { feeds, fetch: fetch_options(&file.fetch)? })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn malformed(error: toml::de::Error) -> FeedsError {
    FeedsError::Malformed(error.to_string().trim_end().to_owned())
}

fn scheduled(feed: WrittenFeed, folder: &Path) -> Result<ScheduledFeed, FeedsError> {
    let url = web_address(&feed.url).map_err(|error| value("url", format!("{error}, got {:?}", feed.url)))?;
    let every = feed.every.parse::<SignedDuration>().ok().and_then(|every| Duration::try_from(every).ok());
    let every = every.filter(|every| (LEAST_EVERY..=MOST_EVERY).contains(every));
    let every = every.ok_or_else(|| {
        value("every", format!("expected such as \"6 hours\", from 1 minute to 744 hours, got {:?}", feed.every))
    })?;
    let categories = feed.categories.map(|file| CategoryTable::read(&folder.join(file))).transpose();
    let max_drop_percent = feed.max_drop.unwrap_or(ImportOptions::MAX_DROP_PERCENT);
    if max_drop_percent > 100 {
        return Err(value("max_drop", format!("expected 0 to 100 percent, got {max_drop_percent}")));
    }
    if !feed.market.is_empty() {
        market_name(&feed.market).map_err(|reason| value("market", reason))?;
    }
    let options = FeedOptions {
        format: feed.format.map(|name| name.parse()).transpose().map_err(|reason| value("format", reason))?,
        currency: feed.currency.map(|code| currency(&code)).transpose().map_err(|reason| value("currency", reason))?,
        shop_url: feed.shop_url.map(|url| shop_url(&url)).transpose().map_err(|reason| value("shop_url", reason))?,
        categories: categories.map_err(|error| value("categories", error.to_string()))?.unwrap_or_default(),
        kept: KeptColumns::new(&feed.keep).map_err(|error| value("keep", error.to_string()))?,
    };
    Ok(ScheduledFeed { url: url.into(), market: feed.market, every, max_drop_percent, options })
}

fn fetch_options(written: &WrittenFetch) -> Result<FetchOptions, FeedsError> {
    let agent = written.user_agent.as_deref().map(user_agent).transpose();
    let requests = written.requests_per_second.map(|number| requests_per_s(&number.to_string())).transpose();
    let most = written.connections.map(|number| connections(&number.to_string())).transpose();
    let mut options = FetchOptions {
        user_agent: agent.map_err(|reason| value("user_agent", reason))?,
        requests_per_s: requests.map_err(|reason| value("requests_per_second", reason))?,
        connections: most.map_err(|reason| value("connections", reason))?,
        headers: Vec::new(),
    };
    for line in &written.headers {
        let with_header = header_line(line).and_then(|header| options.with_header(header));
        options = with_header.map_err(|reason| value("headers", reason))?;
    }
    Ok(options)
}

const fn value(field: &'static str, reason: String) -> FeedsError {
    FeedsError::Value { field, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::feed::Format;

    fn parse(text: &str) -> Result<ScheduledFeeds, FeedsError> {
        ScheduledFeeds::parse(text, Path::new(""))
    }

    #[test]
    fn a_file_names_a_feed_and_how_hosts_are_asked() {
        let feeds = parse(
            "[[feed]]\nurl = \"https://shop.example/feed.xml.gz\"\nevery = \"6 hours\"\nmarket = \"de\"\nformat = \"google-xml\"\n\
             currency = \"EUR\"\nkeep = [\"Season\"]\nmax_drop = 10\n\n\
             [fetch]\nuser_agent = \"Shop/1.0\"\nheaders = [\"X-Key: secret\"]\nrequests_per_second = 10\nconnections = 4\n",
        );
        let ScheduledFeeds { feeds, fetch } = feeds.expect("a file");
        assert_eq!((feeds[0].every, feeds[0].max_drop_percent), (Duration::from_secs(6 * 3600), 10));
        assert_eq!(
            (feeds[0].options.format, feeds[0].options.currency.as_deref()),
            (Some(Format::GoogleXml), Some("EUR"))
        );
        assert_eq!((fetch.requests_per_s, fetch.connections, fetch.headers.len()), (Some(10.0), Some(4), 1));
        assert_eq!(parse(""), Ok(ScheduledFeeds::default()));
    }

    #[test]
    fn what_cannot_be_used_says_what_was_expected() {
        let feed =
            |more: &str| format!("[[feed]]\nurl = \"https://shop.example/feed.xml\"\nevery = \"1 hour\"\n{more}\n");
        for (text, expected) in [
            ("feeds = []".to_owned(), "unknown field `feeds`"),
            ("[[feed]]\nevery = \"1 hour\"\n".to_owned(), "missing field `url`"),
            (feed("").replace("https", "ftp"), "url: "),
            (
                feed("").replace("1 hour", "often"),
                "every: expected such as \"6 hours\", from 1 minute to 744 hours, got \"often\"",
            ),
            (feed("").replace("1 hour", "59 s"), "every: "),
            (feed("format = \"xlsx\""), "format: expected one of jsonl"),
            (feed("max_drop = 101"), "max_drop: expected 0 to 100 percent, got 101"),
            (feed("categories = \"missing.txt\""), "categories: the file cannot be read"),
            (feed("") + &feed(""), "expected one [[feed]] of each market, got two without market"),
            (feed("market = \"de\"") + &feed("market = \"de\""), "got two of \"de\""),
            (feed("market = \"de\"") + &feed("market = \"fr\""), "expected a [[feed]] of each address once"),
            (feed("market = \" de\""), "market: expected 1 to 64 characters without spaces around them, got \" de\""),
            ("[fetch]\nconnections = 0".to_owned(), "connections: expected a number from 1 to 256, got \"0\""),
            (
                "[fetch]\nheaders = [\"Host: x\"]".to_owned(),
                "headers: expected a header that is not the transfer's own",
            ),
        ] {
            let message = parse(&text).expect_err(&text).to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
