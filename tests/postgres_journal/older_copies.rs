//! A database that has lost what it had acknowledged, as a standby may that was promoted.

use conformance::postgres_server::Database;
use tenant_onboarding::{Entry, Journal as _, JournalError, PostgresJournal};

use crate::setting::{begun, claim_one, client, column, database, end_leases, enqueue, identity, journal};

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
