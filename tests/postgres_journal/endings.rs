//! Ends of a claim: when the tenant is tried again, and when it needs an operator.

use std::time::Duration;

use tenant_onboarding::{Journal as _, JournalError, TenantQueue as _};

use crate::setting::{
    begun, builder, claim, claim_one, client, column, conflict, database, end_delays, end_leases, enqueue, identity,
    journal, passing_errors, stopped,
};

/// Returns the delay of the one tenant in seconds, from the end of its claim to its next turn.
async fn delay(database: &conformance::postgres_server::Database) -> f64 {
    column(database, "extract(epoch FROM run_at - ended_at)").await.parse().expect("a number")
}

#[tokio::test]
async fn a_tenant_that_has_everything_is_done() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    enqueue(&journal, 1).await;
    claim_one(&journal).await;
    journal.end(&identity(1), &Ok(())).await.expect("ended");
    assert_eq!(column(&database, "state").await, "done");
    assert_eq!(column(&database, "(lease_until IS NULL AND owner IS NULL)::text").await, "true");
    let status = journal.status().await.expect("a status");
    assert_eq!((status.done, status.ready, status.claimed, status.dead), (1, 0, 0, 0));
}

#[tokio::test]
async fn a_passing_failure_delays_the_tenant_longer_each_time() {
    let Some(database) = database().await else { return };
    let backoff = Duration::from_secs(1000);
    let journal = builder(&database).initial_backoff(backoff).max_failures(20).connect().await.expect("a journal");
    let (failed, _) = passing_errors().await;
    enqueue(&journal, 1).await;
    let mut delays = Vec::new();
    for failures in 1..=12 {
        claim_one(&journal).await;
        journal.end(&identity(1), &Err(failed.clone())).await.expect("ended");
        assert!(claim(&journal, 1).await.is_empty(), "it is not its turn");
        let next = journal.claim(1).await.expect("a claim").next;
        assert!(next.is_some_and(|next| next < Duration::from_secs(10)), "another may be enqueued meanwhile: {next:?}");
        assert_eq!(column(&database, "failures").await, failures.to_string());
        delays.push(delay(&database).await);
        let status = journal.status().await.expect("a status");
        assert_eq!((status.delayed, status.ready), (1, 0));
        end_delays(&database).await;
        assert_eq!(journal.status().await.expect("a status").ready, 1);
    }
    for (number, delay) in delays.iter().enumerate() {
        // Full jitter makes it anything up to that.
        let most = (1000.0 * f64::from(1 << number)).min(3600.0);
        assert!((0.0..=most).contains(delay), "{number}: {delay} of {most}");
    }
    assert!(delays.windows(2).any(|two| two[0] != two[1]), "{delays:?}");
    // An end without a failure begins a new count.
    claim_one(&journal).await;
    journal.end(&identity(1), &Ok(())).await.expect("ended");
    assert_eq!(column(&database, "failures").await, "0");
}

#[tokio::test]
async fn a_server_that_asks_for_a_wait_gets_it() {
    let Some(database) = database().await else { return };
    let backoff = Duration::from_millis(1);
    let journal = builder(&database).initial_backoff(backoff).connect().await.expect("a journal");
    let (_, wait) = passing_errors().await;
    enqueue(&journal, 1).await;
    claim_one(&journal).await;
    journal.end(&identity(1), &Err(wait)).await.expect("ended");
    let delay = delay(&database).await;
    assert!((3599.0..3610.0).contains(&delay), "{delay}");
    assert_eq!(column(&database, "state").await, "ready");
}

#[tokio::test]
async fn a_tenant_that_fails_too_often_is_a_dead_letter() {
    let Some(database) = database().await else { return };
    let journal = builder(&database).max_failures(3).connect().await.expect("a journal");
    let (failed, _) = passing_errors().await;
    enqueue(&journal, 1).await;
    for failures in 1..=3 {
        assert!(journal.dead().await.expect("a list").is_empty());
        claim_one(&journal).await;
        if failures == 2 {
            journal.record(&identity(1), &begun(1)).await.expect("written");
            journal.record(&identity(1), &client("aCL")).await.expect("written");
        }
        journal.end(&identity(1), &Err(failed.clone())).await.expect("ended");
        end_delays(&database).await;
    }
    assert_eq!(journal.claim(1).await.expect("a claim").next, None);
    let dead = journal.dead().await.expect("a list").remove(0);
    assert_eq!((dead.tenant, dead.name.as_deref()), (identity(1), Some("Tenant 1")));
    assert_eq!(dead.error, failed.to_string());
    assert_eq!(dead.resources, ["client aCL"]);

    assert_eq!(journal.requeue(None).await, Ok(1));
    claim_one(&journal).await;
    journal.end(&identity(1), &Err(failed)).await.expect("ended");
    assert_eq!(column(&database, "state || failures").await, "ready1", "it has all its failures again");
}

#[tokio::test]
async fn a_lasting_error_is_a_dead_letter_at_once() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    enqueue(&journal, 3).await;
    let claims = claim(&journal, 3).await;
    assert_eq!(claims.len(), 3);
    for number in [2, 1, 3] {
        journal.end(&identity(number), &Err(conflict())).await.expect("ended");
    }
    let dead = journal.dead().await.expect("a list");
    let tenants: Vec<_> = dead.iter().map(|letter| letter.tenant.as_str()).collect();
    assert_eq!(tenants, [identity(2), identity(1), identity(3)], "the oldest first");
    assert_eq!(dead[0].error, "number 331 belongs to the tenant other@x.example of this journal");
    assert!(dead[0].at <= dead[1].at && dead[1].at <= dead[2].at);

    // An operator writes addresses in any form.
    assert_eq!(journal.requeue(Some(&[" IT@Tenant-2.example".to_owned(), identity(9)])).await, Ok(1));
    assert_eq!(claim(&journal, 3).await.len(), 1);
    assert_eq!(journal.requeue(Some(&[])).await, Ok(0));
    assert_eq!(journal.requeue(None).await, Ok(2));
    assert_eq!(journal.requeue(None).await, Ok(0), "none is dead");
}

#[tokio::test]
async fn a_stopped_run_gives_its_tenants_back_at_once() {
    let Some(database) = database().await else { return };
    let journal = builder(&database).max_failures(1).connect().await.expect("a journal");
    enqueue(&journal, 1).await;
    let stopped = stopped().await;
    for _ in 0..12 {
        claim_one(&journal).await;
        journal.end(&identity(1), &Err(stopped.clone())).await.expect("ended");
    }
    assert_eq!(column(&database, "state || failures").await, "ready0");
    for fault in [JournalError::Broken("full".to_owned()), JournalError::Fenced] {
        claim_one(&journal).await;
        // What this end says does not matter; the tenant must not be dead.
        let _ = journal.end(&identity(1), &Err(fault.into())).await;
        end_leases(&database).await;
        end_delays(&database).await;
    }
    assert_eq!(column(&database, "state || failures").await, "ready0");
    claim_one(&journal).await;
}
