//! Settings of servers, databases and roles that are not the default.

use std::time::Duration;

use conformance::postgres_server::{Database, PostgresServer};
use tenant_onboarding::{Entry, Journal as _, JournalError, PostgresJournal};

use crate::setting::{LONG_OUTAGE, builder, builder_at, claim, column, database, enqueue, entries, identity, tenant};

async fn set(database: &Database, settings: &[&str]) {
    for setting in settings {
        database.query(&format!("ALTER DATABASE {} SET {setting}", database.name())).await;
    }
}

/// Works through forty tenants in eight tasks of four processes that begin at once.
async fn work_through(connect: impl Fn() -> tenant_onboarding::PostgresJournalBuilder) -> PostgresJournal {
    let connects: Vec<_> = (0..4).map(|_| tokio::spawn(connect().connect())).collect();
    let mut journals = Vec::new();
    for connect in connects {
        journals.push(connect.await.expect("no panic").expect("a journal"));
    }
    // Several processes have the same list.
    let enqueues: Vec<_> =
        journals.iter().cloned().map(|journal| tokio::spawn(async move { enqueue(&journal, 40).await })).collect();
    for enqueue in enqueues {
        enqueue.await.expect("no panic");
    }
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let journal = journals[number % 4].clone();
            tokio::spawn(async move {
                while journal.status().await.expect("a status").ready > 0 {
                    for (tenant, _claim) in claim(&journal, 3).await {
                        for entry in 1..=5 {
                            let entry = Entry::Webhook { url: entry.to_string() };
                            journal.record(&tenant, &entry).await.expect("written");
                        }
                        journal.renew(&tenant).await.expect("renewed");
                        journal.end(&tenant, &Ok(())).await.expect("ended");
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let status = journals[0].status().await.expect("a status");
    assert_eq!((status.done, status.fenced), (40, 0));
    journals.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_isolation_level_is_no_hindrance() {
    for level in ["serializable", "'repeatable read'"] {
        let Some(database) = database().await else { return };
        set(&database, &[&format!("default_transaction_isolation = {level}")]).await;
        work_through(|| builder(&database)).await;
        assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.entry").await, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn formats_paths_and_encodings_of_a_session_change_nothing() {
    let Some(database) = database().await else { return };
    database
        .query("CREATE SCHEMA other; CREATE TABLE other.tenant (id text); CREATE TABLE other.entry (id text)")
        .await;
    set(
        &database,
        &[
            "datestyle = 'SQL, DMY'",
            "intervalstyle = 'sql_standard'",
            "timezone = 'Pacific/Chatham'",
            "search_path = other",
            "standard_conforming_strings = off",
            "client_encoding = 'LATIN1'",
            "bytea_output = 'escape'",
            "extra_float_digits = 0",
            "lc_messages = 'C'",
            "transform_null_equals = on",
            "default_transaction_deferrable = on",
        ],
    )
    .await;
    let journal = work_through(|| builder(&database)).await;
    let odd = "Ł\u{1F680} \\u0041 \\ ' \" $1 é e\u{301} \u{202e}";
    let mut other = tenant(41);
    other.name = odd.to_owned();
    journal.enqueue(&[other.clone()]).await.expect("it is enqueued");
    let claimed = tenant_onboarding::TenantQueue::claim(&journal, 1).await.expect("a claim");
    assert_eq!(claimed.tenants[0].0.name, odd);
    let entry = Entry::Webhook { url: odd.to_owned() };
    journal.record(&identity(41), &entry).await.expect("written");
    assert!(matches!(&journal.entries(&identity(41)).await.expect("read")[..], [Entry::Webhook { url }] if url == odd));
}

#[tokio::test]
async fn a_database_that_lacks_characters_is_refused() {
    let Some(server) = PostgresServer::shared() else { return };
    let database = server.database().await;
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let name = format!("{}_{}", database.name(), encoding.to_lowercase());
        let create =
            format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'");
        database.query(&create).await;
        match builder_at(&server.url(&name)).connect().await {
            Err(JournalError::Broken(text)) => assert!(text.contains(encoding) && text.contains("UTF8"), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_database_that_forgets_what_it_acknowledged_is_refused() {
    let Some(database) = database().await else { return };
    set(&database, &["synchronous_commit = off"]).await;
    match builder(&database).connect().await {
        Err(JournalError::Broken(text)) => assert!(text.contains("synchronous_commit"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn time_limits_of_the_server_that_are_too_short_are_named() {
    let Some(database) = database().await else { return };
    // Longer than the connections that were ended take to be noticed.
    let journal = builder(&database).max_outage(Duration::from_secs(3)).connect().await.expect("a journal");
    enqueue(&journal, 1).await;
    for (setting, code) in [("statement_timeout = '100ms'", "57014"), ("lock_timeout = '100ms'", "55P03")] {
        let name = setting.split(' ').next().expect("a word");
        set(&database, &[setting]).await;
        // Sessions have the settings that there were at their beginning.
        database.terminate_backends().await;
        let (client, connection) =
            tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.expect("a connection");
        let connection = tokio::spawn(connection);
        client
            .batch_execute("BEGIN; SET LOCAL statement_timeout = 0; LOCK TABLE tenant_onboarding.tenant")
            .await
            .expect("a lock");
        let error = journal.requeue(None).await.expect_err("the table is locked").to_string();
        assert!(error.contains(code) && error.contains(name), "{error}");
        drop(client);
        let _ = connection.await;
        database.query(&format!("ALTER DATABASE {} RESET {name}", database.name())).await;
        database.terminate_backends().await;
    }
    assert_eq!(column(&database, "state").await, "ready");
    assert!(entries(&database).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_that_end_when_they_are_idle_lose_nothing() {
    let Some(database) = database().await else { return };
    if database.integer("SELECT current_setting('server_version_num')::integer").await < 140_000 {
        // The setting is of version 14.
        return;
    }
    set(&database, &["idle_session_timeout = '100ms'"]).await;
    let journal = work_through(|| builder(&database)).await;
    for number in [41, 42] {
        let sessions =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        while database.integer(sessions).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        journal.enqueue(&[tenant(number)]).await.expect("it is enqueued");
    }
    assert_eq!(journal.status().await.expect("a status").ready, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_with_fewer_connections_than_the_processes_want_is_enough() {
    let Some(server) = PostgresServer::start_with(&[
        "-c",
        "max_connections=8",
        "-c",
        "superuser_reserved_connections=2",
        "-c",
        "max_wal_senders=0",
    ]) else {
        return;
    };
    let database = server.database().await;
    database.query("CREATE ROLE few LOGIN PASSWORD 'few'").await;
    database.query(&format!("GRANT CREATE ON DATABASE {} TO few", database.name())).await;
    let url = server.url_of("few:few", database.name());
    // Four processes want sixteen connections and get six.
    work_through(|| builder_at(&url).max_outage(LONG_OUTAGE)).await;
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.entry").await, 200);
}
