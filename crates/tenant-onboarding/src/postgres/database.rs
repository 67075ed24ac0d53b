use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use deadpool_postgres::{Object, Pool, Transaction};
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{IsolationLevel, Row};

use super::database_error::DatabaseError;
use super::repetition::repeat;
use crate::lease::LeaseStart;

/// Time for a statement that reads or writes much: all tenants, a listing, a script of the schema.
const LONG_STATEMENT: Duration = Duration::from_secs(120);

/// Times that a statement is repeated because another one got in its way.
const MOST_CONFLICTS: usize = 20;

/// Parameter of a statement with its type. The types are sent with the statement, so that nothing has to be prepared: it
/// works behind a pooler that gives each transaction another connection.
pub(super) type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// Work in a transaction.
pub(super) type TransactionFuture<'t, T> = Pin<Box<dyn Future<Output = Result<T, DatabaseError>> + Send + 't>>;

/// Connections to Postgres, and the repetition of statements while it can't be reached.
///
/// A statement may be sent again although it was executed, because the connection was lost before the response; each one
/// is written so that this does no harm.
#[derive(Clone)]
pub(super) struct Database {
    pool: Pool,
    /// Time for a statement of one tenant.
    statement_timeout: Duration,
    /// Time for which a statement is repeated.
    max_outage: Duration,
}

impl Database {
    pub(super) fn new(pool: Pool, statement_timeout: Duration, max_outage: Duration) -> Self {
        Self { pool, statement_timeout, max_outage }
    }

    /// Returns the database with another time for repetitions.
    pub(super) fn with_max_outage(&self, max_outage: Duration) -> Self {
        Self { max_outage, ..self.clone() }
    }

    /// Returns the time for which a statement is repeated.
    pub(super) fn max_outage(&self) -> Duration {
        self.max_outage
    }

    /// Runs a statement of one tenant, repeatedly while the database can't be reached.
    pub(super) async fn query(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, DatabaseError> {
        self.query_timed(sql, parameters).await.map(|(_, rows)| rows)
    }

    /// Runs a statement that grants or renews a lease, and returns the moment before it was sent the last time.
    pub(super) async fn query_timed(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(LeaseStart, Vec<Row>), DatabaseError> {
        self.repeat(|| self.query_once(sql, parameters)).await
    }

    /// Runs a statement as [`Database::query_timed`] does, and again if another one has just written a row that a unique index
    /// allows once: the next attempt sees that row.
    pub(super) async fn query_past_conflicts(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(LeaseStart, Vec<Row>), DatabaseError> {
        let mut conflicts = 0;
        loop {
            match self.query_timed(sql, parameters).await {
                Err(error) if error.is_unique_violation() && conflicts < MOST_CONFLICTS => conflicts += 1,
                outcome => return outcome,
            }
        }
    }

    /// Runs a statement that must not be executed twice. After a lost response, `done` looks for what it did. Returns the moment
    /// before the first attempt if it finds something.
    pub(super) async fn query_unless_done(
        &self,
        (sql, parameters): (&str, &[Parameter<'_>]),
        (done, done_parameters): (&str, &[Parameter<'_>]),
    ) -> Result<(LeaseStart, Vec<Row>), DatabaseError> {
        let first = LeaseStart::now();
        match self.query_once(sql, parameters).await {
            Err(error) if error.is_passing() => {}
            outcome => return outcome,
        }
        let attempt = || async {
            let (_, rows) = self.query_once(done, done_parameters).await?;
            if rows.is_empty() { self.query_once(sql, parameters).await } else { Ok((first, rows)) }
        };
        self.repeat(attempt).await
    }

    /// Runs a statement of one tenant once.
    pub(super) async fn query_once(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(LeaseStart, Vec<Row>), DatabaseError> {
        self.send(sql, parameters, self.statement_timeout).await
    }

    /// Runs a statement of one tenant once, unless no connection is free in the time for it.
    pub(super) async fn query_soon(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(LeaseStart, Vec<Row>), DatabaseError> {
        let connection = self.connection_within(self.statement_timeout).await?;
        send(connection, sql, parameters, self.statement_timeout).await
    }

    /// Runs a statement that reads or writes much.
    pub(super) async fn query_long(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, DatabaseError> {
        self.repeat(|| self.send(sql, parameters, LONG_STATEMENT)).await.map(|(_, rows)| rows)
    }

    /// Runs work in a transaction, all of it again while the database can't be reached. It has two minutes for each attempt.
    pub(super) async fn transaction<T>(
        &self,
        work: impl for<'t> Fn(&'t Transaction<'_>) -> TransactionFuture<'t, T> + Sync,
    ) -> Result<T, DatabaseError> {
        self.transaction_within(LONG_STATEMENT, work).await
    }

    /// Runs work in a transaction as [`Database::transaction`] does, with so much time for each attempt.
    pub(super) async fn transaction_within<T>(
        &self,
        time: Duration,
        work: impl for<'t> Fn(&'t Transaction<'_>) -> TransactionFuture<'t, T> + Sync,
    ) -> Result<T, DatabaseError> {
        self.repeat(|| async {
            let mut connection = self.connection().await?;
            let whole = async {
                // A role or database may have another default, by which a transaction that waited for a lock does not see
                // what its holder wrote.
                let transaction = connection.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
                let transaction = transaction.start().await?;
                let done = work(&transaction).await?;
                transaction.commit().await?;
                Ok(done)
            };
            let outcome = timeout(time, whole).await.unwrap_or_else(|_| Err(timed_out()));
            give_back(connection, outcome)
        })
        .await
    }

    async fn send(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        time: Duration,
    ) -> Result<(LeaseStart, Vec<Row>), DatabaseError> {
        send(self.connection().await?, sql, parameters, time).await
    }

    async fn connection(&self) -> Result<Object, DatabaseError> {
        // A wait for connections that are in use is no outage, and a pool from elsewhere may have no time limits.
        self.connection_within(self.max_outage.max(LONG_STATEMENT)).await
    }

    async fn connection_within(&self, time: Duration) -> Result<Object, DatabaseError> {
        let connection = timeout(time, self.pool.get()).await;
        connection.map_err(|_| DatabaseError::passing("no connection became free in time"))?.map_err(Into::into)
    }

    async fn repeat<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, DatabaseError>
    where
        F: Future<Output = Result<T, DatabaseError>>,
    {
        repeat(self.max_outage, DatabaseError::is_passing, attempt).await
    }
}

async fn send(
    connection: Object,
    sql: &str,
    parameters: &[Parameter<'_>],
    time: Duration,
) -> Result<(LeaseStart, Vec<Row>), DatabaseError> {
    let start = LeaseStart::now();
    let outcome = match timeout(time, connection.query_typed(sql, parameters)).await {
        Ok(rows) => rows.map(|rows| (start, rows)).map_err(DatabaseError::from),
        Err(_) => Err(timed_out()),
    };
    give_back(connection, outcome)
}

fn timed_out() -> DatabaseError {
    DatabaseError::passing("the server does not respond")
}

/// Returns a connection to the pool, or closes it if it may be unusable.
fn give_back<T>(connection: Object, outcome: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
    if outcome.as_ref().is_err_and(|error| !error.keeps_connection()) {
        drop(Object::take(connection));
    }
    outcome
}
