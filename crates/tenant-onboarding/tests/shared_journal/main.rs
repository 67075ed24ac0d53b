//! Several processes with one journal, whose tenants change hands at any point.
#![allow(missing_docs)]

mod memory;
#[path = "../vendors/mod.rs"]
mod vendors;

use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage, Sandbox};
use dialog360_api::types::PartnerId;
use futures_util::StreamExt as _;
use memory::{MemoryQueue, POLL, Row};
use tenant_onboarding::{Entry, ErrorKind, Journal as _, Onboarding, TenantReport};
use vendors::{count, onboarding, sandbox, tenant, without_login};
use zapsign_api::Secret;

/// Lease that no test outlives.
const LONG: Duration = Duration::from_secs(3600);
/// Time after which a test that waits is taken for one that never ends.
const HANG_TIMEOUT: Duration = Duration::from_secs(60);
const IDENTITY: &str = "it@tenant-1.example";

async fn work(onboarding: &Onboarding<MemoryQueue>) -> Vec<TenantReport> {
    onboarding.work(3).map(|report| report.expect("a journal")).collect().await
}

/// Onboards the tenant 1 as a process that has nothing but this journal.
async fn onboard(sandbox: &Sandbox, journal: &MemoryQueue) -> TenantReport {
    onboarding(sandbox, journal.other()).onboard(&tenant(1)).await
}

/// Adds a late entry, as of a process that had lost the tenant.
fn add_late(journal: &MemoryQueue, entry: Entry) {
    journal.shared().rows.get_mut(IDENTITY).expect("a tenant").late.push(entry);
}

fn doubts(journal: &MemoryQueue) -> Vec<String> {
    let doubts = journal.entries(IDENTITY).into_iter().filter_map(|entry| match entry {
        Entry::Doubt { operation } => Some(operation),
        _ => None,
    });
    doubts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_the_tenants_and_one_listing() {
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(LONG);
    journal.enqueue((0..20).map(tenant));
    let processes = [0; 3].map(|_| onboarding(&sandbox, journal.other()));
    let [one, two, three] = &processes;
    let reports = tokio::join!(work(one), work(two), work(three));
    let reports: Vec<_> = [reports.0, reports.1, reports.2].into_iter().flatten().collect();
    assert_eq!(reports.len(), 20);
    reports.into_iter().for_each(|report| report.result.expect("everything"));
    for operation in ["create_client", "onboard_number", "create_channel_api_key", "create_partner_account"] {
        assert_eq!(count(&sandbox, operation), 20, "{operation}");
    }
    assert_eq!(count(&sandbox, "get_partner_plans"), 1, "one process lists what there is");
}

#[tokio::test]
async fn a_tenant_that_failed_is_tried_again_and_one_that_needs_an_operator_is_not() {
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(LONG);
    journal.enqueue((0..2).map(tenant));
    let broken = Fault::Status {
        status: 500,
        body: String::new(),
        media_type: "text/plain".to_owned(),
        stage: FaultStage::BeforeHandler,
    };
    sandbox.inject(FaultRule::next(2, broken).for_operation("create_client"));
    let rejected = Fault::json(400, &serde_json::json!({"detail": "no"}));
    sandbox.inject(FaultRule::next(1, rejected).for_operation("create_partner_account"));
    let onboarding = onboarding(&sandbox, journal.clone()).max_attempts(1);
    let reports = onboarding.work(1).collect::<Vec<_>>().await;
    assert_eq!(reports.len(), 4);
    let ends: Vec<Vec<Option<bool>>> = journal
        .shared()
        .rows
        .values()
        .map(|row| row.ends.iter().map(|end| end.as_ref().map(|error| error.is_retryable())).collect())
        .collect();
    assert_eq!(ends, [vec![Some(true), Some(true), Some(false)], vec![None]]);
}

#[tokio::test]
async fn a_stop_gives_the_tenants_back() {
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(LONG);
    journal.enqueue((0..9).map(tenant));
    let lost = Fault::Reset { stage: FaultStage::BeforeHandler };
    sandbox.inject(FaultRule::next(1, lost).for_operation("create_client"));
    let onboarding = onboarding(&sandbox, journal.clone()).settle(LONG);
    let in_doubt = || journal.shared().rows.values().any(|row| row.entries.iter().any(Entry::is_evidence));
    let stop = async {
        while !in_doubt() {
            tokio::task::yield_now().await;
        }
        onboarding.stop();
    };
    let (reports, ()) = tokio::join!(onboarding.work(1).collect::<Vec<_>>(), stop);
    let [Ok(report)] = &reports[..] else { panic!("one tenant was begun") };
    assert_eq!(report.result.as_ref().expect_err("it was stopped").kind(), ErrorKind::Stopped);
    assert!(journal.shared().rows.values().all(|row| !row.claimed), "no tenant waits for the end of a lease");
}

#[tokio::test]
async fn the_lease_is_renewed_while_a_tenant_waits() {
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(Duration::from_secs(4));
    let lost = Fault::Reset { stage: FaultStage::BeforeHandler };
    sandbox.inject(FaultRule::next(1, lost).for_operation("create_client"));
    let onboarding = onboarding(&sandbox, journal.clone()).settle(LONG);
    let renewals = async |is_enough: &dyn Fn(&Row) -> bool| {
        while !journal.shared().rows.get(IDENTITY).is_some_and(is_enough) {
            tokio::time::sleep(POLL).await;
        }
        journal.shared().rows[IDENTITY].renewals
    };
    let stop = async {
        // From the lost call on, the tenant waits for longer than the test.
        let before = renewals(&|row| row.entries.iter().any(Entry::is_evidence)).await;
        renewals(&|row| row.renewals >= before + 2).await;
        onboarding.stop();
    };
    let tenant = tenant(1);
    let both = async { tokio::join!(onboarding.onboard(&tenant), stop).0 };
    let report = tokio::time::timeout(HANG_TIMEOUT, both).await.expect("it is renewed");
    assert_eq!(report.result.expect_err("it was stopped").kind(), ErrorKind::Stopped);
}

/// Test of an entry.
type IsEntry = fn(&Entry) -> bool;

/// Each intent, and the operation that follows it.
const INTENTS: [(IsEntry, &str); 4] = [
    (|entry| matches!(entry, Entry::ClientIntent { .. }), "create_client"),
    (|entry| matches!(entry, Entry::NumberIntent), "onboard_number"),
    (|entry| matches!(entry, Entry::KeyIntent { .. }), "create_channel_api_key"),
    (|entry| matches!(entry, Entry::AccountIntent), "create_partner_account"),
];

#[tokio::test]
async fn what_the_lost_process_created_is_found_and_counted_as_a_doubt() {
    for (intent, operation) in INTENTS {
        let sandbox = sandbox().await;
        let mut journal = MemoryQueue::new(LONG);
        // Its lease looks alive, as that of a process which stands still right after the last check.
        journal.takes_over_after = Some(intent);
        let lost = onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await;
        let error = lost.result.expect_err("the tenant was taken over");
        assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
        assert_eq!(count(&sandbox, operation), 1, "{operation}");
        let late = journal.shared().rows[IDENTITY].late.len();
        assert_eq!(late, 1, "its answer is kept");

        let report = onboard(&sandbox, &journal).await;
        report.result.expect("everything");
        assert_eq!(doubts(&journal), [operation]);
        // A key can't be found again, so another is made in its place.
        let expected = if operation == "create_channel_api_key" { 2 } else { 1 };
        assert_eq!(count(&sandbox, operation), expected, "{operation}");
        let has_token = journal.entries(IDENTITY).iter().any(|entry| matches!(entry, Entry::Account { .. }));
        assert!(has_token, "the token of a late answer is the tenant's");
    }
}

#[tokio::test]
async fn nothing_is_created_once_the_lease_is_over() {
    for (intent, operation) in INTENTS {
        let sandbox = sandbox().await;
        let mut journal = MemoryQueue::new(LONG);
        journal.expires_after = Some(intent);
        journal.takes_over_after = Some(intent);
        let error = onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await.result.expect_err("taken over");
        assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
        assert_eq!(count(&sandbox, operation), 0, "{operation}");
        assert!(journal.shared().rows[IDENTITY].fenced.is_empty(), "the lease is renewed before anything else");

        // The tenant is this process's again, and its lease can't be kept up.
        let mut journal = journal.other();
        journal.expires_after = Some(|_| true);
        let onboarding = onboarding(&sandbox, journal.clone()).max_attempts(2);
        let error = onboarding.onboard(&tenant(1)).await.result.expect_err("nothing may be sent");
        assert!(error.is_retryable() && error.to_string().contains("send_if"), "{error}");
        assert_eq!(count(&sandbox, operation), 0, "{operation}");
        let voided = journal.entries(IDENTITY).iter().filter(|entry| matches!(entry, Entry::NoEffect { .. })).count();
        assert_eq!(voided, 1, "{operation} was not sent");
    }
}

#[tokio::test]
async fn two_things_of_one_tenant_are_both_named() {
    for (operation, what) in [("create_client", "client"), ("create_partner_account", "account")] {
        let sandbox = sandbox().await;
        let journal = MemoryQueue::new(LONG);
        onboard(&sandbox, &journal).await.result.expect("everything");
        // A process without the tenant creates the same again.
        match what {
            "client" => {
                let body = dialog360_api::types::CreateClient::builder().name("Tenant 1").email(IDENTITY).build();
                let partner = PartnerId::new(sandbox.credentials().partner_id.as_str()).expect("an id");
                let client = dialog360_api::Client::builder().api_key(sandbox.credentials().api_key.as_str());
                let client = client.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
                client.create_client().partner_id(&partner).body(&body).send().await.expect("another client");
            }
            _ => {
                let body = zapsign_api::types::CreatePartnerAccount::builder()
                    .company_name("Tenant 1")
                    .email(IDENTITY)
                    .country("br".into())
                    .lang("pt-br".into())
                    .build();
                let client = zapsign_api::Client::builder().api_token(sandbox.credentials().api_token.as_str());
                let client = client.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
                client.create_partner_account().body(&body).send().await.expect("another account");
            }
        }
        onboard(&sandbox, &journal).await.result.expect("nobody knows of it");

        add_late(&journal, Entry::Doubt { operation: operation.to_owned() });
        let report = onboard(&sandbox, &journal).await;
        let error = report.result.expect_err("there are two");
        assert!(!error.is_retryable() && error.kind() == ErrorKind::Taken, "{error}");
        let recorded = match what {
            "client" => report.progress.client.expect("a client").to_string(),
            _ => report.progress.account.expect("an account").to_string(),
        };
        let text = error.to_string();
        assert!(text.contains(&recorded) && text.contains(" and ") && text.contains("--adopt"), "{text}");

        // An operator decides.
        let onboarding = onboarding(&sandbox, journal.other()).adopt([recorded]);
        onboarding.onboard(&tenant(1)).await.result.expect("one is chosen");
    }
}

#[tokio::test]
async fn the_other_id_of_a_late_answer_is_named() {
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(LONG);
    onboard(&sandbox, &journal).await.result.expect("everything");
    add_late(&journal, Entry::Account { account_id: 77, api_token: Secret::new("a-token") });
    let report = onboard(&sandbox, &journal).await;
    let error = report.result.expect_err("another account").to_string();
    assert!(error.contains("77") && !error.contains("a-token"), "{error}");

    // The operator removes the other, and says which one stays.
    let recorded = report.progress.account.expect("an account").to_string();
    assert!(error.contains(&format!("--adopt {recorded}")), "{error}");
    let onboarding = onboarding(&sandbox, journal.other()).adopt([recorded]);
    onboarding.onboard(&tenant(1)).await.result.expect("it is settled");
    let of_other = |entry: &Entry| matches!(entry, Entry::Account { account_id: 77, .. });
    assert!(!journal.entries(IDENTITY).iter().any(of_other), "the token of another account is not the tenant's");
}

/// Lets a process lose the tenant right before a call, whose answer is late, and the next one give the intent up.
async fn give_up_after_late_call(sandbox: &Sandbox, intent: fn(&Entry) -> bool, operation: &str) -> MemoryQueue {
    let mut journal = MemoryQueue::new(LONG);
    journal.takes_over_after = Some(intent);
    onboarding(sandbox, journal.clone()).onboard(&tenant(1)).await.result.expect_err("the tenant was taken over");
    let given_up = Entry::NoEffect { operation: operation.to_owned() };
    journal.shared().rows.get_mut(IDENTITY).expect("a tenant").entries.push(given_up);
    journal
}

#[tokio::test]
async fn a_late_call_is_looked_for_although_its_intent_was_given_up() {
    for (intent, operation) in INTENTS {
        let sandbox = sandbox().await;
        let journal = give_up_after_late_call(&sandbox, intent, operation).await;
        onboard(&sandbox, &journal).await.result.expect(operation);
        let expected = if operation == "create_channel_api_key" { 2 } else { 1 };
        assert_eq!(count(&sandbox, operation), expected, "{operation}");
        assert_eq!(doubts(&journal), [operation]);
    }
}

#[tokio::test]
async fn a_late_token_needs_no_login() {
    let (intent, operation) = INTENTS[3];
    for is_given_up in [false, true] {
        let sandbox = sandbox().await;
        let journal = give_up_after_late_call(&sandbox, intent, operation).await;
        if !is_given_up {
            journal.shared().rows.get_mut(IDENTITY).expect("a tenant").entries.pop();
        }
        let report = without_login(&sandbox, journal.other()).onboard(&tenant(1)).await;
        report.result.expect("the token is known");
        assert!(matches!(journal.entries(IDENTITY).last(), Some(Entry::Account { .. })));
        assert_eq!(count(&sandbox, operation), 1);
    }
}

#[tokio::test]
async fn a_late_answer_that_may_have_the_token_gets_into_the_log() {
    let unread = || Entry::Unread { operation: "create_partner_account".to_owned(), body: Secret::new("a-body") };
    let has_body = |journal: &MemoryQueue| {
        let is_body = |entry: &Entry| matches!(entry, Entry::Unread { body, .. } if body.expose() == "a-body");
        journal.entries(IDENTITY).iter().filter(|entry| is_body(entry)).count()
    };
    let lost =
        || FaultRule::next(1, Fault::Reset { stage: FaultStage::AfterHandler }).for_operation("create_partner_account");
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(LONG);
    sandbox.inject(lost());
    onboard(&sandbox, &journal).await.result.expect("the account is found, without its token");
    add_late(&journal, unread());
    onboard(&sandbox, &journal).await.result.expect("everything");
    assert_eq!(has_body(&journal), 1);

    let sandbox = self::sandbox().await;
    let journal = MemoryQueue::new(LONG);
    sandbox.inject(lost());
    journal.shared().rows.entry(IDENTITY.to_owned()).or_default().late.push(unread());
    without_login(&sandbox, journal.other()).onboard(&tenant(1)).await.result.expect_err("nobody has the token");
    assert_eq!(has_body(&journal), 1);
}

#[tokio::test]
async fn keys_that_can_not_be_listed_are_no_sign_of_another() {
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(LONG);
    let key = onboard(&sandbox, &journal).await.progress.key_id.expect("an id");
    add_late(&journal, Entry::Doubt { operation: "create_channel_api_key".to_owned() });
    let status = |status| Fault::Status {
        status,
        body: String::new(),
        media_type: "text/plain".to_owned(),
        stage: FaultStage::BeforeHandler,
    };
    sandbox.inject(FaultRule::next(1000, status(500)).for_operation("list_channel_api_keys"));
    let onboarding = onboarding(&sandbox, journal.other()).max_attempts(1);
    let error = onboarding.onboard(&tenant(1)).await.result.expect_err("they can't be listed");
    assert!(error.is_retryable(), "{error}");
    sandbox.clear_faults();
    let report = onboard(&sandbox, &journal).await;
    report.result.expect("the key is the valid one");
    assert_eq!(report.progress.key_id, Some(key));

    // Where the list is refused, nobody knows which key is valid, and another replaces them all.
    sandbox.inject(FaultRule::next(1000, status(403)).for_operation("list_channel_api_keys"));
    onboard(&sandbox, &journal).await.result.expect_err("the list is refused");
    onboard(&sandbox, &journal).await.result.expect("the new key is the valid one");
}

#[tokio::test]
async fn a_journal_that_can_not_tell_holders_stops_the_run() {
    let sandbox = sandbox().await;
    let mut journal = MemoryQueue::new(LONG);
    journal.enqueue((0..9).map(tenant));
    journal.knows_holders = false;
    let onboarding = onboarding(&sandbox, journal.clone());
    let reports: Vec<_> = onboarding.work(1).take(20).collect().await;
    assert_eq!(reports.len(), 1);
}

#[tokio::test]
async fn a_key_that_a_late_call_replaced_is_told_and_the_valid_one_kept() {
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(LONG);
    let first = onboard(&sandbox, &journal).await;
    first.result.expect("everything");
    let (channel, revoked) = (first.progress.channel.expect("a channel"), first.progress.key_id.expect("an id"));
    let partner = PartnerId::new(sandbox.credentials().partner_id.as_str()).expect("an id");
    let client = dialog360_api::Client::builder().api_key(sandbox.credentials().api_key.as_str());
    let client = client.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
    let created =
        client.create_channel_api_key().partner_id(&partner).channel_id(&channel).send().await.expect("a key");
    let late = dialog360_api::MessagingCredentials::from_response(&created).expect("a key");
    let valid = late.id.clone().expect("an id");

    // The call of a process that is gone: nobody knows the valid key.
    add_late(&journal, Entry::Doubt { operation: "create_channel_api_key".to_owned() });
    let error = onboard(&sandbox, &journal).await.result.expect_err("another key").to_string();
    assert!(error.contains(&revoked) && error.contains(&valid) && error.contains("to make another"), "{error}");
    let requeued = onboard(&sandbox, &journal).await;
    requeued.result.expect("a new key");
    let third = requeued.progress.key_id.expect("an id");
    assert!(third != revoked && third != valid);

    // The process has its key, and says so late.
    let created =
        client.create_channel_api_key().partner_id(&partner).channel_id(&channel).send().await.expect("a key");
    let late = dialog360_api::MessagingCredentials::from_response(&created).expect("a key");
    let (id, value) = (late.id.clone().expect("an id"), Secret::new(late.key.expose()));
    add_late(&journal, Entry::Key { id: late.id, address: late.address, api_key: value.clone() });
    let error = onboard(&sandbox, &journal).await.result.expect_err("another key").to_string();
    assert!(error.contains(&third) && error.contains(&id) && !error.contains(value.expose()), "{error}");
    let requeued = onboard(&sandbox, &journal).await;
    requeued.result.expect("the valid key");
    assert_eq!(requeued.progress.key.expect("a key").1.expose(), value.expose());

    // A late answer with a key that was revoked since then.
    add_late(&journal, Entry::Key { id: Some(revoked), address: None, api_key: Secret::new("old") });
    onboard(&sandbox, &journal).await.result.expect("the recorded key is the valid one");
}

#[tokio::test]
async fn a_list_of_keys_that_can_not_be_read_for_now_needs_no_operator() {
    for (status, may_pass) in [(500, true), (403, false)] {
        let sandbox = sandbox().await;
        onboard(&sandbox, &MemoryQueue::new(LONG)).await.result.expect("everything");
        let fault = Fault::json(status, &serde_json::json!({"meta": {"developer_message": "no"}}));
        sandbox.inject(FaultRule::with_probability(1.0, vec![fault]).for_operation("list_channel_api_keys"));
        let stranger = onboarding(&sandbox, MemoryQueue::new(LONG)).max_attempts(2);
        let error = stranger.onboard(&tenant(1)).await.result.expect_err("the channel may have a key");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::KeyInUse, may_pass), "{error}");
    }
}

#[tokio::test]
async fn a_claimed_tenant_is_refused() {
    let sandbox = sandbox().await;
    let journal = MemoryQueue::new(LONG);
    journal.begin(IDENTITY).await.expect("a claim");
    let error = onboard(&sandbox, &journal).await.result.expect_err("it is claimed");
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert_eq!(sandbox.request_count(), 0);
}
