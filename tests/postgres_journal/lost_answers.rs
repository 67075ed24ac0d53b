//! Connections that break: before a statement arrives, or after it was executed. Each message of each operation is lost once.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use conformance::postgres_server::{Database, PostgresServer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tenant_onboarding::{
    Claim, Entry, Journal as _, JournalError, PostgresJournal, SharedListing, Tenant, TenantQueue as _,
};

use crate::cutting_proxy::{CuttingProxy, Direction};
use crate::setting::{
    begun, builder_at, claim, claim_one, client, column, conflict, database, doubt, end_leases, enqueue, entries,
    identity, journal, passing_errors, tenant,
};

/// Journal behind a proxy that breaks its only connection.
struct Setting {
    database: Database,
    proxy: CuttingProxy,
    /// Behind the proxy.
    journal: PostgresJournal,
    /// Not behind it.
    direct: PostgresJournal,
}

async fn setting() -> Option<Setting> {
    let database = database().await?;
    let proxy = CuttingProxy::start(PostgresServer::shared()?.socket());
    let direct = journal(&database).await;
    let journal = builder_at(&url(proxy.folder(), database.name())).max_connections(1).connect().await;
    Some(Setting { journal: journal.expect("a journal"), database, proxy, direct })
}

fn url(folder: &Path, database: &str) -> String {
    let folder = utf8_percent_encode(&folder.display().to_string(), NON_ALPHANUMERIC).to_string();
    format!("postgres://test@{folder}/{database}")
}

impl Setting {
    /// Repeats an operation until no message of it is left that was not lost once, in both directions. `prepare` comes before it,
    /// and what it returns is kept until `check`, which is told how often the operation was done.
    async fn lose_each<P, T>(
        &self,
        mut prepare: impl AsyncFnMut(usize) -> P,
        mut operation: impl AsyncFnMut(usize) -> T,
        mut check: impl AsyncFnMut(usize, T),
    ) {
        let (mut times, mut lost) = (0, 0);
        for direction in [Direction::ToServer, Direction::ToClient] {
            for number in 1.. {
                times += 1;
                let prepared = prepare(times).await;
                self.proxy.cut(direction, number);
                let outcome = operation(times).await;
                let is_whole = self.proxy.cancel(direction);
                check(times, outcome).await;
                drop(prepared);
                if is_whole {
                    break;
                }
                lost += 1;
                assert!(number < 100, "the operation does not end");
            }
        }
        assert!(lost >= 2, "nothing was lost");
    }

    /// Claims the one tenant, whatever its state and lease.
    async fn claim_again(&self, journal: &PostgresJournal) -> Claim {
        let ready = "UPDATE tenant_onboarding.tenant SET state = 'ready', failures = 0, lost_leases = 0, run_at = clock_timestamp(), \
                     lease_until = CASE WHEN lease_until IS NULL THEN NULL ELSE clock_timestamp() END";
        self.database.query(ready).await;
        claim_one(journal).await
    }
}

async fn nothing(_: usize) {}

#[tokio::test]
async fn an_entry_is_written_once_and_in_its_place() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 1).await;
    let _claim = claim_one(&setting.journal).await;
    let mut count = 0;
    let record = async |number| {
        let entry = Entry::Webhook { url: format!("https://x.example/{number}") };
        setting.journal.record(&identity(1), &entry).await
    };
    let check = async |number, outcome: Result<(), JournalError>| {
        outcome.expect("written");
        count = number;
    };
    setting.lose_each(nothing, record, check).await;
    let rows = "SELECT string_agg(content ->> 'url', ' ' ORDER BY number) FROM tenant_onboarding.entry";
    let expected: Vec<String> = (1..=count).map(|number| format!("https://x.example/{number}")).collect();
    assert_eq!(setting.database.value(rows).await, expected.join(" "));
    assert_eq!(setting.direct.status().await.expect("a status").fenced, 0, "none was refused");
}

#[tokio::test]
async fn a_conflict_is_told_and_writes_nothing() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 1).await;
    let _claim = claim_one(&setting.journal).await;
    setting.journal.record(&identity(1), &begun(1)).await.expect("written");
    let _other = setting.direct.begin(&identity(2)).await.expect("a claim");
    setting.direct.record(&identity(2), &client("held")).await.expect("written");
    let record = async |_| setting.journal.record(&identity(1), &client("held")).await;
    let check = async |_, outcome| {
        assert!(matches!(outcome, Err(JournalError::Held { by, .. }) if by == identity(2)));
    };
    setting.lose_each(nothing, record, check).await;
    assert_eq!(entries(&setting.database).await, [(1, "tenant".to_owned()), (1, "client".to_owned())]);
}

#[tokio::test]
async fn a_late_response_is_kept_and_counted_once() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 1).await;
    let take_over = async |_| (setting.claim_again(&setting.journal).await, setting.claim_again(&setting.direct).await);
    let record = async |number: usize| setting.journal.record(&identity(1), &doubt(&number.to_string())).await;
    let check = async |times, outcome| {
        assert_eq!(outcome, Err(JournalError::Fenced));
        let kept = "SELECT count(*) FROM tenant_onboarding.late_entry";
        assert_eq!(setting.database.integer(kept).await, i64::try_from(times).expect("few"));
        assert_eq!(setting.direct.status().await.expect("a status").fenced, times as u64);
    };
    setting.lose_each(take_over, record, check).await;
}

#[tokio::test]
async fn a_claim_gives_no_tenant_twice() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 60).await;
    let mut all = BTreeSet::new();
    let claim_two = async |_| setting.journal.claim(2).await.expect("a claim").tenants;
    let check = async |_, claimed: Vec<(Tenant, Claim)>| {
        assert_eq!(claimed.len(), 2);
        for (tenant, _) in claimed {
            assert!(all.insert(tenant.identity()), "{} twice", tenant.email);
        }
    };
    setting.lose_each(nothing, claim_two, check).await;
    // Those of a claim whose answer was lost wait for the end of its lease.
    let rest = claim(&setting.direct, 60).await;
    assert!(rest.iter().all(|(tenant, _)| all.insert(tenant.clone())));
    end_leases(&setting.database).await;
    let after = claim(&setting.direct, 60).await;
    assert_eq!(rest.len() + after.len(), 60, "those that are still in use here are not given again");
}

#[tokio::test]
async fn a_begin_is_granted() {
    let Some(setting) = setting().await else { return };
    let begin = async |number: usize| setting.journal.begin(&identity(number)).await;
    let check = async |number, outcome: Result<Claim, JournalError>| {
        let _claim = outcome.expect("nobody else has it");
        setting.journal.record(&identity(number), &begun(number)).await.expect("it is this process's");
    };
    setting.lose_each(nothing, begin, check).await;
}

#[tokio::test]
async fn an_end_counts_once() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 1).await;
    let (failed, _) = passing_errors().await;
    for (end, state) in [(Err(failed), "ready 1"), (Err(conflict()), "dead 0"), (Ok(()), "done 0")] {
        let again = async |_| setting.claim_again(&setting.journal).await;
        let end = async |_| setting.journal.end(&identity(1), &end).await;
        let check = async |_, outcome: Result<(), JournalError>| {
            outcome.expect("ended");
            assert_eq!(column(&setting.database, "state || ' ' || failures").await, state);
        };
        setting.lose_each(again, end, check).await;
    }
    assert_eq!(setting.direct.status().await.expect("a status").fenced, 0);
}

#[tokio::test]
async fn tenants_are_enqueued_once() {
    let Some(setting) = setting().await else { return };
    let add = async |number: usize| setting.journal.enqueue(&[tenant(2 * number), tenant(2 * number + 1)]).await;
    let check = async |times, outcome: Result<_, JournalError>| {
        outcome.expect("enqueued");
        assert_eq!(setting.direct.status().await.expect("a status").ready, 2 * times as u64);
    };
    setting.lose_each(nothing, add, check).await;
}

#[tokio::test]
async fn a_listing_is_read_and_shared() {
    let Some(setting) = setting().await else { return };
    let age = Duration::from_secs(3600);
    let forget = async |_| {
        setting.database.query("DELETE FROM tenant_onboarding.listing").await;
    };
    let read = async |_| {
        let listing = setting.journal.listing(age).await.expect("a listing");
        setting.journal.share_listing("text", Duration::ZERO).await.expect("shared");
        listing
    };
    let check = async |_, listing| {
        assert!(listing == SharedListing::Absent, "this process is the one that reads it");
        assert!(matches!(setting.direct.listing(age).await, Ok(SharedListing::Found { .. })));
    };
    setting.lose_each(forget, read, check).await;
}

#[tokio::test]
async fn a_journal_connects() {
    let Some(setting) = setting().await else { return };
    let url = url(setting.proxy.folder(), setting.database.name());
    let drop_schema = async |_| {
        setting.database.query("DROP SCHEMA tenant_onboarding CASCADE").await;
    };
    let connect = async |_| builder_at(&url).max_connections(1).connect().await;
    let check = async |_, journal: Result<PostgresJournal, JournalError>| {
        enqueue(&journal.expect("a journal"), 3).await;
        assert_eq!(claim(&crate::setting::journal(&setting.database).await, 5).await.len(), 3);
    };
    setting.lose_each(drop_schema, connect, check).await;
}
