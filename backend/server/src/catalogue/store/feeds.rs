//! The table `feeds`. In and out: a [`FeedState`] as JSON, by the hash of the feed's market and address, which may hold a secret.

use rusqlite::{OptionalExtension as _, params};
use stl_types::wire::FeedState;

use super::{Store, StoreError};
use crate::digest::Digest;

impl Store {
    /// Stores the state of its market's feed at an address.
    ///
    /// # Errors
    /// When the database fails.
    pub fn set_feed(&self, url: &str, state: &FeedState) -> Result<(), StoreError> {
        let json = serde_json::to_string(state).unwrap_or_default();
        let set = self.connection.execute(
            "INSERT OR REPLACE INTO feeds (url, state) VALUES (?1, ?2)",
            params![feed_key(url, &state.market), json],
        );
        set.map(|_| ()).map_err(|source| self.failed(source))
    }

    /// The state of a market's feed at an address; none before its first fetch, or if this program cannot read it.
    ///
    /// # Errors
    /// When the database fails.
    pub fn feed(&self, url: &str, market: &str) -> Result<Option<FeedState>, StoreError> {
        let select = "SELECT state FROM feeds WHERE url = ?1";
        let state = self.connection.query_row(select, [feed_key(url, market)], |row| row.get(0));
        let state: Option<String> = state.optional().map_err(|source| self.failed(source))?;
        Ok(state.and_then(|state| serde_json::from_str(&state).ok()))
    }

    /// Forgets all feeds but these, an address and a market each.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep_feeds(&self, kept: &[(&str, &str)]) -> Result<(), StoreError> {
        let kept = kept.iter().map(|(url, market)| feed_key(url, market)).collect::<Vec<_>>();
        let kept = serde_json::to_string(&kept).unwrap_or_default();
        let deleted = "DELETE FROM feeds WHERE url NOT IN (SELECT value FROM json_each(?1))";
        self.connection.execute(deleted, [kept]).map(|_| ()).map_err(|source| self.failed(source))
    }

    /// The states of all feeds that are fetched on schedule, by market and address. Those that this program cannot read are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn feeds(&self) -> Result<Vec<FeedState>, StoreError> {
        let read = || -> rusqlite::Result<Vec<FeedState>> {
            let mut select = self.connection.prepare("SELECT state FROM feeds")?;
            let states = select.query_map([], |row| row.get::<_, String>(0))?;
            let states: Vec<String> = states.collect::<Result<_, _>>()?;
            Ok(states.iter().filter_map(|state| serde_json::from_str(state).ok()).collect())
        };
        let mut states = read().map_err(|source| self.failed(source))?;
        states.sort_by(|a, b| (&a.market, &a.url).cmp(&(&b.market, &b.url)));
        Ok(states)
    }
}

/// The key of its market's feed at an address.
pub(crate) fn feed_key(url: &str, market: &str) -> String {
    // Neither has a line break.
    Digest::of(format!("{market}\n{url}").as_bytes()).to_string()
}
