//! The queue's tenants: new ones, and such whose data change.

use tenant_onboarding::{Journal as _, Tenant, TenantQueue as _};

use crate::setting::{begun, claim, claim_one, client, column, conflict, database, enqueue, identity, journal, tenant};

fn counts(enqueued: tenant_onboarding::EnqueuedTenants) -> (u64, u64, u64) {
    (enqueued.added, enqueued.changed, enqueued.unchanged)
}

fn renamed(number: usize) -> Tenant {
    Tenant { name: format!("Renamed {number}"), ..tenant(number) }
}

#[tokio::test]
async fn tenants_are_added_once_and_come_back_as_they_were() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    let odd = Tenant {
        name: "O'Brien \"& Söhne\" \\ \u{1f600}".to_owned(),
        email: " IT@O'Brien.example".to_owned(),
        waba_external_id: "'; --".to_owned(),
        phone_number_id: "é".repeat(10_000),
        country: String::new(),
        language: "$1".to_owned(),
        messaging_webhook_url: "https://x.example/?a=%00".to_owned(),
    };
    let all = [tenant(1), odd.clone(), tenant(2)];
    assert_eq!(counts(journal.enqueue(&all).await.expect("enqueued")), (3, 0, 0));
    assert_eq!(counts(journal.enqueue(&all[..2]).await.expect("enqueued")), (0, 0, 2));
    assert_eq!(counts(journal.enqueue(&[]).await.expect("enqueued")), (0, 0, 0));
    let claimed = journal.claim(5).await.expect("a claim").tenants;
    assert_eq!(claimed.len(), 3);
    assert!(claimed.into_iter().any(|(tenant, _)| tenant == odd));
}

#[tokio::test]
async fn two_rows_with_one_address_are_one_tenant_or_an_error() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    let upper = Tenant { email: tenant(1).email.to_uppercase(), ..renamed(1) };
    let error = journal.enqueue(&[tenant(1), tenant(2), upper]).await.expect_err("nobody knows which one is meant");
    assert!(error.to_string().contains(&identity(1)), "{error}");
    assert_eq!(journal.status().await.expect("a status").ready, 0, "all or none");
    let twice = journal.enqueue(&[tenant(1), tenant(2), tenant(1)]).await.expect("enqueued");
    assert_eq!(counts(twice), (2, 0, 1));
}

#[tokio::test]
async fn other_data_make_a_tenant_ready_again() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    for end in [Ok(()), Err(conflict())] {
        journal.enqueue(&[tenant(1)]).await.expect("enqueued");
        claim_one(&journal).await;
        journal.end(&identity(1), &end).await.expect("ended");
        let same = journal.enqueue(&[tenant(1)]).await.expect("enqueued");
        assert_eq!(counts(same), (0, 0, 1));
        assert!(claim(&journal, 1).await.is_empty(), "the same data change nothing");
        assert_eq!(counts(journal.enqueue(&[renamed(1)]).await.expect("enqueued")), (0, 1, 0));
        let claimed = journal.claim(1).await.expect("a claim").tenants;
        assert_eq!(claimed[0].0.name, "Renamed 1");
        journal.end(&identity(1), &Ok(())).await.expect("ended");
    }
}

#[tokio::test]
async fn other_data_of_a_claimed_tenant_wait_for_its_end() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    for end in [Ok(()), Err(conflict())] {
        journal.enqueue(&[tenant(1)]).await.expect("enqueued");
        let claim = claim_one(&journal).await;
        assert_eq!(counts(journal.enqueue(&[renamed(1)]).await.expect("enqueued")), (0, 1, 0));
        assert!(crate::setting::claim(&journal, 1).await.is_empty(), "it is claimed");
        journal.record(&identity(1), &client("aCL")).await.expect("it is still this process's");
        journal.end(&identity(1), &end).await.expect("ended");
        drop(claim);
        assert_eq!(column(&database, "state").await, "ready");
        let claimed = journal.claim(1).await.expect("a claim").tenants;
        assert_eq!(claimed[0].0.name, "Renamed 1");
        journal.end(&identity(1), &Ok(())).await.expect("ended");
        assert_eq!(column(&database, "state").await, "done");
    }
}

#[tokio::test]
async fn a_tenant_that_a_job_system_began_can_be_enqueued() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    journal.begin(&identity(1)).await.expect("a claim");
    journal.record(&identity(1), &begun(1)).await.expect("written");
    journal.end(&identity(1), &Err(conflict())).await.expect("ended");
    assert_eq!(counts(journal.enqueue(&[tenant(1)]).await.expect("enqueued")), (1, 0, 0));
    assert!(claim_one(&journal).await.progress.begun.is_some());
}

#[tokio::test]
async fn a_text_that_postgres_can_not_hold_is_an_error_and_no_other_tenant_is_lost() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    enqueue(&journal, 1).await;
    for odd in [
        Tenant { email: "it@nul\0.example".to_owned(), ..tenant(2) },
        Tenant { name: "nul\0".to_owned(), ..tenant(2) },
        Tenant { email: format!("{}@x.example", "a".repeat(3_000)), ..tenant(2) },
    ] {
        let error = journal.enqueue(&[tenant(3), odd]).await.expect_err("it can't be stored").to_string();
        assert!(!error.contains('\0'), "{error:?}");
        let count = database.integer("SELECT count(*) FROM tenant_onboarding.tenant").await;
        assert_eq!(count, 1, "all or none: {error}");
    }
    assert!(journal.begin("nul\0@x.example").await.is_err());
    claim_one(&journal).await;
    journal.record(&identity(1), &begun(1)).await.expect("the journal goes on");
}

#[tokio::test]
async fn many_tenants_are_enqueued_at_once() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    let all: Vec<Tenant> = (0..20_000).map(tenant).collect();
    assert_eq!(counts(journal.enqueue(&all).await.expect("enqueued")), (20_000, 0, 0));
    let changed: Vec<Tenant> =
        (0..20_000).map(|number| if number % 2 == 0 { renamed(number) } else { tenant(number) }).collect();
    assert_eq!(counts(journal.enqueue(&changed).await.expect("enqueued")), (0, 10_000, 10_000));
    assert_eq!(journal.status().await.expect("a status").ready, 20_000);
}
