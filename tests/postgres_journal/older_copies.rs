//! A database that has lost what it had acknowledged, as a standby may that was promoted.

use conformance::postgres_server::Database;
use tenant_onboarding::{Entry, Journal as _, JournalError, PostgresJournal};

use crate::setting::{
    begun, claim_one, client, column, database, end_leases, enqueue, identity, journal, passing_errors,
};

/// Claims a tenant, writes two entries, and puts an older copy of the tenant, made by this SQL, in its place.
async fn replaced(database: &Database, copy: &str) -> PostgresJournal {
    let journal = journal(database).await;
    enqueue(&journal, 1).await;
    let _claim = claim_one(&journal).await;
    journal.record(&identity(1), &begun(1)).await.expect("written");
    journal.record(&identity(1), &Entry::NumberIntent).await.expect("written");
    database.query(copy).await;
    journal
}

async fn row(database: &Database) -> String {
    database.value("SELECT t::text FROM tenant_onboarding.tenant AS t").await
}

const WITHOUT_ENTRY: &str =
    "DELETE FROM tenant_onboarding.entry WHERE number = 2; UPDATE tenant_onboarding.tenant SET entries = 1";
const WITHOUT_CLAIM: &str = "DELETE FROM tenant_onboarding.entry; \
     UPDATE tenant_onboarding.tenant SET entries = 0, fence = 0, owner = NULL, claim = NULL, lease_until = NULL, run_at = now()";

fn assert_older(result: Result<(), JournalError>) {
    match result {
        Err(JournalError::Broken(text)) => {
            assert!(text.contains(&identity(1)) && text.contains("lost entries"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lost_entry_stops_the_run_and_the_tenant_and_the_response_is_kept() {
    let Some(database) = database().await else { return };
    let journal = replaced(&database, WITHOUT_ENTRY).await;
    assert_older(journal.record(&identity(1), &client("aCL")).await);
    assert_eq!(column(&database, "state").await, "dead");
    assert!(column(&database, "last_error").await.contains("lost entries"));
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.late_entry WHERE step = 'client'").await, 1);
    // Whoever has compared it with the vendors goes on, and is given the response.
    journal.requeue(None).await.expect("it is requeued");
    let claim = claim_one(&journal).await;
    assert!(matches!(&claim.late[..], [Entry::Client { client_id }] if client_id.as_str() == "aCL"));
}

#[tokio::test]
async fn a_tenant_without_all_its_entries_is_not_done() {
    let Some(database) = database().await else { return };
    let journal = replaced(&database, WITHOUT_ENTRY).await;
    assert_older(journal.end(&identity(1), &Ok(())).await);
    assert_eq!(column(&database, "state").await, "dead");
}

#[tokio::test]
async fn a_lost_claim_stops_the_run() {
    let Some(database) = database().await else { return };
    let journal = replaced(&database, WITHOUT_CLAIM).await;
    assert_older(journal.record(&identity(1), &client("aCL")).await);
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.late_entry WHERE step = 'client'").await, 1);
}

#[tokio::test]
async fn a_claim_that_was_taken_over_is_no_older_copy() {
    let Some(database) = database().await else { return };
    let (old, new) = (replaced(&database, "SELECT").await, journal(&database).await);
    end_leases(&database).await;
    let _claim = claim_one(&new).await;
    assert_eq!(old.record(&identity(1), &client("aCL")).await, Err(JournalError::Fenced));
}

#[tokio::test]
async fn another_claim_with_the_same_fence_is_not_taken_for_its_own() {
    let Some(database) = database().await else { return };
    let (old, other) = (journal(&database).await, journal(&database).await);
    let (failed, _) = passing_errors().await;
    enqueue(&old, 1).await;
    for count in 1..=4 {
        database.query(WITHOUT_CLAIM).await;
        let _lost = claim_one(&old).await;
        database.query(WITHOUT_CLAIM).await;
        let _claim = claim_one(&other).await;
        let before = row(&database).await;
        let outcome = match count {
            1 => old.record(&identity(1), &begun(1)).await,
            2 => old.renew(&identity(1)).await,
            3 => old.end(&identity(1), &Ok(())).await,
            _ => old.end(&identity(1), &Err(failed.clone())).await,
        };
        assert_eq!(outcome, Err(JournalError::Fenced), "{count}");
        // The other process's row is as it was, apart from the number of refused writes.
        database.query("UPDATE tenant_onboarding.tenant SET refused_writes = refused_writes - 1").await;
        assert_eq!(row(&database).await, before, "{count}");
        other.record(&identity(1), &begun(1)).await.expect("written");
    }
}

#[tokio::test]
async fn a_process_that_has_lost_its_claim_leaves_the_tenant_of_another_alone() {
    let Some(database) = database().await else { return };
    let (old, other) = (journal(&database).await, journal(&database).await);
    enqueue(&old, 1).await;
    drop(claim_one(&old).await);
    end_leases(&database).await;
    let _lost = claim_one(&old).await;
    database.query(WITHOUT_CLAIM).await;
    let _claim = claim_one(&other).await;
    assert_eq!(column(&database, "fence").await, "1", "lower than that of the lost claim");
    assert_older(old.record(&identity(1), &client("aCL")).await);
    assert_eq!(column(&database, "state").await, "ready");
    other.record(&identity(1), &begun(1)).await.expect("it still has the tenant");
}
