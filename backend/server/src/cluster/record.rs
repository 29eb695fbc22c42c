//! The record: PostgreSQL. In: an address. Out: a connection, and transactions whose answers are waited for.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, IsolationLevel, Row, Transaction};

use self::values::Value;
use super::address::RecordAddress;
use super::error::ClusterError;
use super::runtime::{spawn, wait};

pub(crate) mod schema;
pub(crate) mod tables;
mod tls;
pub(crate) mod values;

/// What a session is set to: a writer whose machine is gone loses its locks within half a minute, and one that does nothing after a
/// while. Nobody waits for a lock longer than an import may publish.
const SESSION: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; \
     SET idle_in_transaction_session_timeout = '15min'; SET lock_timeout = '10min'; SET TIME ZONE 'UTC'";

/// How long a connection and its handshake may take with each host of the address, and then the settings of its session: PostgreSQL may accept it and say nothing.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How often a transaction does something that waits for files: far more often than [`SESSION`] asks for.
const STAY_INTERVAL: Duration = Duration::from_secs(60);

/// Where changes are announced.
pub(crate) const CHANNEL: &str = "shop_the_look";

/// A connection to the record.
pub struct Record {
    client: Client,
    address: RecordAddress,
    /// Told of each announced change, and of the connection's end.
    notified: Arc<Notify>,
    /// How long an answer may take; none if a statement may take any time.
    answer_limit: Option<Duration>,
    connection: AbortHandle,
}

impl Drop for Record {
    fn drop(&mut self) {
        // The connection would wait for an answer that may never come.
        if self.answer_limit.is_some() {
            self.connection.abort();
        }
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Record {
    /// Connects.
    ///
    /// # Errors
    /// When PostgreSQL cannot be reached, refuses, or does not answer in time.
    pub fn connect(address: &RecordAddress) -> Result<Self, ClusterError> {
        let tls = tls::connector(address)?;
        let hosts = u32::try_from(address.config.get_hosts().len()).unwrap_or(u32::MAX);
        let limit = Some(CONNECT_LIMIT.saturating_mul(hosts.max(1)));
        let (client, mut connection) = wait(in_time(address, limit, address.config.connect(tls)))?;
        let notified = Arc::new(Notify::new());
        let told = Arc::clone(&notified);
        let connection = spawn(async move {
            let mut messages = pin!(futures_util::stream::poll_fn(move |context| connection.poll_message(context)));
            while let Some(Ok(message)) = messages.next().await {
                if matches!(message, AsyncMessage::Notification(_)) {
                    told.notify_one();
                }
            }
            told.notify_one();
        });
        let set = wait(in_time(address, limit, client.batch_execute(SESSION)));
        set.inspect_err(|_| connection.abort())?;
        Ok(Self { client, address: address.clone(), notified, answer_limit: None, connection })
    }

    /// The address.
    #[must_use]
    pub const fn address(&self) -> &RecordAddress {
        &self.address
    }

    /// From now on no answer is waited for longer than this; then the statement fails with [`ClusterError::Unreachable`].
    pub(crate) const fn wait_for_answers(&mut self, limit: Duration) {
        self.answer_limit = Some(limit);
    }

    /// From now on no lock is waited for longer than this; then the statement fails with [`ClusterError::Busy`].
    pub(crate) fn wait_for_locks(&self, limit: Duration) -> Result<(), ClusterError> {
        let limit = format!("{}ms", limit.as_millis());
        self.query("SELECT set_config('lock_timeout', $1, false)", &[&limit]).map(drop)
    }

    /// From now on no lock is waited for after `end`.
    pub(crate) fn wait_for_locks_until(&self, end: Instant) -> Result<(), ClusterError> {
        // Without any time PostgreSQL would wait for ever.
        self.wait_for_locks(end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)))
    }

    /// Begins a transaction that sees changes of others between its statements, and may write.
    pub(crate) fn begin(&mut self) -> Result<Tx<'_>, ClusterError> {
        let (address, answer_limit) = (&self.address, self.answer_limit);
        let inner = wait(in_time(address, answer_limit, self.client.transaction()))?;
        Ok(Tx { inner, address, answer_limit })
    }

    /// Begins a transaction that reads one state.
    pub(crate) fn snapshot(&mut self) -> Result<Tx<'_>, ClusterError> {
        let (address, answer_limit) = (&self.address, self.answer_limit);
        let builder = self.client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let inner = wait(in_time(address, answer_limit, builder.start()))?;
        Ok(Tx { inner, address, answer_limit })
    }

    /// Runs one statement. Returns how many rows it met.
    pub(crate) fn execute(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, ClusterError> {
        wait(in_time(&self.address, self.answer_limit, self.client.execute(sql, values)))
    }

    /// Runs one query.
    pub(crate) fn query(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, ClusterError> {
        wait(in_time(&self.address, self.answer_limit, self.client.query(sql, values)))
    }

    /// From now on changes are announced to [`Record::wait_for_change`].
    pub(crate) fn listen(&self) -> Result<(), ClusterError> {
        wait(in_time(&self.address, self.answer_limit, self.client.batch_execute(&format!("LISTEN {CHANNEL}"))))
    }

    /// Waits until a change is announced, the connection ends, or the time is over.
    pub(crate) fn wait_for_change(&self, timeout: Duration) {
        // Both ends of the wait lead to the same next step.
        let _ = wait(async { tokio::time::timeout(timeout, self.notified.notified()).await });
    }
}

/// A transaction; without [`Tx::commit`] nothing of it stays.
pub(crate) struct Tx<'a> {
    inner: Transaction<'a>,
    address: &'a RecordAddress,
    answer_limit: Option<Duration>,
}

impl Tx<'_> {
    pub(crate) const fn address(&self) -> &RecordAddress {
        self.address
    }

    pub(crate) fn commit(self) -> Result<(), ClusterError> {
        wait(in_time(self.address, self.answer_limit, self.inner.commit()))
    }

    pub(crate) fn execute(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, ClusterError> {
        wait(in_time(self.address, self.answer_limit, self.inner.execute(sql, values)))
    }

    pub(crate) fn batch(&self, sql: &str) -> Result<(), ClusterError> {
        wait(in_time(self.address, self.answer_limit, self.inner.batch_execute(sql)))
    }

    pub(crate) fn query(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, ClusterError> {
        wait(in_time(self.address, self.answer_limit, self.inner.query(sql, values)))
    }

    /// Keeps the transaction open while something else takes long: PostgreSQL ends one that does nothing. `last` is when it did something.
    pub(crate) fn stay(&self, last: &mut Instant) -> Result<(), ClusterError> {
        if last.elapsed() < STAY_INTERVAL {
            return Ok(());
        }
        *last = Instant::now();
        self.query("SELECT 1", &[]).map(drop)
    }

    /// Calls `each` for each row of a query as it comes; rows are not collected.
    pub(crate) fn each_row(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
        mut each: impl FnMut(&Row) -> Result<(), ClusterError>,
    ) -> Result<(), ClusterError> {
        let values = values.iter().map(|value| *value as &dyn ToSql);
        let query = self.inner.query_raw(sql, SliceOf(values.collect()));
        let mut rows = pin!(wait(in_time(self.address, self.answer_limit, query))?);
        while let Some(row) = wait(in_time(self.address, self.answer_limit, rows.try_next()))? {
            each(&row)?;
        }
        Ok(())
    }

    /// Sends rows to a table, as `COPY` does.
    pub(crate) fn copy_in(&self, sql: &str, types: &[Type]) -> Result<CopyIn<'_>, ClusterError> {
        let (address, answer_limit) = (self.address, self.answer_limit);
        let sink = wait(in_time(address, answer_limit, self.inner.copy_in(sql)))?;
        Ok(CopyIn { writer: Box::pin(BinaryCopyInWriter::new(sink, types)), address, answer_limit })
    }
}

/// Parameters of a query.
struct SliceOf<'a>(Vec<&'a dyn ToSql>);

impl<'a> IntoIterator for SliceOf<'a> {
    type Item = &'a dyn ToSql;
    type IntoIter = std::vec::IntoIter<&'a dyn ToSql>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Rows on their way to a table.
pub(crate) struct CopyIn<'a> {
    writer: Pin<Box<BinaryCopyInWriter>>,
    address: &'a RecordAddress,
    answer_limit: Option<Duration>,
}

impl CopyIn<'_> {
    pub(crate) fn write(&mut self, row: &[Value]) -> Result<(), ClusterError> {
        wait(in_time(self.address, self.answer_limit, self.writer.as_mut().write_raw(row)))
    }

    pub(crate) fn finish(mut self) -> Result<u64, ClusterError> {
        wait(in_time(self.address, self.answer_limit, self.writer.as_mut().finish()))
    }
}

/// An answer of PostgreSQL, if it comes in time.
async fn in_time<T>(
    address: &RecordAddress,
    limit: Option<Duration>,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, ClusterError> {
    let answer = match limit {
        None => Ok(answer.await),
        Some(limit) => tokio::time::timeout(limit, answer).await.map_err(|_| limit),
    };
    match answer {
        Ok(answer) => answer.map_err(|error| failed(address, &error)),
        Err(limit) => {
            let reason = format!("no answer for {} s", limit.as_secs());
            Err(ClusterError::Unreachable { address: address.to_string(), reason })
        }
    }
}

/// What an error of the client means. Its texts hold no password.
fn failed(address: &RecordAddress, error: &tokio_postgres::Error) -> ClusterError {
    let address = address.to_string();
    let sources = std::iter::successors(std::error::Error::source(error), |error| error.source());
    let reason = sources.map(ToString::to_string).last().unwrap_or_else(|| error.to_string());
    // The server stops, starts, or has too many clients.
    let is_away = |code: &SqlState| {
        let away = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ];
        away.contains(code)
    };
    match error.as_db_error() {
        Some(db) if [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME].contains(db.code()) => {
            ClusterError::Missing { address }
        }
        Some(db) if *db.code() == SqlState::LOCK_NOT_AVAILABLE => ClusterError::Busy { address },
        Some(db) if !is_away(db.code()) => ClusterError::Refused { address, reason: db.message().to_owned() },
        Some(db) => ClusterError::Unreachable { address, reason: db.message().to_owned() },
        // What cannot be sent, such as a text with a character that PostgreSQL does not know.
        None if error.to_string().starts_with("error serializing") => ClusterError::Refused { address, reason },
        None => ClusterError::Unreachable { address, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_copies_that_get_no_answer_end_in_time() {
        let Some(postgres) = stl_cluster::Postgres::start_or_skip().expect("PostgreSQL starts") else { return };
        let connect = || Record::connect(&postgres.address().parse().expect("an address")).expect("connected");
        postgres.sql("CREATE TABLE kept (name text)").expect("made");
        let (mut reader, mut writer, mut keeper) = (connect(), connect(), connect());
        let limit = Duration::from_millis(500);
        reader.wait_for_answers(limit);
        writer.wait_for_answers(limit);

        let tx = reader.snapshot().expect("begun");
        let error = tx.each_row("SELECT pg_sleep(60)::text", &[], |_| Ok(())).expect_err("no row comes");
        assert!(error.is_unreachable(), "{error}");

        let kept = keeper.begin().expect("begun");
        kept.batch("LOCK TABLE kept IN ACCESS EXCLUSIVE MODE").expect("locked");
        let tx = writer.begin().expect("begun");
        let error = tx.copy_in("COPY kept FROM STDIN (FORMAT binary)", &[Type::TEXT]).err().expect("it waits");
        assert!(error.is_unreachable(), "{error}");
    }
}
