//! Connections that break: before a statement arrives, or after it was executed. Each message of each operation is lost once.

use std::path::Path;

use conformance::postgres_server::{Database, PostgresServer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tenant_onboarding::{Entry, Journal as _, JournalError, PostgresJournal, SharedListing, TenantQueue as _};

use crate::cutting_proxy::{CuttingProxy, Direction};
use crate::setting::{
    begun, builder_at, claim, claim_one, client, column, conflict, database, doubt, end_delays, end_leases, enqueue,
    entries, identity, journal, passing_errors, tenant,
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
    /// Repeats an operation until no message of it is left that was not lost once, in both directions. `check` is told how often
    /// it was done.
    async fn lose_each<T>(&self, mut operation: impl AsyncFnMut() -> T, mut check: impl AsyncFnMut(usize, T)) {
        let (mut times, mut lost) = (0, 0);
        for direction in [Direction::ToServer, Direction::ToClient] {
            for number in 1.. {
                self.proxy.cut(direction, number);
                let outcome = operation().await;
                let is_whole = self.proxy.cancel(direction);
                times += 1;
                check(times, outcome).await;
                if is_whole {
                    break;
                }
                lost += 1;
                assert!(number < 100, "the operation does not end");
            }
        }
        assert!(lost >= 2, "nothing was lost");
    }
}

#[tokio::test]
async fn an_entry_is_written_once_and_in_its_place() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 1).await;
    claim_one(&setting.journal).await;
    let mut number = 0;
    setting
        .lose_each(
            async || {
                number += 1;
                let entry = Entry::Webhook { url: format!("https://x.example/{number}") };
                setting.journal.record(&identity(1), &entry).await
            },
            async |_, outcome| outcome.expect("written"),
        )
        .await;
    let rows = "SELECT string_agg(content ->> 'url', ' ' ORDER BY number) FROM tenant_onboarding.entry";
    let expected: Vec<String> = (1..=number).map(|number| format!("https://x.example/{number}")).collect();
    assert_eq!(setting.database.value(rows).await, expected.join(" "));
    assert_eq!(setting.direct.status().await.expect("a status").fenced, 0, "none was refused");
}

#[tokio::test]
async fn a_refusal_is_told_and_counted_once() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 1).await;
    claim_one(&setting.journal).await;
    setting.journal.record(&identity(1), &begun(1)).await.expect("written");
    setting.direct.begin(&identity(2)).await.expect("a claim");
    setting.direct.record(&identity(2), &client("held")).await.expect("written");
    setting
        .lose_each(
            async || setting.journal.record(&identity(1), &client("held")).await,
            async |_, outcome| {
                assert!(matches!(outcome, Err(JournalError::Held { by, .. }) if by == identity(2)));
            },
        )
        .await;

    end_leases(&setting.database).await;
    assert_eq!(claim(&setting.direct, 1).await.len(), 1);
    assert_eq!(setting.journal.record(&identity(1), &doubt("a")).await, Err(JournalError::Fenced));
    let late = "SELECT count(*) FROM tenant_onboarding.late_entry";
    assert_eq!(setting.database.integer(late).await, 1);
}

#[tokio::test]
async fn a_late_response_is_kept_once() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 1).await;
    let mut count = 0;
    setting
        .lose_each(
            async || {
                // The loss is to be in the record alone.
                count += 1;
                let taken = async |journal: &PostgresJournal| {
                    end_leases(&setting.database).await;
                    end_delays(&setting.database).await;
                    claim_one(journal).await;
                };
                taken(&setting.journal).await;
                taken(&setting.direct).await;
                setting.journal.record(&identity(1), &doubt(&format!("{count}"))).await
            },
            async |times, outcome| {
                assert_eq!(outcome, Err(JournalError::Fenced));
                let kept = "SELECT count(*) FROM tenant_onboarding.late_entry";
                assert_eq!(setting.database.integer(kept).await, times as i64);
                let fenced = setting.direct.status().await.expect("a status").fenced;
                assert_eq!(fenced, times as u64);
            },
        )
        .await;
}

#[tokio::test]
async fn a_claim_is_granted_once() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 60).await;
    setting
        .lose_each(
            async || setting.journal.claim(2).await.expect("a claim").tenants,
            async |times, claimed| {
                assert_eq!(claimed.len(), 2);
                // Nobody waits for the end of a lease that nobody knows of.
                assert_eq!(setting.direct.status().await.expect("a status").claimed, 2 * times as u64);
            },
        )
        .await;
    assert_eq!(setting.database.integer("SELECT max(fence) FROM tenant_onboarding.tenant").await, 1);
    let begun = "SELECT count(*) FROM tenant_onboarding.tenant WHERE lost_leases > 0";
    assert_eq!(setting.database.integer(begun).await, 0);
}

#[tokio::test]
async fn a_begin_is_granted_once() {
    let Some(setting) = setting().await else { return };
    let mut number = 0;
    setting
        .lose_each(
            async || {
                number += 1;
                setting.journal.begin(&identity(number)).await.map(drop)
            },
            async |times, outcome| {
                outcome.expect("nobody else has it");
                let count = setting.database.integer("SELECT sum(fence) FROM tenant_onboarding.tenant").await;
                assert_eq!(count, times as i64);
            },
        )
        .await;
}

#[tokio::test]
async fn an_end_counts_once() {
    let Some(setting) = setting().await else { return };
    enqueue(&setting.direct, 1).await;
    let (failed, _) = passing_errors().await;
    for (end, state) in [(Err(failed), "ready"), (Err(conflict()), "dead"), (Ok(()), "done")] {
        setting
            .lose_each(
                async || {
                    setting
                        .database
                        .query(
                            "UPDATE tenant_onboarding.tenant SET state = 'ready', failures = 0, run_at = clock_timestamp()",
                        )
                        .await;
                    claim_one(&setting.direct).await;
                    end_leases(&setting.database).await;
                    // Only the end goes through the proxy with a cut; the claim may lose messages, too.
                    claim_one(&setting.journal).await;
                    setting.journal.end(&identity(1), &end).await
                },
                async |_, outcome| {
                    outcome.expect("ended");
                    assert_eq!(column(&setting.database, "state").await, state);
                    let failures = if state == "done" { "0" } else { "1" };
                    if state != "dead" {
                        assert_eq!(column(&setting.database, "failures").await, failures);
                    }
                },
            )
            .await;
    }
}

#[tokio::test]
async fn tenants_are_enqueued_once_and_a_listing_is_shared() {
    let Some(setting) = setting().await else { return };
    let mut number = 0;
    setting
        .lose_each(
            async || {
                number += 1;
                setting.journal.enqueue(&[tenant(2 * number), tenant(2 * number + 1)]).await.map(drop)
            },
            async |times, outcome| {
                outcome.expect("enqueued");
                assert_eq!(setting.direct.status().await.expect("a status").ready, 2 * times as u64);
            },
        )
        .await;
    let age = std::time::Duration::from_secs(3600);
    setting
        .lose_each(
            async || {
                setting.database.query("DELETE FROM tenant_onboarding.listing").await;
                let listing = setting.journal.listing(age).await.expect("a listing");
                setting.journal.share_listing("text", std::time::Duration::ZERO).await.expect("shared");
                listing
            },
            async |_, outcome| {
                assert!(outcome == SharedListing::Absent, "this process is the one that reads it");
                assert!(matches!(setting.direct.listing(age).await, Ok(SharedListing::Found { .. })));
            },
        )
        .await;
}

#[tokio::test]
async fn a_journal_connects_through_losses() {
    let Some(setting) = setting().await else { return };
    let url = url(setting.proxy.folder(), setting.database.name());
    setting
        .lose_each(
            async || {
                setting.database.query("DROP SCHEMA tenant_onboarding CASCADE").await;
                builder_at(&url).max_connections(1).connect().await
            },
            async |_, outcome| {
                enqueue(&outcome.expect("a journal"), 3).await;
                assert!(entries(&setting.database).await.is_empty());
            },
        )
        .await;
}
