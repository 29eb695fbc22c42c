//! A command changes a catalogue of several machines. In: what it does with a folder. Out: the same for the record.
//!
//! The record is held from the pull to the commit, so no other change comes in between, and what the command does is published as a
//! whole or not at all.

use std::path::Path;
use std::time::{Duration, Instant};

use super::absent::IfAbsent;
use super::address::ClusterAddress;
use super::cache::{self, Cache};
use super::compared::Compared;
use super::error::{ClusterError, sqlite};
use super::garbage;
use super::objects::{ObjectName, Objects};
use super::pull::{Extent, pull, pull_in};
use super::push::{Change, push};
use super::record::Record;
use super::record::tables::SCHEMA;

/// Takes the lock of imports, which PostgreSQL gives back when the connection ends. False if another import has it.
pub(super) fn is_our_turn(record: &Record) -> Result<bool, ClusterError> {
    let rows = record.query("SELECT pg_try_advisory_lock(hashtext($1), 1)", &[&SCHEMA])?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

/// Objects that a command deletes after its change, at most: some minutes. An administration deletes none, since somebody waits for its answer.
const GARBAGE_OF_COMMAND: usize = 10_000;

/// How long an answer to an administration may take: a PostgreSQL that says nothing would keep its caches for ever.
const ANSWER_LIMIT: Duration = Duration::from_secs(600);

/// How a catalogue is opened to change it.
#[derive(Clone, Copy)]
struct Opening<'a> {
    if_absent: &'a IfAbsent,
    /// Until when others may hold the record, now and in each change; none if it does not matter how long.
    end: Option<Instant>,
    /// Objects that are deleted after a change, at most.
    garbage: usize,
}

impl<'a> Opening<'a> {
    const fn of_command(if_absent: &'a IfAbsent) -> Self {
        Self { if_absent, end: None, garbage: GARBAGE_OF_COMMAND }
    }
}

/// The open parts of a catalogue.
#[derive(Debug)]
pub struct Cluster {
    pub(super) record: Record,
    pub(super) objects: Objects,
    pub(super) cache: Cache,
    end: Option<Instant>,
    garbage: usize,
}

impl Cluster {
    /// Opens a catalogue to read it: the cache is brought up to date.
    ///
    /// # Errors
    /// When there is none, or one of its parts cannot be used.
    pub fn open(address: &ClusterAddress, extent: Extent) -> Result<Self, ClusterError> {
        let objects = Objects::open(&address.objects)?;
        let mut record = Record::connect(&address.record)?;
        record.check()?;
        objects.check()?;
        let cache = Cache::open(&address.cache)?;
        pull(&mut record, &objects, &cache, extent)?;
        Ok(Self { record, objects, cache, end: None, garbage: GARBAGE_OF_COMMAND })
    }

    /// Opens a catalogue to change it; makes an empty one if there is none.
    ///
    /// # Errors
    /// When one of its parts cannot be used.
    pub fn create(address: &ClusterAddress) -> Result<Self, ClusterError> {
        Self::created(address, Opening::of_command(&IfAbsent::Make), |_| Ok(()))
    }

    /// The same for the administration of a server, if others hold the record until `end` at most, now and in each change.
    ///
    /// # Errors
    /// Also [`ClusterError::Busy`], and [`ClusterError::Missing`] where none may be made.
    pub fn create_until(address: &ClusterAddress, if_absent: &IfAbsent, end: Instant) -> Result<Self, ClusterError> {
        Self::created(address, Opening { if_absent, end: Some(end), garbage: 0 }, |_| Ok(()))
    }

    /// The same for an import, which first waits for its turn: what others have published by then, its cache has.
    ///
    /// # Errors
    /// Those of `turn`, and [`ClusterError::Missing`] where none may be made.
    pub(super) fn create_for_import(
        address: &ClusterAddress,
        if_absent: &IfAbsent,
        turn: impl FnOnce(&Record) -> Result<(), ClusterError>,
    ) -> Result<Self, ClusterError> {
        Self::created(address, Opening::of_command(if_absent), turn)
    }

    fn created(
        address: &ClusterAddress,
        Opening { if_absent, end, garbage }: Opening<'_>,
        turn: impl FnOnce(&Record) -> Result<(), ClusterError>,
    ) -> Result<Self, ClusterError> {
        let objects = Objects::open(&address.objects)?;
        // Before anything is written.
        objects.check()?;
        let mut record = Record::connect(&address.record)?;
        if let Some(end) = end {
            record.wait_for_answers(ANSWER_LIMIT);
            record.wait_for_locks_until(end)?;
        }
        record.ensure_if(if_absent.may_make())?;
        turn(&record)?;
        let cache = Cache::open(&address.cache)?;
        pull(&mut record, &objects, &cache, Extent::Served)?;
        Ok(Self { record, objects, cache, end, garbage })
    }

    /// The catalogue's folder on this machine.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.cache.folder()
    }

    /// The number of the record's change that the folder has.
    ///
    /// # Errors
    /// When the cache's database fails.
    pub fn change_here(&self) -> Result<i64, ClusterError> {
        let position = cache::position(&self.cache.connect()?).map_err(sqlite(&self.cache.database()))?;
        Ok(position.map_or(0, |position| position.change))
    }

    /// Runs `work` on the folder and publishes what it has changed. Nobody else publishes meanwhile, on any machine.
    ///
    /// # Errors
    /// Those of `work`, or when one of the parts fails; nothing is published then, and the cache is as it was. Only if the connection ends
    /// while PostgreSQL commits, the change may be there all the same.
    pub fn change<T, E>(&mut self, work: impl FnOnce(&Path) -> Result<T, E>) -> Result<Result<T, E>, ClusterError> {
        self.change_with(work, Vec::new(), (None, Compared::All))
    }

    /// The same for work that changes offers of some articles: only the rows that it writes are compared with those before.
    ///
    /// # Errors
    /// As for [`Cluster::change`].
    pub fn change_offers<T, E>(
        &mut self,
        work: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Result<Result<T, E>, ClusterError> {
        self.change_with(work, Vec::new(), (None, Compared::Written))
    }

    /// The same, if no import runs on any machine; none begins meanwhile.
    ///
    /// # Errors
    /// Also [`ClusterError::Importing`].
    pub fn change_between_imports<T, E>(
        &mut self,
        work: impl FnOnce(&Path) -> Result<T, E>,
    ) -> Result<Result<T, E>, ClusterError> {
        if !is_our_turn(&self.record)? {
            return Err(ClusterError::Importing { address: self.record.address().to_string() });
        }
        let outcome = self.change(work);
        // It would also end with the connection.
        _ = self.record.query("SELECT pg_advisory_unlock(hashtext($1), 1)", &[&SCHEMA]);
        outcome
    }

    /// The same for an import, which ends with it: `work` publishes in the folder, `stored` are files whose objects are there already.
    ///
    /// # Errors
    /// Also when another import has come in between.
    pub(super) fn change_import<E>(
        &mut self,
        work: &mut dyn FnMut(&Path) -> Result<(), E>,
        stored: Vec<(String, ObjectName)>,
        import: Option<i64>,
    ) -> Result<Result<(), E>, ClusterError> {
        self.change_with(work, stored, (import, Compared::All))
    }

    fn change_with<T, E>(
        &mut self,
        work: impl FnOnce(&Path) -> Result<T, E>,
        stored: Vec<(String, ObjectName)>,
        (import, compared): (Option<i64>, Compared),
    ) -> Result<Result<T, E>, ClusterError> {
        let Self { record, objects, cache, end, garbage } = self;
        // One that was published, and could not be ended.
        cache.abandon()?;
        end.map_or(Ok(()), |end| record.wait_for_locks_until(end))?;
        let tx = record.begin()?;
        let head = tx.head(true)?;
        if let Some(import) = import
            && tx.execute(&format!("DELETE FROM {SCHEMA}.record_imports WHERE id = $1"), &[&import])? == 0
        {
            return Err(ClusterError::Importing { address: tx.address().to_string() });
        }
        pull_in(&tx, &head, objects, cache, Extent::Served, None)?;
        cache.begin_change()?;
        if compared == Compared::Written {
            let tables = tx.tables(&head)?;
            let noted = cache.note_writes(tables.iter().filter(|table| table.is_followed()));
            if let Err(error) = noted {
                cache.abandon()?;
                return Err(error);
            }
        }
        let pushed = match work(cache.folder()) {
            Err(error) => {
                cache.abandon()?;
                return Ok(Err(error));
            }
            Ok(done) => {
                let base = Some(cache.base());
                let change = Change { folder: cache.folder(), base, compared, stored, is_everything: false };
                push(&tx, &head, objects, &change).and_then(|_| tx.commit()).map(|()| done)
            }
        };
        match pushed {
            Err(error) => {
                cache.abandon()?;
                Err(error)
            }
            Ok(done) => {
                // The change is published; what follows can be made up for later.
                let after = cache.end_change().and_then(|()| pull(record, objects, cache, Extent::Served));
                let after = after.and_then(|_| garbage::delete(record, objects, *garbage));
                if let Err(error) = after {
                    tracing::warn!("published, but the cache is not up to date: {error}");
                }
                Ok(Ok(done))
            }
        }
    }
}
