//! The table `feeds`. In and out: a [`FeedState`] as JSON.

use rusqlite::params;
use stl_types::wire::FeedState;

use super::{Store, StoreError};

impl Store {
    /// Stores the state of a feed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn set_feed(&self, feed: &FeedState) -> Result<(), StoreError> {
        let json = serde_json::to_string(feed).unwrap_or_default();
        let set = self
            .connection
            .execute("INSERT OR REPLACE INTO feeds (url, state) VALUES (?1, ?2)", params![feed.url, json]);
        set.map(|_| ()).map_err(|source| self.failed(source))
    }

    /// The states of all feeds that were ever fetched on schedule, by address. Those that this program cannot read are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn feeds(&self) -> Result<Vec<FeedState>, StoreError> {
        let read = || -> rusqlite::Result<Vec<FeedState>> {
            let mut select = self.connection.prepare("SELECT state FROM feeds ORDER BY url")?;
            let states = select.query_map([], |row| row.get::<_, String>(0))?;
            let states: Vec<String> = states.collect::<Result<_, _>>()?;
            Ok(states.iter().filter_map(|state| serde_json::from_str(state).ok()).collect())
        };
        read().map_err(|source| self.failed(source))
    }
}
