//! Databases, journals, tenants and errors of the tests.

use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage, RetryAfterHint, Sandbox};
pub(crate) use conformance::numbered_tenant::numbered_tenant as tenant;
use conformance::postgres_server::{Database, PostgresServer};
use dialog360_api::types::PartnerId;
use tenant_onboarding::{
    Claim, Entry, JournalError, Onboarding, OnboardingError, PostgresJournal, PostgresJournalBuilder, Progress,
    Resource, SealingKeys, Tenant, TenantQueue as _,
};

use crate::memory_journal::MemoryJournal;

pub(crate) const SERVERS: &str = "the sandbox";

/// Lease that does not end in a test. [`end_leases`] ends it.
pub(crate) const LEASE: Duration = Duration::from_secs(3600);

/// Outage that does not end in a test.
pub(crate) const LONG_OUTAGE: Duration = Duration::from_secs(600);

/// Returns an empty database of the server that the tests share, or `None` without an installed one.
pub(crate) async fn database() -> Option<Database> {
    Some(PostgresServer::shared()?.database().await)
}

pub(crate) fn keys() -> SealingKeys {
    let key = "one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    SealingKeys::parse(&key.into()).expect("a key")
}

pub(crate) fn builder_at(url: &str) -> PostgresJournalBuilder {
    PostgresJournal::builder(url, SERVERS).seal(keys()).lease(LEASE).max_outage(LONG_OUTAGE)
}

pub(crate) fn builder(database: &Database) -> PostgresJournalBuilder {
    builder_at(database.url())
}

pub(crate) async fn journal(database: &Database) -> PostgresJournal {
    builder(database).connect().await.expect("a journal")
}

pub(crate) fn identity(number: usize) -> String {
    tenant(number).identity()
}

/// Returns the entry with which the onboarding of a tenant begins.
pub(crate) fn begun(number: usize) -> Entry {
    let Tenant { name, phone_number_id, .. } = tenant(number);
    Entry::Tenant { phone_number_id, name }
}

pub(crate) fn client(id: &str) -> Entry {
    Entry::Client { client_id: dialog360_api::types::ClientId::new(id).expect("an id") }
}

pub(crate) fn doubt(operation: &str) -> Entry {
    Entry::Doubt { operation: operation.to_owned() }
}

pub(crate) fn client_id(progress: &Progress) -> Option<&str> {
    progress.client.as_ref().map(|id| id.as_str())
}

/// Enqueues tenants with the numbers from 1.
pub(crate) async fn enqueue(journal: &PostgresJournal, count: usize) {
    let tenants: Vec<Tenant> = (1..=count).map(tenant).collect();
    journal.enqueue(&tenants).await.expect("they are enqueued");
}

/// Claims tenants, and returns them by identity.
pub(crate) async fn claim(journal: &PostgresJournal, most: usize) -> Vec<(String, Claim)> {
    let claimed = journal.claim(most).await.expect("a claim").tenants;
    claimed.into_iter().map(|(tenant, claim)| (tenant.identity(), claim)).collect()
}

/// Claims the one tenant whose turn it is.
pub(crate) async fn claim_one(journal: &PostgresJournal) -> Claim {
    let mut claimed = claim(journal, 2).await;
    assert_eq!(claimed.len(), 1, "it is the turn of one tenant");
    claimed.remove(0).1
}

/// Ends all leases now, as if their time had passed.
pub(crate) async fn end_leases(database: &Database) {
    database
        .query(
            "UPDATE tenant_onboarding.tenant SET lease_until = clock_timestamp(), run_at = clock_timestamp() \
             WHERE lease_until IS NOT NULL",
        )
        .await;
}

/// Makes it the turn of each tenant that nobody has, as if the time had passed.
pub(crate) async fn end_delays(database: &Database) {
    database.query("UPDATE tenant_onboarding.tenant SET run_at = clock_timestamp() WHERE lease_until IS NULL").await;
}

/// Returns a session that has executed SQL, and goes on with its transaction.
pub(crate) async fn session(database: &Database, sql: &str) -> tokio_postgres::Client {
    let (session, connection) =
        tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    session.batch_execute(sql).await.expect("executed");
    session
}

/// Waits until so many sessions wait for a lock of another one.
pub(crate) async fn wait_for_blocked(database: &Database, count: i64) {
    let blocked =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while database.integer(blocked).await < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Returns the value of a column of the one tenant.
pub(crate) async fn column(database: &Database, name: &str) -> String {
    database.value(&format!("SELECT {name} FROM tenant_onboarding.tenant")).await
}

/// Returns numbers, steps and contents of the entries of all tenants, in order.
pub(crate) async fn entries(database: &Database) -> Vec<(i64, String)> {
    let rows = database.query("SELECT number, step FROM tenant_onboarding.entry ORDER BY tenant, number").await;
    let text = |value: &Option<String>| value.clone().expect("not null");
    rows.iter().map(|row| (text(&row[0]).parse().expect("a number"), text(&row[1]))).collect()
}

/// Returns the error of a tenant that contradicts the journal.
pub(crate) fn conflict() -> OnboardingError {
    JournalError::Held { resource: Resource::PhoneNumber("331".to_owned()), by: "other@x.example".to_owned() }.into()
}

/// Returns the error of a tenant whose server is broken, and that of one whose server asks for a wait of an hour.
pub(crate) async fn passing_errors() -> (OnboardingError, OnboardingError) {
    let sandbox = Sandbox::builder().limits(false).start().await.expect("a free port");
    let mut errors = Vec::new();
    for fault in [
        Fault::Status {
            status: 503,
            body: String::new(),
            media_type: "text/plain".to_owned(),
            stage: FaultStage::BeforeHandler,
        },
        Fault::TooManyRequests {
            hint: RetryAfterHint::RetryAfterSeconds,
            seconds: 3600,
            stage: FaultStage::BeforeHandler,
        },
    ] {
        sandbox.clear_faults();
        sandbox.inject(FaultRule::with_probability(1.0, vec![fault]));
        errors.push(onboarding(&sandbox).onboard(&tenant(1)).await.result.expect_err("no call succeeds"));
    }
    let long = errors.pop().expect("two");
    assert_eq!(long.retry_after(), Some(Duration::from_secs(3600)));
    let failed = errors.pop().expect("two");
    assert!(failed.is_retryable() && failed.retry_after().is_none());
    (failed, long)
}

/// Returns the error of a tenant whose run was stopped.
pub(crate) async fn stopped() -> OnboardingError {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let onboarding = onboarding(&sandbox);
    onboarding.stop();
    onboarding.onboard(&tenant(1)).await.result.expect_err("it is stopped")
}

fn onboarding(sandbox: &Sandbox) -> Onboarding<MemoryJournal> {
    let (credentials, never) = (sandbox.credentials(), api_runtime::RetryPolicy::never());
    let dialog360 = dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).retry(never.clone());
    let dialog360 = dialog360.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
    let zapsign = zapsign_api::Client::builder().api_token(credentials.api_token.as_str()).retry(never);
    let zapsign = zapsign.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
    let partner = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
    Onboarding::new(dialog360, partner, zapsign, "1", MemoryJournal::default()).max_attempts(1)
}
