//! One tenant at a time against the sandbox, with a journal in memory.
#![allow(missing_docs)]

mod vendors;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage};
use dialog360_api::MessagingCredentials;
use dialog360_api::types::PartnerId;
use serde_json::{Value, json};
use tenant_onboarding::{
    Claim, Entry, ErrorKind, Journal, JournalError, Lease, Onboarding, Progress, Resource, Tenant, TenantReport,
};
use vendors::{count, onboarding, sandbox, tenant};

/// A journal that fails once it has as many entries as it has room for.
#[derive(Clone)]
struct Memory {
    entries: Arc<Mutex<Vec<(String, Entry)>>>,
    room: usize,
}

impl Memory {
    fn new() -> Self {
        Self::with_room(usize::MAX)
    }

    fn with_room(room: usize) -> Self {
        Self { entries: Arc::default(), room }
    }

    fn cut(&self, last: impl Fn(&Entry) -> bool) {
        let mut entries = self.entries.lock().expect("no panic");
        let at = entries.iter().position(|(_, entry)| last(entry)).expect("such an entry");
        entries.truncate(at + 1);
    }
}

impl Journal for Memory {
    async fn begin(&self, tenant: &str) -> Result<Claim, JournalError> {
        let mut progress = Progress::default();
        let entries = self.entries.lock().expect("no panic");
        entries.iter().filter(|(of, _)| of == tenant).for_each(|(_, entry)| progress.apply(entry));
        Ok(Claim::new(progress, Lease::unlimited()))
    }

    async fn record(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        let mut entries = self.entries.lock().expect("no panic");
        if entries.len() >= self.room {
            return Err(JournalError::Broken("no room".to_owned()));
        }
        entries.push((tenant.to_owned(), entry.clone()));
        Ok(())
    }

    async fn holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        let entries = self.entries.lock().expect("no panic");
        Ok(entries.iter().rev().find(|(_, entry)| entry.claims().contains(resource)).map(|(tenant, _)| tenant.clone()))
    }

    async fn share_listing(&self, _: &str, _: Duration) -> Result<(), JournalError> {
        panic!("a journal that shares no listing is given one");
    }
}

/// A job system takes the future to another thread.
async fn spawned(onboarding: Arc<Onboarding<Memory>>, tenant: Tenant) -> TenantReport {
    tokio::spawn(async move { onboarding.onboard(&tenant).await }).await.expect("no panic")
}

#[tokio::test]
async fn a_job_may_be_run_again_and_not_twice_at_once() {
    let sandbox = sandbox().await;
    let onboarding = Arc::new(onboarding(&sandbox, Memory::new()));
    let job = || spawned(onboarding.clone(), tenant(1));
    let (one, other, third) = tokio::join!(job(), job(), job());
    let refused = [one, other, third].into_iter().filter_map(|report| report.result.err()).collect::<Vec<_>>();
    // A refusal does not let go of the tenant for the next.
    assert_eq!(refused.iter().map(|error| error.kind()).collect::<Vec<_>>(), [ErrorKind::Journal; 2]);
    let requests = sandbox.request_count();
    spawned(onboarding, tenant(1)).await.result.expect("everything");
    assert_eq!(sandbox.request_count(), requests, "there was nothing left to do");
}

#[tokio::test]
async fn a_key_whose_answer_was_lost_is_replaced_unasked() {
    let sandbox = sandbox().await;
    let journal = Memory::new();
    onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await.result.expect("everything");
    journal.cut(|entry| matches!(entry, Entry::KeyIntent { .. }));
    // The channel is this journal's.
    let report = onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await;
    assert!(report.progress.key.is_some() && count(&sandbox, "create_channel_api_key") == 2);

    // A channel that was there, without keys at the intent: what is there now is this journal's too.
    journal.cut(|entry| matches!(entry, Entry::Client { .. }));
    let channel_id = report.progress.channel.expect("a channel");
    for entry in [Entry::Number { channel_id, created: false }, Entry::KeyIntent { before: Some(Vec::new()) }] {
        journal.record("it@tenant-1.example", &entry).await.expect("written");
    }
    let report = onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await;
    assert!(report.progress.key.is_some() && count(&sandbox, "create_channel_api_key") == 3);

    // The key was there at the intent, so the call had no effect, and the key is somebody's.
    journal.cut(|entry| matches!(entry, Entry::Number { .. }));
    let credentials = sandbox.credentials();
    let dialog360 = dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).base_url(sandbox.url());
    let (dialog360, partner) = (dialog360.build().expect("it builds"), PartnerId::new(credentials.partner_id.as_str()));
    let (partner, channel) = (partner.expect("an id"), report.progress.channel.expect("a channel"));
    let keys =
        dialog360.list_channel_api_keys().partner_id(&partner).channel_id(&channel).send().await.expect("a list");
    let before = keys.into_inner().api_keys.expect("keys").into_iter().filter_map(|key| key.id).collect();
    let entry = Entry::KeyIntent { before: Some(before) };
    journal.record("it@tenant-1.example", &entry).await.expect("written");
    let error = onboarding(&sandbox, journal).onboard(&tenant(1)).await.result.expect_err("it is in use");
    assert_eq!((error.kind(), count(&sandbox, "create_channel_api_key")), (ErrorKind::KeyInUse, 3));
}

#[tokio::test]
async fn what_appears_after_an_intent_is_the_tenants_whatever_its_name() {
    let sandbox = sandbox().await;
    let lost = Fault::Reset { stage: FaultStage::AfterHandler };
    sandbox.inject(FaultRule::next(1, lost).for_operation("create_client"));
    let report = onboarding(&sandbox, Memory::new()).onboard(&tenant(1)).await;
    report.result.expect("everything");
    assert_eq!(count(&sandbox, "create_client"), 1);
}

#[tokio::test]
async fn a_journal_that_fails_stops_the_run_and_tells_which_answer_is_lost() {
    use futures_util::StreamExt as _;
    let sandbox = sandbox().await;
    // The entries of the first tenant up to the intent of its account, and not the account.
    let onboarding = onboarding(&sandbox, Memory::with_room(10));
    let tenants = futures_util::stream::iter((0..5).map(tenant));
    let reports: Vec<TenantReport> = onboarding.run(tenants, 1).collect().await;
    let [report] = &reports[..] else { panic!("{} tenants were begun", reports.len()) };
    let error = report.result.as_ref().expect_err("no room");
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(error.to_string().contains("this answer could not be written: account "), "{error}");
    assert_eq!((count(&sandbox, "create_client"), count(&sandbox, "create_partner_account")), (1, 1));
}

#[tokio::test]
async fn the_webhook_is_set_once_for_each_key() {
    let sandbox = sandbox().await;
    let journal = Memory::new();
    let mut tenant = tenant(1);
    let run = async |tenant: &Tenant| {
        let report = onboarding(&sandbox, journal.clone()).onboard(tenant).await;
        report.result.expect("everything");
        report.progress
    };
    assert!(run(&tenant).await.webhook.is_none() && count(&sandbox, "set_messaging_webhook") == 0);
    // The first time it is busy.
    sandbox.inject(FaultRule::next(1, Fault::json(503, &json!({}))).for_operation("set_messaging_webhook"));
    tenant.messaging_webhook_url = "https://hooks.example/1".to_owned();
    for _ in 0..2 {
        assert_eq!(run(&tenant).await.webhook.as_deref(), Some("https://hooks.example/1"));
    }
    journal.cut(|entry| matches!(entry, Entry::KeyIntent { .. }));
    let progress = run(&tenant).await;
    let last = progress.key.expect("a key").1;
    let requests = sandbox.requests().into_iter();
    let set = requests.filter(|request| request.operation.as_deref() == Some("set_messaging_webhook"));
    let settings: Vec<(String, Value)> = set
        .map(|request| {
            let key = request.headers[MessagingCredentials::HEADER].to_str().expect("text").to_owned();
            (key, serde_json::from_slice(&request.body).expect("json"))
        })
        .collect();
    let expected = json!({"url": "https://hooks.example/1"});
    assert!(settings.len() == 3 && settings.iter().all(|(_, body)| *body == expected));
    assert_eq!(settings[0].0, settings[1].0);
    assert!(settings[2].0 == last.expose() && settings[2].0 != settings[1].0, "the new key sets it again");
}

#[tokio::test]
async fn the_webhook_is_set_at_the_address_that_is_given() {
    let (sandbox, messaging) = (sandbox().await, sandbox().await);
    let tenant = Tenant { messaging_webhook_url: "https://hooks.example/1".to_owned(), ..tenant(1) };
    let report = onboarding(&sandbox, Memory::new()).messaging_url(messaging.url()).onboard(&tenant).await;
    assert!(report.result.is_err(), "the key is none of the other server");
    assert_eq!([&messaging, &sandbox].map(|server| count(server, "set_messaging_webhook")), [1, 0]);
}

#[tokio::test]
async fn an_account_that_may_be_open_keeps_its_name() {
    let sandbox = sandbox().await;
    let journal = Memory::new();
    onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await.result.expect("everything");
    journal.cut(|entry| matches!(entry, Entry::AccountIntent));
    let renamed = Tenant { name: "Renamed".to_owned(), ..tenant(1) };
    let error = onboarding(&sandbox, journal.clone()).onboard(&renamed).await.result.expect_err("another name");
    assert_eq!((error.kind(), count(&sandbox, "create_partner_account")), (ErrorKind::Conflict, 1));
    onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await.result.expect("it is found");
    // The account is known by its id from here on.
    onboarding(&sandbox, journal).onboard(&renamed).await.result.expect("everything");
    assert_eq!(count(&sandbox, "create_partner_account"), 1);
}

#[tokio::test]
async fn one_attempt_is_enough_where_nothing_fails() {
    let sandbox = sandbox().await;
    let once = |journal| onboarding(&sandbox, journal).max_attempts(1);
    once(Memory::new()).onboard(&tenant(1)).await.result.expect("everything");
    let broken = Fault::Status {
        status: 500,
        body: String::new(),
        media_type: "text/plain".to_owned(),
        stage: FaultStage::BeforeHandler,
    };
    sandbox.inject(FaultRule::next(1, broken).for_operation("create_client"));
    let error = once(Memory::new()).onboard(&tenant(2)).await.result.expect_err("one attempt");
    let error = error.to_string();
    assert!(error.contains("given up after 1 attempts: ") && error.contains("500"), "{error}");
}

#[tokio::test]
async fn what_appears_after_a_refusal_is_somebody_elses() {
    let sandbox = sandbox().await;
    let refusal = Fault::Status {
        status: 422,
        body: String::new(),
        media_type: "text/plain".to_owned(),
        stage: FaultStage::BeforeHandler,
    };
    sandbox.inject(FaultRule::next(1, refusal).for_operation("create_client"));
    let journal = Memory::new();
    let error = onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await.result.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Failed);
    let other = Tenant { name: "Somebody".to_owned(), ..tenant(1) };
    onboarding(&sandbox, Memory::new()).onboard(&other).await.result.expect("everything");
    let error = onboarding(&sandbox, journal).onboard(&tenant(1)).await.result.expect_err("taken");
    assert_eq!((error.kind(), count(&sandbox, "create_client")), (ErrorKind::Taken, 2));
}

/// Both have listed what there is before either began the tenant.
#[tokio::test]
async fn the_second_of_two_runs_with_two_journals_fails_and_changes_no_key() {
    let sandbox = sandbox().await;
    let (one, other) = (onboarding(&sandbox, Memory::new()), onboarding(&sandbox, Memory::new()));
    one.onboard(&tenant(1)).await.result.expect("everything");
    other.onboard(&tenant(2)).await.result.expect("everything");
    one.onboard(&tenant(3)).await.result.expect("everything");
    let error = other.onboard(&tenant(3)).await.result.expect_err("two clients");
    assert_eq!(error.kind(), ErrorKind::Taken);
    assert!(error.to_string().contains("appeared where one was to be created"), "{error}");
    let created = ["create_client", "onboard_number", "create_channel_api_key", "create_partner_account"];
    assert_eq!(created.map(|operation| count(&sandbox, operation)), [4, 3, 3, 3]);
}

#[tokio::test]
async fn a_key_that_another_run_is_about_to_make_is_not_revoked() {
    let sandbox = sandbox().await;
    // All entries up to the intent of the key.
    let report = onboarding(&sandbox, Memory::with_room(7)).onboard(&tenant(1)).await;
    let channel = report.progress.channel.expect("a channel").to_string();
    let made = Fault::Status {
        status: 200,
        body: json!({"api_keys": [{"id": "1", "api_key": "somebody's"}]}).to_string(),
        media_type: "application/json".to_owned(),
        stage: FaultStage::BeforeHandler,
    };
    for (times, fault) in [(1, Fault::Delay { milliseconds: 0 }), (1, made)] {
        sandbox.inject(FaultRule::next(times, fault).for_operation("list_channel_api_keys"));
    }
    let error = onboarding(&sandbox, Memory::new()).onboard(&tenant(1)).await.result.expect_err("it has a key by now");
    assert_eq!((error.kind(), count(&sandbox, "create_channel_api_key")), (ErrorKind::KeyInUse, 0));
    assert!(error.to_string().contains(&channel), "{error}");
    onboarding(&sandbox, Memory::new()).onboard(&tenant(1)).await.result.expect("still without a key");
}

#[tokio::test]
async fn a_key_that_another_run_made_in_the_meantime_is_not_revoked() {
    let sandbox = sandbox().await;
    // It has the number, and no intent of a key.
    let journal = Memory::with_room(7);
    onboarding(&sandbox, journal.clone()).onboard(&tenant(1)).await.result.expect_err("no room");
    onboarding(&sandbox, Memory::new()).onboard(&tenant(1)).await.result.expect("everything");
    let journal = Memory { room: usize::MAX, ..journal };
    let error = onboarding(&sandbox, journal).onboard(&tenant(1)).await.result.expect_err("it has a key by now");
    assert_eq!((error.kind(), count(&sandbox, "create_channel_api_key")), (ErrorKind::KeyInUse, 1));
}
