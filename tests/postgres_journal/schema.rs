//! The schema: its scripts, its versions and the rights on it.

use tenant_onboarding::{Journal as _, JournalError, PostgresJournal};

use conformance::postgres_server::{Database, PostgresServer};

use crate::setting::{
    SERVERS, begun, builder, builder_at, claim_one, client, database, enqueue, entries, identity, journal,
    passing_errors, session, wait_for_blocked,
};

fn broken<T>(result: Result<T, JournalError>) -> String {
    match result {
        Err(JournalError::Broken(text)) => text,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it works"),
    }
}

/// Creates a role with a password, and returns the URL for it.
async fn role(database: &Database, rights: &str) -> String {
    let name = format!("role_{}", database.name());
    database.query(&format!("CREATE ROLE {name} LOGIN PASSWORD 'right'; {}", rights.replace("ROLE", &name))).await;
    PostgresServer::shared().expect("it runs").url_of(&format!("{name}:right"), database.name())
}

/// Does everything that a journal does.
async fn use_it(journal: &PostgresJournal) {
    enqueue(journal, 2).await;
    for end in [Ok(()), Err(passing_errors().await.0)] {
        let claimed = crate::setting::claim(journal, 1).await;
        let (tenant, _claim) = &claimed[0];
        journal.record(tenant, &begun(if *tenant == identity(1) { 1 } else { 2 })).await.expect("written");
        journal.record(tenant, &client(&format!("c{}", tenant.len()))).await.map_err(drop).ok();
        journal.renew(tenant).await.expect("renewed");
        journal.end(tenant, &end).await.expect("ended");
    }
    journal.share_listing("text", std::time::Duration::ZERO).await.expect("shared");
    journal.listing(std::time::Duration::from_secs(60)).await.expect("read");
    journal.dead().await.expect("read");
    journal.requeue(None).await.expect("written");
    assert!(!journal.entries(&identity(1)).await.expect("read").is_empty());
    assert_eq!(journal.status().await.expect("read").done, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_processes_that_begin_at_once_make_it_once() {
    let Some(database) = database().await else { return };
    let connects = (0..8).map(|_| tokio::spawn(builder(&database).connect()));
    let mut journals = Vec::new();
    for connect in connects.collect::<Vec<_>>() {
        journals.push(connect.await.expect("no panic").expect("a journal"));
    }
    let applied = database.integer("SELECT count(*) FROM tenant_onboarding.migration").await;
    assert_eq!(applied, PostgresJournal::migrations().len() as i64);
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.account").await, 1);
    use_it(&journals[0]).await;
    drop(journals);
    assert_eq!(journal(&database).await.status().await.expect("a status").done, 1, "it is there for the next");
}

#[tokio::test]
async fn two_processes_may_be_the_first_with_their_servers() {
    let Some(database) = database().await else { return };
    drop(PostgresJournal::builder(database.url(), "others").unsealed().connect().await.expect("a journal"));
    let insert = format!("BEGIN; INSERT INTO tenant_onboarding.account (servers) VALUES ('{SERVERS}')");
    let other = session(&database, &insert).await;
    let commit = async {
        wait_for_blocked(&database, 1).await;
        other.batch_execute("COMMIT").await.expect("executed");
    };
    let (journal, ()) = tokio::join!(builder(&database).connect(), commit);
    enqueue(&journal.expect("a journal"), 1).await;
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.account").await, 2);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    let Some(database) = database().await else { return };
    drop(journal(&database).await);
    let insert = "INSERT INTO tenant_onboarding.migration (number, name) VALUES (999, 'of the future')";
    database.query(insert).await;
    let error = broken(builder(&database).connect().await);
    assert!(error.contains("999"), "{error}");
    assert!(error.contains("newer"), "{error}");
    let count = database.integer("SELECT count(*) FROM tenant_onboarding.migration").await;
    assert_eq!(count, PostgresJournal::migrations().len() as i64 + 1);
}

#[tokio::test]
async fn an_administrator_may_apply_the_scripts() {
    let Some(database) = database().await else { return };
    let error = broken(builder(&database).migrate(false).connect().await);
    for (name, _) in PostgresJournal::migrations() {
        assert!(error.contains(name), "{error}");
    }
    assert_eq!(database.integer("SELECT count(*) FROM pg_namespace WHERE nspname = 'tenant_onboarding'").await, 0);
    for (_, script) in PostgresJournal::migrations() {
        database.query(&format!("BEGIN; {script}; COMMIT")).await;
    }
    // The role of the processes owns nothing.
    let url = role(
        &database,
        "GRANT USAGE ON SCHEMA tenant_onboarding TO ROLE; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tenant_onboarding TO ROLE",
    )
    .await;
    use_it(&builder_at(&url).migrate(false).connect().await.expect("a journal")).await;
    use_it_again(&builder_at(&url).connect().await.expect("nothing is to be done")).await;
}

async fn use_it_again(journal: &PostgresJournal) {
    assert_eq!(journal.status().await.expect("read").done, 1);
}

#[tokio::test]
async fn missing_rights_are_named() {
    let Some(database) = database().await else { return };
    let url = role(&database, "").await;
    let error = broken(builder_at(&url).connect().await);
    assert!(error.contains("permission denied") && error.contains("grant"), "{error}");
    drop(journal(&database).await);
    let error = broken(builder_at(&url).connect().await);
    assert!(error.contains("tenant_onboarding"), "{error}");
    let name = format!("role_{}", database.name());
    database
        .query(&format!(
            "GRANT USAGE ON SCHEMA tenant_onboarding TO {name}; \
             GRANT SELECT ON ALL TABLES IN SCHEMA tenant_onboarding TO {name}"
        ))
        .await;
    let error = broken(builder_at(&url).connect().await);
    assert!(error.contains("insert") && error.contains("tenant_onboarding.entry"), "{error}");
    assert!(!error.contains("right'") && !error.contains(":right"), "{error}");
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_an_error_after_the_outage() {
    let Some(database) = database().await else { return };
    drop(journal(&database).await);
    database.query(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name())).await;
    // After a fail-over that passes, so it is one until then.
    let journal = builder(&database).max_outage(std::time::Duration::from_millis(300)).connect().await;
    let error = match journal {
        Err(JournalError::Broken(text)) => text,
        Err(other) => panic!("{other:?}"),
        Ok(journal) => broken(journal.enqueue(&[crate::setting::tenant(1)]).await),
    };
    assert!(error.contains("read-only"), "{error}");
    database.query(&format!("BEGIN READ WRITE; ALTER DATABASE {} RESET ALL; COMMIT", database.name())).await;
    use_it(&crate::setting::journal(&database).await).await;
}

#[tokio::test]
async fn sealing_is_decided_on() {
    let Some(database) = database().await else { return };
    let error = broken(PostgresJournal::builder(database.url(), "servers").connect().await);
    assert!(error.contains("seal"), "{error}");
    let journal = PostgresJournal::builder(database.url(), "servers").unsealed().connect().await.expect("a journal");
    enqueue(&journal, 1).await;
    claim_one(&journal).await;
    journal.record(&identity(1), &begun(1)).await.expect("written");
    assert_eq!(entries(&database).await.len(), 1);
}
