//! Responses that a process could not write: its spool, which the next process writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use conformance::postgres_server::Database;
use tempfile::TempDir;
use tenant_onboarding::{Claim, Entry, Journal as _, JournalError, PostgresJournal};

use crate::setting::{
    builder, claim_one, client, column, database, end_leases, enqueue, entries, identity, journal, session,
    wait_for_blocked,
};

const VALUE: &str = "the value of a key";

/// Process that has claimed the one tenant, and could not write a response: the server did not answer in time.
struct Lost {
    folder: TempDir,
    /// Session because of which it did not.
    lock: tokio_postgres::Client,
    _claim: Claim,
}

async fn lost(database: &Database) -> Lost {
    let folder = tempfile::tempdir().expect("a folder");
    // A quarter of the lease is the time for a statement, and what comes before the record must not take longer.
    let journal = builder(database).lease(Duration::from_secs(20)).max_outage(Duration::ZERO);
    let journal = journal.spool(folder.path().join("spool")).connect().await.expect("a journal");
    enqueue(&journal, 1).await;
    let claim = claim_one(&journal).await;
    let lock = session(database, "BEGIN; SELECT FROM tenant_onboarding.tenant FOR UPDATE").await;
    let key = Entry::Key { id: Some("k1".to_owned()), address: None, api_key: VALUE.into() };
    let error = journal.record(&identity(1), &key).await.expect_err("the server does not answer");
    assert!(matches!(&error, JournalError::Broken(text) if text.contains("in the spool")), "{error}");
    Lost { folder, lock, _claim: claim }
}

/// Ends the statements that were given up, and then the transaction that they wait for: none of them writes the entry.
async fn end_statements(database: &Database, lost: &Lost) {
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() \
                  AND backend_type = 'client backend' AND pid <> pg_backend_pid() \
                  AND state IS DISTINCT FROM 'idle in transaction'";
    while database.integer(others).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    lost.lock.batch_execute("COMMIT").await.expect("executed");
}

fn files(lost: &Lost) -> Vec<PathBuf> {
    let files = fs::read_dir(lost.folder.path().join("spool")).expect("a folder");
    files.map(|file| file.expect("it reads").path()).collect()
}

async fn connect(database: &Database, spool: &Path) -> PostgresJournal {
    let journal = builder(database).spool(spool).connect().await.expect("a journal");
    assert_eq!(journal.spool_faults(), [] as [&str; 0]);
    journal
}

/// Starts processes with the spool twice: the second time as if the first ones had been killed before they removed the file.
async fn recover(database: &Database, lost: &Lost) -> PostgresJournal {
    let found = files(lost);
    let [file] = &found[..] else { panic!("{found:?}") };
    let copy = lost.folder.path().join("copy");
    fs::copy(file, &copy).expect("copied");
    let spool = file.parent().expect("a folder");
    let first = tokio::join!(connect(database, spool), connect(database, spool));
    assert_eq!(files(lost).len(), 0);
    fs::copy(&copy, file).expect("copied");
    drop(connect(database, spool).await);
    assert_eq!(files(lost).len(), 0);
    first.0
}

fn is_key(entry: &Entry) -> bool {
    matches!(entry, Entry::Key { api_key, .. } if api_key.expose() == VALUE)
}

#[tokio::test]
async fn a_response_that_waits_for_a_connection_is_in_it() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let journal =
        builder(&database).lease(Duration::from_secs(4)).max_connections(1).spool(folder.path().join("spool"));
    let journal = journal.connect().await.expect("a journal");
    enqueue(&journal, 1).await;
    let _claim = claim_one(&journal).await;
    let lock = session(&database, "BEGIN; LOCK TABLE tenant_onboarding.late_entry").await;
    let files = || fs::read_dir(folder.path().join("spool")).expect("a folder").count();
    let record = async {
        // The status has the only connection.
        wait_for_blocked(&database, 1).await;
        let (tenant, entry) = (identity(1), client("aCL"));
        let unlock = async {
            let spooled = async {
                while files() == 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let is_spooled = tokio::time::timeout(Duration::from_secs(60), spooled).await.is_ok();
            lock.batch_execute("COMMIT").await.expect("executed");
            assert!(is_spooled, "the response is in memory only");
        };
        tokio::join!(journal.record(&tenant, &entry), unlock).0
    };
    let (status, recorded) = tokio::join!(journal.status(), record);
    status.expect("read");
    recorded.expect("written");
    assert_eq!(files(), 0);
}

#[tokio::test]
async fn the_next_process_writes_it_once() {
    let Some(database) = database().await else { return };
    let lost = lost(&database).await;
    end_statements(&database, &lost).await;
    assert!(entries(&database).await.is_empty());
    let next = recover(&database, &lost).await;
    assert_eq!(entries(&database).await, [(1, "key".to_owned())]);
    assert!(is_key(&next.entries(&identity(1)).await.expect("read")[0]));
    assert_eq!(next.status().await.expect("a status").fenced, 0);
}

#[tokio::test]
async fn what_the_server_has_written_after_all_is_not_written_again() {
    let Some(database) = database().await else { return };
    let lost = lost(&database).await;
    // The statement that was given up is still executed.
    lost.lock.batch_execute("COMMIT").await.expect("executed");
    while entries(&database).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let next = recover(&database, &lost).await;
    assert_eq!(entries(&database).await, [(1, "key".to_owned())]);
    assert_eq!(next.status().await.expect("a status").fenced, 0);
}

#[tokio::test]
async fn it_is_written_for_a_tenant_that_nobody_has_and_gives_nobody_a_lease() {
    let Some(database) = database().await else { return };
    let lost = lost(&database).await;
    end_statements(&database, &lost).await;
    // The process gave the tenant back before it ended.
    let released = "UPDATE tenant_onboarding.tenant \
                    SET owner = NULL, claim = NULL, lease_until = NULL, run_at = clock_timestamp()";
    database.query(released).await;
    let next = recover(&database, &lost).await;
    assert_eq!(entries(&database).await, [(1, "key".to_owned())]);
    assert_eq!(column(&database, "(claim IS NULL AND lease_until IS NULL)::text").await, "true");
    assert!(claim_one(&next).await.progress.key.is_some());
}

#[tokio::test]
async fn another_claim_with_the_same_fence_is_not_taken_for_its_own() {
    let Some(database) = database().await else { return };
    let lost = lost(&database).await;
    end_statements(&database, &lost).await;
    // A standby was promoted that had not received the claim.
    let older = "UPDATE tenant_onboarding.tenant \
                 SET fence = fence - 1, owner = NULL, claim = NULL, lease_until = NULL, run_at = clock_timestamp()";
    database.query(older).await;
    let other = journal(&database).await;
    let claim = claim_one(&other).await;
    assert_eq!(column(&database, "fence").await, "1", "the fence of the process that is gone");
    drop(recover(&database, &lost).await);
    assert!(entries(&database).await.is_empty());
    assert_eq!(column(&database, "late_entries || ' ' || refused_writes").await, "1 1");
    other.end(&identity(1), &Ok(())).await.expect("ended");
    drop(claim);
    assert!(matches!(&claim_one(&other).await.late[..], [entry] if is_key(entry)));
}

#[tokio::test]
async fn it_is_late_once_if_another_process_has_the_tenant() {
    let Some(database) = database().await else { return };
    let lost = lost(&database).await;
    end_statements(&database, &lost).await;
    let other = journal(&database).await;
    end_leases(&database).await;
    let claim = claim_one(&other).await;
    drop(recover(&database, &lost).await);
    assert!(entries(&database).await.is_empty());
    assert_eq!(column(&database, "late_entries || ' ' || refused_writes").await, "1 1");
    other.end(&identity(1), &Ok(())).await.expect("ended");
    drop(claim);
    let claim = claim_one(&other).await;
    assert!(matches!(&claim.late[..], [entry] if is_key(entry)));
    other.end(&identity(1), &Ok(())).await.expect("ended");
    // Once more, after it was looked at.
    fs::copy(lost.folder.path().join("copy"), lost.folder.path().join("spool/entry-again.json")).expect("copied");
    drop(connect(&database, &lost.folder.path().join("spool")).await);
    assert_eq!(column(&database, "state || ' ' || late_entries || ' ' || refused_writes").await, "done 1 1");
}
