use std::error::Error as _;
use std::fmt;
use std::io;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::journal_error::JournalError;

/// Code of a transaction that took longer than `transaction_timeout`, which Postgres 17 brought.
const TRANSACTION_TIMEOUT: &str = "25P04";
/// Remedy for a failed handshake, whose cause names the fault of the certificate.
const TLS_REMEDY: &str = "; check the host of the URL, the server's certificate and the authorities that this machine trusts \
                          (rustls takes those of the file SSL_CERT_FILE in their place); `sslmode=disable` does without TLS";

/// Error of a statement, with a text that shows no data: the server's message, but not its details.
#[derive(Debug, Clone)]
pub(super) struct DatabaseError {
    text: String,
    code: Option<SqlState>,
    is_passing: bool,
}

impl DatabaseError {
    /// Creates an error that a repetition does not help against.
    pub(super) fn lasting(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: None, is_passing: false }
    }

    /// Creates the error of a database that can't be reached at present.
    pub(super) fn passing(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: None, is_passing: true }
    }

    /// Returns `true` if the database can't be reached, is busy or restarts, so that the statement is worth repeating.
    pub(super) fn is_passing(&self) -> bool {
        self.is_passing
    }

    /// Returns `true` if the error says nothing about its connection, which may go on being used.
    pub(super) fn keeps_connection(&self) -> bool {
        self.code.as_ref().is_some_and(|code| {
            // A server that became a standby refuses writes as long as the connection lasts.
            !matches!(&code.code()[..2], "08" | "53" | "57" | "58" | "XX")
                && *code != SqlState::READ_ONLY_SQL_TRANSACTION
                && code.code() != TRANSACTION_TIMEOUT
        })
    }

    /// Returns `true` if a unique index has another row for the value.
    pub(super) fn is_unique_violation(&self) -> bool {
        self.code == Some(SqlState::UNIQUE_VIOLATION)
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(db) = error.as_db_error() {
            let code = db.code();
            let is_passing = matches!(&code.code()[..2], "08" | "40" | "53" | "57" | "58")
                || [
                    &SqlState::READ_ONLY_SQL_TRANSACTION,
                    &SqlState::LOCK_NOT_AVAILABLE,
                    &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                ]
                .contains(&code)
                || code.code() == TRANSACTION_TIMEOUT;
            let remedy = remedy(code).map(|remedy| format!("; {remedy}")).unwrap_or_default();
            let text = format!("{} (SQLSTATE {}){remedy}", db.message(), code.code());
            return Self { text, code: Some(code.clone()), is_passing };
        }
        let text = error.to_string();
        let cause = error.source();
        // The crate has no kinds of errors. These texts are of errors between the client and the server.
        let is_passing = error.is_closed()
            || cause.is_some_and(|cause| cause.is::<io::Error>())
            || ["unexpected message from server", "error performing TLS handshake", "timeout waiting for server"]
                .contains(&text.as_str());
        let remedy = match text.as_str() {
            "error performing TLS handshake" => TLS_REMEDY,
            _ => "",
        };
        // The cause of an error with a parameter or a column may show a value.
        let shows_data = ["error serializing", "error deserializing", "invalid connection string"];
        let text = match cause {
            Some(cause) if !shows_data.iter().any(|start| text.starts_with(start)) => {
                format!("{text}: {cause}{remedy}")
            }
            _ => text,
        };
        Self { text, code: None, is_passing }
    }
}

impl From<PoolError> for DatabaseError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(_) => Self::passing("no connection was made in time"),
            PoolError::Closed => Self::lasting("the pool of connections is closed"),
            PoolError::NoRuntimeSpecified => {
                Self::lasting("the pool of connections has time limits but no runtime: build it with one")
            }
            PoolError::PostCreateHook(_) => Self::passing("a hook of the pool of connections failed"),
        }
    }
}

fn remedy(code: &SqlState) -> Option<&'static str> {
    Some(match code.code() {
        "28P01" | "28000" => "check the user, the password and the server's pg_hba.conf",
        "3D000" => "create the database, or name another",
        "25006" => {
            "this is a standby, or may only be read: connect to the primary, with `target_session_attrs=read-write` and all \
             hosts in the URL, or reset `default_transaction_read_only`"
        }
        "42501" => {
            "let an administrator grant it, or apply the scripts of `PostgresJournal::migrations`, whose documentation lists the \
             rights that are needed"
        }
        TRANSACTION_TIMEOUT => "raise `transaction_timeout` for the role",
        "55P03" => "end what holds the lock, or raise `lock_timeout` for the role",
        "57014" => "end what holds a lock, or raise `statement_timeout` for the role",
        "53300" => "lower `max_connections` of the journal or raise that of the server",
        _ => return None,
    })
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres: {}", self.text)
    }
}

impl std::error::Error for DatabaseError {}

impl From<DatabaseError> for JournalError {
    fn from(error: DatabaseError) -> Self {
        Self::Broken(error.to_string())
    }
}
