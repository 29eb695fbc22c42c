//! Which server fetches the feeds, and what came of each. In: the record's address. Out: a turn that one server has at a time, and feeds' states.
//!
//! The turn is a lock that PostgreSQL gives back when the connection ends, so that another server takes it when this one dies. States are rows that
//! all servers have. The time is PostgreSQL's, so that no server's clock matters.

use jiff::Timestamp;
use stl_types::wire::FeedState;

use super::absent::IfAbsent;
use super::address::RecordAddress;
use super::error::ClusterError;
use super::push::announce;
use super::record::Record;
use super::record::tables::{CHANGE, SCHEMA};
use crate::catalogue::store::feed_key;

/// A server's turn to fetch feeds.
#[derive(Debug)]
pub struct FeedTurn {
    address: RecordAddress,
    if_absent: IfAbsent,
    record: Option<Record>,
    is_ours: bool,
}

impl FeedTurn {
    /// Of a record, which is not asked yet.
    #[must_use]
    pub const fn new(address: RecordAddress, if_absent: IfAbsent) -> Self {
        Self { address, if_absent, record: None, is_ours: false }
    }

    /// Takes the turn, or keeps it. Returns PostgreSQL's time; none if another server has the turn.
    ///
    /// # Errors
    /// When PostgreSQL cannot be used, or its record is not there and may not be made: nobody knows then whose turn it is.
    pub fn take(&mut self) -> Result<Option<Timestamp>, ClusterError> {
        let taken = self.try_take();
        if taken.is_err() {
            // The lock has gone with the connection.
            (self.record, self.is_ours) = (None, false);
        }
        taken
    }

    fn try_take(&mut self) -> Result<Option<Timestamp>, ClusterError> {
        let may_make = self.if_absent.may_make();
        let record = match &mut self.record {
            Some(record) => {
                if !may_make {
                    record.require_version()?;
                }
                record
            }
            None => {
                let mut record = Record::connect(&self.address)?;
                record.ensure_shared(may_make)?;
                self.record.insert(record)
            }
        };
        if !self.is_ours {
            let rows = record.query("SELECT pg_try_advisory_lock(hashtext($1), 2)", &[&SCHEMA])?;
            self.is_ours = rows.first().is_some_and(|row| row.get(0));
        }
        let rows = record.query("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint", &[])?;
        let now = rows.first().and_then(|row| Timestamp::from_second(row.get(0)).ok());
        Ok(now.filter(|_| self.is_ours))
    }

    /// The connection, if it is this server's turn.
    fn ours(&mut self) -> Result<&mut Record, ClusterError> {
        let address = self.address.to_string();
        self.record.as_mut().filter(|_| self.is_ours).ok_or(ClusterError::NotOurTurn { address })
    }

    /// The state of a market's feed at an address; none before its first fetch, or if this program cannot read it.
    ///
    /// # Errors
    /// When it is not this server's turn, or PostgreSQL cannot be used.
    pub fn state(&mut self, url: &str, market: &str) -> Result<Option<FeedState>, ClusterError> {
        let sql = format!("SELECT state FROM {SCHEMA}.feeds WHERE url = $1");
        let rows = self.ours()?.query(&sql, &[&feed_key(url, market)])?;
        Ok(rows.first().and_then(|row| serde_json::from_str(row.get(0)).ok()))
    }

    /// Stores the state of its market's feed at an address, for all servers.
    ///
    /// # Errors
    /// When it is not this server's turn, or PostgreSQL cannot be used.
    pub fn set_state(&mut self, url: &str, state: &FeedState) -> Result<(), ClusterError> {
        let tx = self.ours()?.begin()?;
        let head = tx.head(true)?;
        let json = serde_json::to_string(state).unwrap_or_default();
        let sql = format!(
            "INSERT INTO {SCHEMA}.feeds (url, state, {CHANGE}) VALUES ($1, $2, $3) \
             ON CONFLICT (url) DO UPDATE SET state = EXCLUDED.state, {CHANGE} = EXCLUDED.{CHANGE}"
        );
        tx.execute(&sql, &[&feed_key(url, &state.market), &json, &(head.change + 1)])?;
        announce(&tx, &head)?;
        tx.commit()
    }

    /// Forgets all feeds but these, an address and a market each.
    ///
    /// # Errors
    /// When it is not this server's turn, or PostgreSQL cannot be used.
    pub fn keep(&mut self, kept: &[(&str, &str)]) -> Result<(), ClusterError> {
        let kept: Vec<String> = kept.iter().map(|(url, market)| feed_key(url, market)).collect();
        let tx = self.ours()?.begin()?;
        let head = tx.head(true)?;
        let sql = format!(
            "WITH gone AS (DELETE FROM {SCHEMA}.feeds WHERE url <> ALL($1) RETURNING url) \
             INSERT INTO {SCHEMA}.record_deleted (table_name, row_key, {CHANGE}) \
             SELECT 'feeds', json_build_array(url)::text, $2 FROM gone"
        );
        if tx.execute(&sql, &[&kept, &(head.change + 1)])? > 0 {
            announce(&tx, &head)?;
        }
        tx.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_has_the_turn_and_the_next_one_finds_its_states() {
        let Some(postgres) = stl_cluster::Postgres::start_or_skip().expect("PostgreSQL starts") else { return };
        let turn = || FeedTurn::new(postgres.address().parse().expect("an address"), IfAbsent::Make);
        let (mut one, mut other) = (turn(), turn());
        assert!(one.state("https://shop.example/feed.xml", "").is_err(), "it is nobody's turn yet");
        assert!(one.take().expect("asked").is_some());
        assert!(one.take().expect("asked").is_some(), "it keeps the turn");
        assert!(other.take().expect("asked").is_none());
        let url = "https://shop.example/feed.xml";
        let state = FeedState { market: "de".to_owned(), failures: 3, ..FeedState::default() };
        assert!(other.set_state(url, &state).is_err());
        assert_eq!(one.state(url, "de").expect("read"), None);
        one.set_state(url, &FeedState { failures: 2, ..state.clone() }).expect("stored");
        one.set_state(url, &state).expect("stored");
        let change = || postgres.sql("SELECT change FROM shop_the_look.record").expect("a record");
        assert_eq!(change(), "2");

        drop(one);
        let begin = std::time::Instant::now();
        while other.take().expect("asked").is_none() {
            assert!(begin.elapsed() < std::time::Duration::from_secs(30));
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(other.state(url, "de").expect("read"), Some(state));
        assert_eq!(other.state(url, "ch").expect("read"), None);
        other.keep(&[(url, "de")]).expect("nothing goes");
        assert_eq!(change(), "2");
        other.keep(&[(url, "ch")]).expect("it goes");
        assert_eq!((other.state(url, "de").expect("read"), change()), (None, "3".to_owned()));
        let deleted = postgres.sql("SELECT table_name FROM shop_the_look.record_deleted").expect("a row");
        assert_eq!(deleted, "feeds");
    }
}
