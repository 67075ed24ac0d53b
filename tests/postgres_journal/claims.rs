//! Tenants that many processes claim.

use std::collections::BTreeSet;
use std::time::Duration;

use tenant_onboarding::{Entry, Journal as _, JournalError, PostgresJournal, TenantQueue as _};

use crate::setting::{
    begun, builder, claim, claim_one, client, client_id, column, database, end_leases, enqueue, entries, identity,
    journal,
};

/// Text of the database's clock does not decide any of these tests: leases end by [`end_leases`] only.
const TENANTS: usize = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_connections_give_no_tenant_twice() {
    let Some(database) = database().await else { return };
    let mut journals = Vec::new();
    for _ in 0..5 {
        journals.push(builder(&database).max_connections(10).connect().await.expect("a journal"));
    }
    enqueue(&journals[0], TENANTS).await;
    let tasks = (0..50).map(|number| {
        let journal = journals[number % journals.len()].clone();
        tokio::spawn(async move {
            let mut all = Vec::new();
            loop {
                let claimed = claim(&journal, 5).await;
                if claimed.is_empty() {
                    return all;
                }
                assert!(claimed.len() <= 5);
                all.extend(claimed.into_iter().map(|(tenant, _)| tenant));
            }
        })
    });
    let mut all = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        all.extend(task.await.expect("no panic"));
    }
    // SKIP LOCKED may show a claim fewer tenants than there are, so a task may end early; whoever comes last gets the rest.
    loop {
        let rest = claim(&journals[0], 50).await;
        if rest.is_empty() {
            break;
        }
        all.extend(rest.into_iter().map(|(tenant, _)| tenant));
    }
    assert_eq!(all.len(), TENANTS);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), TENANTS);
    assert_eq!(database.integer("SELECT max(fence) FROM tenant_onboarding.tenant").await, 1);
    let status = journals[0].status().await.expect("a status");
    assert_eq!((status.claimed, status.ready, status.done), (TENANTS as u64, 0, 0));
}

#[tokio::test]
async fn a_claimed_tenant_is_nobody_elses_until_its_lease_ends() {
    let Some(database) = database().await else { return };
    let (one, other) = (journal(&database).await, journal(&database).await);
    enqueue(&one, 1).await;
    let claim = claim_one(&one).await;
    assert!(claim.lease.may_send() && claim.late.is_empty());
    one.record(&identity(1), &begun(1)).await.expect("written");
    for journal in [&one, &other] {
        let claimed = journal.claim(1).await.expect("a claim");
        assert!(claimed.tenants.is_empty());
        assert!(claimed.next.is_some(), "it may be its turn later");
    }
    assert_eq!(other.begin(&identity(1)).await.map(drop), Err(JournalError::Busy));
    end_leases(&database).await;
    let taken = claim_one(&other).await;
    assert_eq!(taken.progress.begun, Some(("331".to_owned(), "Tenant 1".to_owned())));
    assert_eq!(one.begin(&identity(1)).await.map(drop), Err(JournalError::Busy));
    assert_eq!(column(&database, "fence").await, "2");
    assert_eq!(column(&database, "lost_leases").await, "0", "the lease in which an entry was written does not count");
}

#[tokio::test]
async fn a_tenant_that_is_due_is_claimed_in_the_order_of_turns() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    enqueue(&journal, 4).await;
    for (number, minutes) in [(1, 4), (2, 2), (3, 3), (4, -1)] {
        let identity = identity(number);
        let sql = format!(
            "UPDATE tenant_onboarding.tenant SET run_at = clock_timestamp() - interval '{minutes} min' \
             WHERE identity = '{identity}'"
        );
        database.query(&sql).await;
    }
    let mut order = Vec::new();
    for _ in 0..4 {
        order.extend(claim(&journal, 1).await.into_iter().map(|(tenant, _)| tenant));
    }
    assert_eq!(order, [identity(1), identity(3), identity(2)], "the fourth is due in a minute");
    assert_eq!(claim(&journal, 0).await.len(), 0);
}

#[tokio::test]
async fn no_tenant_is_left_when_each_is_done_or_dead() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    let claimed = journal.claim(1).await.expect("a claim");
    assert!(claimed.tenants.is_empty() && claimed.next.is_none(), "nothing was enqueued");
    enqueue(&journal, 2).await;
    let claims = claim(&journal, 5).await;
    assert_eq!(claims.len(), 2);
    journal.end(&identity(1), &Ok(())).await.expect("ended");
    assert!(journal.claim(1).await.expect("a claim").next.is_some());
    journal.end(&identity(2), &Err(crate::setting::conflict())).await.expect("ended");
    assert_eq!(journal.claim(1).await.expect("a claim").next, None);
}

#[tokio::test]
async fn a_job_system_may_begin_any_tenant() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    // It was never enqueued, so nobody is given it, since nobody knows its data.
    journal.begin(&identity(1)).await.expect("a claim");
    journal.record(&identity(1), &client("aCL")).await.expect("written");
    end_leases(&database).await;
    let claimed = journal.claim(1).await.expect("a claim");
    assert!(claimed.tenants.is_empty() && claimed.next.is_none());

    for (end, state) in [(Ok(()), "done"), (Err(crate::setting::conflict()), "dead")] {
        let claim = journal.begin(&identity(1)).await.expect("a claim");
        assert_eq!(client_id(&claim.progress), Some("aCL"));
        journal.end(&identity(1), &end).await.expect("ended");
        assert_eq!(column(&database, "state").await, state);
    }
    journal.begin(&identity(1)).await.expect("a dead one, too");
    journal.record(&identity(1), &Entry::NumberIntent).await.expect("written");
    assert_eq!(column(&database, "state").await, "ready");
}

#[tokio::test]
async fn a_tenant_that_is_begun_after_a_lost_lease_has_a_new_fence() {
    let Some(database) = database().await else { return };
    let (one, other) = (journal(&database).await, journal(&database).await);
    let fence_and_lost_leases = async || column(&database, "fence || ' ' || lost_leases").await;
    let _lost = one.begin(&identity(1)).await.expect("a claim");
    end_leases(&database).await;
    let taken = other.begin(&identity(1)).await.expect("its lease has ended");
    assert_eq!(fence_and_lost_leases().await, "2 1");
    assert_eq!(one.record(&identity(1), &begun(1)).await, Err(JournalError::Fenced));
    other.record(&identity(1), &begun(1)).await.expect("written");
    end_leases(&database).await;
    drop(taken);
    other.begin(&identity(1)).await.expect("its lease has ended");
    assert_eq!(fence_and_lost_leases().await, "3 0", "a lease in which an entry was written does not count");
    other.end(&identity(1), &Ok(())).await.expect("ended");
    other.begin(&identity(1)).await.expect("nobody has it");
    assert_eq!(fence_and_lost_leases().await, "4 0", "a claim that was ended does not count");
}

#[tokio::test]
async fn a_tenant_whose_lease_was_renewed_is_not_waited_for_as_if_it_were_its_turn() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    enqueue(&journal, 1).await;
    let _claim = claim_one(&journal).await;
    // A renewal leaves the turn as the claim has set it.
    database.query("UPDATE tenant_onboarding.tenant SET run_at = clock_timestamp()").await;
    let next = journal.claim(1).await.expect("a claim").next.expect("it may be its turn later");
    assert!(next >= Duration::from_secs(1), "{next:?}");
}

#[tokio::test]
async fn an_abandoned_claim_of_the_same_process_is_taken_over_after_its_lease() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    enqueue(&journal, 1).await;
    let abandoned = claim_one(&journal).await;
    journal.record(&identity(1), &begun(1)).await.expect("written");
    end_leases(&database).await;
    // A task that still has it could write in the place of its successor.
    assert!(claim(&journal, 1).await.is_empty());
    drop(abandoned);
    let claim = claim_one(&journal).await;
    assert!(claim.progress.begun.is_some());
    journal.record(&identity(1), &client("aCL")).await.expect("written");
    assert_eq!(entries(&database).await, [(1, "tenant".to_owned()), (2, "client".to_owned())]);
}

#[tokio::test]
async fn two_accounts_share_nothing_but_the_database() {
    let Some(database) = database().await else { return };
    let other = PostgresJournal::builder(database.url(), "other servers").seal(crate::setting::keys());
    let (one, other) = (journal(&database).await, other.connect().await.expect("a journal"));
    enqueue(&one, 2).await;
    assert_eq!(other.claim(5).await.expect("a claim").next, None);
    enqueue(&other, 1).await;
    let (of_one, of_other) = (claim(&one, 5).await, claim(&other, 5).await);
    assert_eq!((of_one.len(), of_other.len()), (2, 1));
    for journal in [&one, &other] {
        journal.record(&identity(1), &begun(1)).await.expect("written");
        journal.record(&identity(1), &client("aCL")).await.expect("written");
    }
    one.end(&identity(1), &Ok(())).await.expect("ended");
    other.end(&identity(1), &Err(crate::setting::conflict())).await.expect("ended");
    let (one_status, other_status) = (one.status().await.expect("a status"), other.status().await.expect("a status"));
    assert_eq!((one_status.done, one_status.claimed, one_status.dead), (1, 1, 0));
    assert_eq!((other_status.done, other_status.claimed, other_status.dead), (0, 0, 1));
    assert_eq!(one.dead().await.expect("a list").len(), 0);
    assert_eq!(one.requeue(None).await, Ok(0));
    assert_eq!(other.requeue(None).await, Ok(1));
}

#[tokio::test]
async fn a_tenant_whose_processes_end_without_an_entry_is_dead() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    enqueue(&journal, 1).await;
    let mut lost = 0;
    while !claim(&journal, 1).await.is_empty() {
        lost += 1;
        assert!(lost <= 10, "it is given out for ever");
        end_leases(&database).await;
    }
    assert_eq!(lost, 10);
    let dead = journal.dead().await.expect("a list");
    assert_eq!(dead.len(), 1);
    assert!(dead[0].error.contains("10 times"), "{}", dead[0].error);
    assert_eq!(journal.requeue(None).await, Ok(1));
    // A process that writes an entry has not ended because of the tenant.
    for number in 1..=40 {
        let _claim = claim_one(&journal).await;
        if number % 8 == 0 {
            journal.record(&identity(1), &Entry::NumberIntent).await.expect("written");
        }
        end_leases(&database).await;
    }
    claim_one(&journal).await;
}
