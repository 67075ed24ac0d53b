//! Processes that go on with a tenant after another has taken it over.

use std::time::Duration;

use conformance::postgres_server::Database;
use tenant_onboarding::{Claim, Entry, Journal as _, JournalError, PostgresJournal, Resource};

use crate::setting::{
    begun, builder, claim, claim_one, client, client_id, column, conflict, database, doubt, end_leases, enqueue,
    entries, identity, journal, passing_errors, session, wait_for_blocked,
};

/// Returns two journals, each with the claim that it was granted: the tenant of the first was taken over by the second.
async fn taken_over(database: &Database) -> ((PostgresJournal, Claim), (PostgresJournal, Claim)) {
    let (old, new) = (journal(database).await, journal(database).await);
    enqueue(&old, 1).await;
    let old_claim = claim_one(&old).await;
    old.record(&identity(1), &begun(1)).await.expect("written");
    end_leases(database).await;
    let new_claim = claim_one(&new).await;
    assert!(new_claim.lease.may_send());
    assert!(old_claim.lease.may_send(), "it does not know yet");
    assert_eq!(old.record(&identity(1), &Entry::NumberIntent).await, Err(JournalError::Fenced));
    assert!(!old_claim.lease.may_send(), "it knows now");
    ((old, old_claim), (new, new_claim))
}

async fn fenced(journal: &PostgresJournal) -> u64 {
    journal.status().await.expect("a status").fenced
}

#[tokio::test]
async fn a_fenced_write_is_refused_and_counted() {
    let Some(database) = database().await else { return };
    let ((old, _old_claim), (new, _new_claim)) = taken_over(&database).await;
    assert_eq!(fenced(&new).await, 1);
    assert_eq!(old.renew(&identity(1)).await, Err(JournalError::Fenced));
    assert_eq!(old.end(&identity(1), &Ok(())).await, Err(JournalError::Fenced));
    assert_eq!(column(&database, "state").await, "ready");
    assert!(fenced(&new).await >= 1);
    assert_eq!(entries(&database).await, [(1, "tenant".to_owned())]);
    new.record(&identity(1), &client("aCL")).await.expect("written");
    new.renew(&identity(1)).await.expect("renewed");
    // An intent is no evidence of anything.
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.late_entry").await, 0);
    new.end(&identity(1), &Ok(())).await.expect("ended");
    assert_eq!(column(&database, "state").await, "done");
}

#[tokio::test]
async fn a_process_that_had_a_tenant_can_not_come_back_after_the_new_one_has_ended() {
    let Some(database) = database().await else { return };
    let ((old, _old_claim), (new, _new_claim)) = taken_over(&database).await;
    new.end(&identity(1), &Ok(())).await.expect("ended");
    let before = fenced(&new).await;
    assert_eq!(old.record(&identity(1), &Entry::NumberIntent).await, Err(JournalError::Fenced));
    assert_eq!(old.renew(&identity(1)).await, Err(JournalError::Fenced));
    assert_eq!(fenced(&new).await, before + 1);
    new.record(&identity(1), &Entry::NumberIntent).await.expect_err("it has ended, too");
    assert_eq!(column(&database, "state").await, "done");
}

#[tokio::test]
async fn an_end_that_does_not_know_of_another_claim_is_refused() {
    let Some(database) = database().await else { return };
    let (old, new) = (journal(&database).await, journal(&database).await);
    let (failed, _) = passing_errors().await;
    enqueue(&old, 1).await;
    for (count, end) in [(1, Ok(())), (2, Err(failed))] {
        database.query("UPDATE tenant_onboarding.tenant SET state = 'ready'").await;
        let _old_claim = claim_one(&old).await;
        end_leases(&database).await;
        let _new_claim = claim_one(&new).await;
        // The tenant has no claim any more, as if this end had been executed and its answer lost.
        new.end(&identity(1), &Ok(())).await.expect("ended");
        assert_eq!(old.end(&identity(1), &end).await, Err(JournalError::Fenced));
        assert_eq!((fenced(&new).await, column(&database, "state").await), (count, "done".to_owned()));
    }
}

#[tokio::test]
async fn a_late_response_is_kept_and_given_to_each_claim_until_one_completes() {
    let Some(database) = database().await else { return };
    let ((old, _old_claim), (new, _new_claim)) = taken_over(&database).await;
    assert_eq!(old.record(&identity(1), &client("late")).await, Err(JournalError::Fenced));
    assert_eq!(old.record(&identity(1), &doubt("onboard_number")).await, Err(JournalError::Fenced));
    assert_eq!(fenced(&new).await, 3);
    // The holder was not given them, so the tenant is not done.
    new.end(&identity(1), &Ok(())).await.expect("ended");
    assert_eq!(column(&database, "state").await, "ready");

    let (failed, _) = passing_errors().await;
    for end in [Err(failed), Ok(())] {
        crate::setting::end_delays(&database).await;
        let claim = claim_one(&new).await;
        assert_eq!(client_id(&claim.progress), None, "it is not a part of the log");
        match claim.late.as_slice() {
            [Entry::Client { client_id }, Entry::Doubt { operation }] => {
                assert_eq!((client_id.as_str(), operation.as_str()), ("late", "onboard_number"));
            }
            other => panic!("{} entries", other.len()),
        }
        new.end(&identity(1), &end).await.expect("ended");
    }
    assert_eq!(column(&database, "state").await, "done");
    assert!(claim(&new, 1).await.is_empty());
    assert!(new.begin(&identity(1)).await.expect("a claim").late.is_empty());
    assert_eq!(new.status().await.expect("a status").doubts, 1);
}

#[tokio::test]
async fn a_late_response_is_kept_once_by_a_server_that_is_slow() {
    let Some(database) = database().await else { return };
    // A statement is given up after a quarter of the lease, and sent again, while the server still executes it.
    let old = builder(&database).lease(Duration::from_secs(4)).connect().await.expect("a journal");
    let new = journal(&database).await;
    enqueue(&old, 1).await;
    let _old_claim = claim_one(&old).await;
    end_leases(&database).await;
    let _new_claim = claim_one(&new).await;
    let lock = session(&database, "BEGIN; SELECT FROM tenant_onboarding.tenant FOR UPDATE").await;
    let (tenant, late) = (identity(1), doubt("onboard_number"));
    let unlock = async {
        wait_for_blocked(&database, 3).await;
        lock.batch_execute("COMMIT").await.expect("executed");
    };
    let (outcome, ()) = tokio::join!(old.record(&tenant, &late), unlock);
    assert_eq!(outcome, Err(JournalError::Fenced));
    assert_eq!(fenced(&new).await, 1);
    assert_eq!(column(&database, "late_entries").await, "1");
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.late_entry").await, 1);
}

#[tokio::test]
async fn a_late_response_makes_a_tenant_that_was_done_ready_again() {
    let Some(database) = database().await else { return };
    let ((old, _old_claim), (new, _new_claim)) = taken_over(&database).await;
    new.end(&identity(1), &Ok(())).await.expect("ended");
    assert_eq!(column(&database, "state").await, "done");
    let token = Entry::Account { account_id: 7, api_token: "late token".into() };
    assert_eq!(old.record(&identity(1), &token).await, Err(JournalError::Fenced));
    let claim = claim_one(&new).await;
    match claim.late.as_slice() {
        [Entry::Account { account_id: 7, api_token }] => assert_eq!(api_token.expose(), "late token"),
        other => panic!("{} entries", other.len()),
    }
    // One that arrives while the tenant is being looked at again.
    assert_eq!(old.record(&identity(1), &client("later")).await, Err(JournalError::Fenced));
    new.end(&identity(1), &Ok(())).await.expect("ended");
    let claim = claim_one(&new).await;
    assert_eq!(claim.late.len(), 1, "the first was taken into account");
    new.end(&identity(1), &Ok(())).await.expect("ended");
    assert_eq!(column(&database, "state").await, "done");
}

#[tokio::test]
async fn a_dead_tenant_stays_dead_and_keeps_its_late_response() {
    let Some(database) = database().await else { return };
    let ((old, _old_claim), (new, _new_claim)) = taken_over(&database).await;
    new.end(&identity(1), &Err(conflict())).await.expect("ended");
    assert_eq!(old.record(&identity(1), &client("late")).await, Err(JournalError::Fenced));
    assert_eq!(column(&database, "state").await, "dead");
    assert_eq!(new.requeue(None).await, Ok(1));
    assert_eq!(claim_one(&new).await.late.len(), 1);
}

#[tokio::test]
async fn a_lease_that_ended_unnoticed_is_renewed_by_an_entry() {
    let Some(database) = database().await else { return };
    let (one, other) = (journal(&database).await, journal(&database).await);
    enqueue(&one, 1).await;
    claim_one(&one).await;
    end_leases(&database).await;
    one.record(&identity(1), &begun(1)).await.expect("nobody else had it");
    assert!(claim(&other, 1).await.is_empty());
    end_leases(&database).await;
    one.renew(&identity(1)).await.expect("likewise");
    assert!(claim(&other, 1).await.is_empty());
    end_leases(&database).await;
    one.end(&identity(1), &Ok(())).await.expect("likewise");
    assert_eq!(column(&database, "state").await, "done");
}

#[tokio::test]
async fn a_late_secret_beside_another_one_is_kept() {
    let Some(database) = database().await else { return };
    let ((old, _old_claim), (new, new_claim)) = taken_over(&database).await;
    // Both have the same number, and differ by their secrets only.
    let key = |value: &str| Entry::Key { id: None, address: None, api_key: value.into() };
    new.record(&identity(1), &key("of the holder")).await.expect("written");
    assert_eq!(old.record(&identity(1), &key("late")).await, Err(JournalError::Fenced));
    new.end(&identity(1), &Ok(())).await.expect("ended");
    drop(new_claim);
    let claim = claim_one(&new).await;
    assert!(matches!(&claim.late[..], [Entry::Key { api_key, .. }] if api_key.expose() == "late"));
    assert!(matches!(&claim.progress.key, Some((_, api_key)) if api_key.expose() == "of the holder"));
}

#[tokio::test]
async fn a_late_response_claims_nothing() {
    let Some(database) = database().await else { return };
    let ((old, _old_claim), (new, _new_claim)) = taken_over(&database).await;
    assert_eq!(old.record(&identity(1), &client("late")).await, Err(JournalError::Fenced));
    let resource = Resource::Client("late".to_owned());
    assert_eq!(new.holder(&resource).await, Ok(None));
    // What another tenant has is reported as fenced all the same: the process has nothing to do with the tenant any more.
    new.begin(&identity(2)).await.expect("a claim");
    new.record(&identity(2), &client("held")).await.expect("written");
    assert_eq!(old.record(&identity(1), &client("held")).await, Err(JournalError::Fenced));
    new.end(&identity(1), &Ok(())).await.expect("ended");
    assert_eq!(claim_one(&new).await.late.len(), 2);
}
