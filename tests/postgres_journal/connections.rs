//! Few connections for many tasks, and sessions that are ended again and again.

use deadpool_postgres::{Manager, Pool};
use tenant_onboarding::{Entry, Journal as _, PostgresJournal};
use tokio::sync::mpsc;
use tokio_postgres::NoTls;

use crate::setting::{SERVERS, builder, builder_at, claim, claim_one, database, enqueue, identity, journal};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_that_are_terminated_lose_nothing() {
    let Some(database) = database().await else { return };
    let journal = journal(&database).await;
    enqueue(&journal, 1).await;
    let _claim = claim_one(&journal).await;
    // One termination for each entry at most, at any moment of the next one, so that there is time for each on a slow machine.
    let (written, mut entries) = mpsc::unbounded_channel();
    let terminator = {
        let database = database.clone();
        tokio::spawn(async move {
            let mut terminated = 0;
            while entries.recv().await.is_some() {
                terminated += database.terminate_backends().await;
            }
            terminated
        })
    };
    for number in 1..=150 {
        let entry = Entry::Webhook { url: number.to_string() };
        journal.record(&identity(1), &entry).await.expect("written");
        written.send(number).expect("somebody waits");
    }
    drop(written);
    assert!(terminator.await.expect("no panic") > 0, "no session was ended");
    let rows = "SELECT string_agg(content ->> 'url', ' ' ORDER BY number) FROM tenant_onboarding.entry";
    let expected: Vec<String> = (1..=150).map(|number| number.to_string()).collect();
    assert_eq!(database.value(rows).await, expected.join(" "));
    assert_eq!(journal.status().await.expect("a status").fenced, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_connections_serve_forty_tenants_at_once() {
    let Some(database) = database().await else { return };
    let url = format!("{}?application_name=journal", database.url());
    let journal = builder_at(&url).max_connections(2).connect().await.expect("a journal");
    enqueue(&journal, 40).await;
    let claims = claim(&journal, 40).await;
    assert_eq!(claims.len(), 40);
    let tasks = (1..=40).map(|number| {
        let journal = journal.clone();
        tokio::spawn(async move {
            for entry in 1..=5 {
                let entry = Entry::Webhook { url: entry.to_string() };
                journal.record(&identity(number), &entry).await.expect("written");
                journal.renew(&identity(number)).await.expect("renewed");
            }
            journal.end(&identity(number), &Ok(())).await.expect("ended");
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    assert_eq!(journal.status().await.expect("a status").done, 40);
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.entry").await, 200);
    let sessions = "SELECT count(*) FROM pg_stat_activity \
                    WHERE datname = current_database() AND application_name = 'journal'";
    assert!((1..=2).contains(&database.integer(sessions).await));
}

#[tokio::test]
async fn no_state_of_a_session_is_needed() {
    let Some(database) = database().await else { return };
    let journal = builder(&database).max_connections(1).connect().await.expect("a journal");
    enqueue(&journal, 1).await;
    let _claim = claim_one(&journal).await;
    journal.record(&identity(1), &Entry::NumberIntent).await.expect("written");
    // A pooler gives each transaction another session: no statement was prepared, no setting made, no lock kept.
    let (client, connection) =
        tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let locks = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                 WHERE datname = current_database() AND locktype = 'advisory'";
    assert_eq!(client.query_one(locks, &[]).await.expect("a row").get::<_, i64>(0), 0);
    let last = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for row in client.query(last, &[]).await.expect("rows") {
        let query: String = row.get(0);
        assert!(!query.to_lowercase().contains("prepare"), "{query}");
    }
    assert_eq!(
        database
            .integer(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            )
            .await,
        0
    );
}

#[tokio::test]
async fn the_pool_of_a_program_serves_its_journal() {
    let Some(database) = database().await else { return };
    let manager = Manager::new(database.url().parse().expect("a URL"), NoTls);
    let pool = Pool::builder(manager).max_size(1).build().expect("a pool");
    let journal = PostgresJournal::from_pool(pool.clone(), SERVERS).unsealed().connect().await.expect("a journal");
    enqueue(&journal, 2).await;
    assert_eq!(claim(&journal, 5).await.len(), 2);
    assert_eq!(pool.status().size, 1, "its connections are the pool's");
}
