use super::database::Database;
use super::database_error::DatabaseError;
use super::row;

const SERVER: &str = include_str!("sql/server.sql");

/// Oldest version that the journal is tested with, as `server_version_num` has it.
const OLDEST_VERSION: i32 = 130_000;

/// Checks that the journal works with the server and its database.
///
/// # Errors
///
/// If the server is too old, the database can't hold every text, or a crash would lose entries.
pub(super) async fn check(database: &Database) -> Result<(), DatabaseError> {
    let server = row::only(database.query(SERVER, &[]).await?)?;
    let (version, encoding): (i32, String) = (row::column(&server, "version")?, row::column(&server, "encoding")?);
    let version_text: String = row::column(&server, "version_text")?;
    let synchronous_commit: String = row::column(&server, "synchronous_commit")?;
    match fault(version, &version_text, &encoding, &synchronous_commit) {
        Some(fault) => Err(DatabaseError::lasting(fault)),
        None => Ok(()),
    }
}

fn fault(version: i32, version_text: &str, encoding: &str, synchronous_commit: &str) -> Option<String> {
    if version < OLDEST_VERSION {
        return Some(format!(
            "the server has version {version_text}, and 13 is the oldest that is supported: upgrade it"
        ));
    }
    // Another encoding lacks characters, and a response that has one could not be written after its call.
    if encoding != "UTF8" {
        return Some(format!(
            "the database has the encoding {encoding}: create one with `ENCODING 'UTF8' TEMPLATE template0`"
        ));
    }
    (synchronous_commit == "off").then(|| {
        "`synchronous_commit` is off, so that a crash of the server loses what it has acknowledged: turn it on for the role"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_and_another_encoding_are_refused() {
        assert_eq!(fault(130_000, "13.0", "UTF8", "on"), None);
        assert_eq!(fault(180_004, "18.4", "UTF8", "remote_apply"), None);
        let old = fault(120_022, "12.22", "UTF8", "on").expect("a fault");
        assert!(old.contains("12.22") && old.contains("13"), "{old}");
        for encoding in ["LATIN1", "SQL_ASCII"] {
            assert!(fault(150_018, "15.18", encoding, "on").expect("a fault").contains(encoding));
        }
    }
}
