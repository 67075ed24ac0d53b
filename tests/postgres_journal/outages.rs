//! A server that is restarted, killed and stopped while processes use it.

use std::time::Duration;

use conformance::postgres_server::{Database, PostgresServer, Shutdown};
use tenant_onboarding::{Entry, Journal as _, JournalError, PostgresJournal, TenantQueue as _};
use tokio::sync::mpsc;

use crate::setting::{begun, builder, claim, claim_one, client, enqueue, entries, identity, journal};

/// Entries of each writer.
const ENTRIES: usize = 40;

async fn own_server() -> Option<(PostgresServer, Database)> {
    let server = PostgresServer::start()?;
    let database = server.database().await;
    Some((server, database))
}

/// Writes entries of a tenant, and tells after each one.
async fn write(journal: PostgresJournal, number: usize, written: mpsc::UnboundedSender<usize>) {
    for entry in 1..=ENTRIES {
        let record = Entry::Webhook { url: entry.to_string() };
        journal.record(&identity(number), &record).await.expect("no outage is too long");
        let _ = written.send(entry);
    }
    journal.end(&identity(number), &Ok(())).await.expect("ended");
}

/// Runs writers while `disturb` is called after every tenth entry, and checks that nothing is lost.
async fn disturbed(disturb: impl Fn(&mut PostgresServer)) {
    let Some((mut server, database)) = own_server().await else { return };
    let journal = builder(&database).max_connections(4).connect().await.expect("a journal");
    enqueue(&journal, 4).await;
    let claims = claim(&journal, 4).await;
    assert_eq!(claims.len(), 4);
    let (sender, mut written) = mpsc::unbounded_channel();
    let writers: Vec<_> = (1..=4).map(|number| tokio::spawn(write(journal.clone(), number, sender.clone()))).collect();
    drop(sender);
    let mut count = 0;
    while written.recv().await.is_some() {
        count += 1;
        if count % 40 == 10 {
            tokio::task::block_in_place(|| disturb(&mut server));
        }
    }
    for writer in writers {
        writer.await.expect("no panic");
    }
    assert_eq!(count, 4 * ENTRIES);
    let rows = database
        .query("SELECT string_agg(content ->> 'url', ' ' ORDER BY number) FROM tenant_onboarding.entry GROUP BY tenant")
        .await;
    let expected: Vec<String> = (1..=ENTRIES).map(|number| number.to_string()).collect();
    assert_eq!(rows.len(), 4);
    for row in rows {
        assert_eq!(row[0].as_deref(), Some(expected.join(" ").as_str()));
    }
    let status = journal.status().await.expect("a status");
    assert_eq!((status.done, status.fenced), (4, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_restarted_loses_nothing() {
    disturbed(|server| {
        server.shut_down(Shutdown::Fast);
        server.restart();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_crashes_loses_nothing() {
    disturbed(|server| {
        server.shut_down(Shutdown::Immediate);
        server.restart();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_loses_nothing() {
    disturbed(|server| {
        server.kill();
        server.restart();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_stopped_for_a_while_loses_nothing() {
    disturbed(|server| {
        server.freeze();
        std::thread::sleep(Duration::from_millis(300));
        server.thaw();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_outage_that_is_too_long_is_an_error_with_its_reason() {
    let Some((mut server, database)) = own_server().await else { return };
    let short = builder(&database).max_outage(Duration::from_millis(300)).connect().await.expect("a journal");
    enqueue(&short, 1).await;
    let _claim = claim_one(&short).await;
    short.record(&identity(1), &begun(1)).await.expect("written");
    server.kill();
    let outcomes = [
        short.record(&identity(1), &client("aCL")).await,
        short.renew(&identity(1)).await,
        short.claim(1).await.map(drop),
        short.begin(&identity(2)).await.map(drop),
        short.listing(Duration::from_secs(60)).await.map(drop),
        short.status().await.map(drop),
    ];
    for outcome in outcomes {
        assert!(matches!(&outcome, Err(JournalError::Broken(text)) if !text.is_empty()), "{outcome:?}");
    }
    server.restart();
    // The tenant is still this process's, and what was not written is not there.
    assert_eq!(entries(&database).await, [(1, "tenant".to_owned())]);
    short.record(&identity(1), &client("aCL")).await.expect("written");
    let steps: Vec<String> = entries(&database).await.into_iter().map(|(_, step)| step).collect();
    assert_eq!(steps, ["tenant", "client"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn claims_wait_for_a_server_that_is_away() {
    let Some((mut server, database)) = own_server().await else { return };
    let one = journal(&database).await;
    enqueue(&one, 3).await;
    server.kill();
    let waiting = {
        let journal = one.clone();
        tokio::spawn(async move { claim(&journal, 3).await.len() })
    };
    // A claim that did not wait would have ended with an error by then, or else the test is only less strict.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    tokio::task::block_in_place(|| server.restart());
    assert_eq!(waiting.await.expect("no panic"), 3);
}
