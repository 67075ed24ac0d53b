//! Keys, tokens and passwords: in no table as they are, and in no message.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use conformance::postgres_server::{Database, PostgresServer};
use tenant_onboarding::{Entry, Journal as _, JournalError, PostgresJournal, SealingKeys, TenantQueue as _};

use crate::setting::{
    SERVERS, builder, builder_at, claim, claim_one, database, end_leases, enqueue, identity, journal, keys, stopped,
};

const SECRETS: [&str; 3] = ["first-secret-of-a-key", "second-secret-of-a-token", "third-secret-in-a-body"];

fn secret_entries() -> [Entry; 3] {
    [
        Entry::Key { id: Some("k1".to_owned()), address: None, api_key: SECRETS[0].into() },
        Entry::Account { account_id: 7, api_token: SECRETS[1].into() },
        Entry::Unread { operation: "create_client".to_owned(), body: SECRETS[2].into() },
    ]
}

/// Returns all rows of all tables as text.
async fn dump(database: &Database) -> String {
    let tables = database
        .query("SELECT relname FROM pg_class WHERE relnamespace = 'tenant_onboarding'::regnamespace AND relkind = 'r'")
        .await;
    assert!(tables.len() >= 6, "{tables:?}");
    let mut all = String::new();
    for table in tables {
        let table = table[0].as_ref().expect("a name");
        for row in database.query(&format!("SELECT to_jsonb(t)::text FROM tenant_onboarding.{table} t")).await {
            all.push_str(row[0].as_ref().expect("a row"));
            all.push('\n');
        }
    }
    all
}

/// Returns the forms in which a secret may be in a text.
fn forms(secret: &str) -> Vec<String> {
    let hex = base16ct::lower::encode_string(secret.as_bytes());
    // Base64 of it within a longer text, at any of the three offsets.
    let base64 = (0..3).map(|offset| {
        let padded = [&b"xyz"[..offset], secret.as_bytes()].concat();
        BASE64_STANDARD.encode(padded)[4..secret.len()].to_owned()
    });
    [secret.to_owned(), hex].into_iter().chain(base64).collect()
}

fn assert_without_secrets(text: &str) {
    for secret in SECRETS {
        for form in forms(secret) {
            assert!(!text.contains(&form), "{secret} is in {text}");
        }
    }
}

/// Writes the secrets as entries and as late entries of a tenant.
async fn write(database: &Database, journal: &PostgresJournal, other: &PostgresJournal) {
    enqueue(journal, 1).await;
    let _claim = claim_one(journal).await;
    for entry in secret_entries() {
        journal.record(&identity(1), &entry).await.expect("written");
    }
    end_leases(database).await;
    let _other = claim_one(other).await;
    for entry in secret_entries() {
        let error = journal.record(&identity(1), &entry).await.expect_err("it is fenced");
        assert_without_secrets(&format!("{error} {error:?}"));
    }
}

fn assert_entries(entries: &[Entry]) {
    match entries {
        [Entry::Key { api_key, .. }, Entry::Account { api_token, .. }, Entry::Unread { body, .. }] => {
            assert_eq!([api_key, api_token, body].map(|secret| secret.expose()), SECRETS);
        }
        other => panic!("{} entries", other.len()),
    }
}

#[tokio::test]
async fn no_table_has_a_secret() {
    let Some(database) = database().await else { return };
    let (one, other) = (journal(&database).await, journal(&database).await);
    write(&database, &one, &other).await;
    let dumped = dump(&database).await;
    assert!(dumped.contains("k1") && dumped.contains("create_client"), "{dumped}");
    assert_without_secrets(&dumped);
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.entry WHERE key_id = 'one'").await, 3);
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.late_entry WHERE key_id = 'one'").await, 3);
    assert_without_secrets(&format!("{one:?}"));

    assert_entries(&one.entries(&identity(1)).await.expect("read"));
    end_leases(&database).await;
    assert_entries(&claim_one(&one).await.late);
}

#[tokio::test]
async fn a_journal_without_seals_has_them_as_they_are() {
    let Some(database) = database().await else { return };
    let unsealed = || PostgresJournal::builder(database.url(), SERVERS).unsealed().connect();
    let (one, other) = (unsealed().await.expect("a journal"), unsealed().await.expect("a journal"));
    write(&database, &one, &other).await;
    assert_entries(&one.entries(&identity(1)).await.expect("read"));
    let dumped = dump(&database).await;
    for secret in SECRETS {
        assert!(forms(secret).iter().any(|form| dumped.contains(form)), "the search finds nothing in {dumped}");
    }
}

#[tokio::test]
async fn a_secret_is_opened_with_its_key_only_and_only_where_it_was_written() {
    let Some(database) = database().await else { return };
    let one = journal(&database).await;
    enqueue(&one, 1).await;
    let _claim = claim_one(&one).await;
    for entry in secret_entries() {
        one.record(&identity(1), &entry).await.expect("written");
    }
    let unsealed = PostgresJournal::builder(database.url(), SERVERS).unsealed().connect().await.expect("a journal");
    let error = unsealed.entries(&identity(1)).await.map(drop).expect_err("no key").to_string();
    assert!(error.contains("one"), "{error}");
    assert_without_secrets(&error);

    // Both keys: the new one seals, both open.
    let both = SealingKeys::generate("two").expect("a key");
    let both = format!("{}\none:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n", both.expose().trim_end());
    let both = SealingKeys::parse(&both.into()).expect("keys");
    let rotated = PostgresJournal::builder(database.url(), SERVERS).seal(both).connect().await.expect("a journal");
    assert_entries(&rotated.entries(&identity(1)).await.expect("read"));

    // A secret that somebody moved to another entry.
    database
        .query(
            "UPDATE tenant_onboarding.entry e SET sealed = (SELECT sealed FROM tenant_onboarding.entry o \
             WHERE o.tenant = e.tenant AND o.number = 2) WHERE number = 1",
        )
        .await;
    let error = one.entries(&identity(1)).await.map(drop).expect_err("it was moved").to_string();
    assert_without_secrets(&error);
    assert!(matches!(one.entries(&identity(1)).await, Err(JournalError::Broken(_))));
}

fn new_keys(id: &str) -> SealingKeys {
    SealingKeys::generate(id).and_then(|line| SealingKeys::parse(&line)).expect("a key")
}

#[tokio::test]
async fn a_process_with_other_keys_is_refused() {
    let Some(database) = database().await else { return };
    let connect = |keys: SealingKeys| PostgresJournal::builder(database.url(), SERVERS).seal(keys).connect();
    // Each has made its own key, and there is no secret yet.
    let (one, other) = tokio::join!(connect(new_keys("one")), connect(new_keys("one")));
    let error = match (one, other) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error.to_string(),
        _ => panic!("one of them is the first"),
    };
    assert!(error.contains("\"one\"") && error.contains("the same sealing keys"), "{error}");
    let error = connect(new_keys("two")).await.map(drop).expect_err("another key").to_string();
    assert!(error.contains("\"one\""), "{error}");
    let elsewhere = PostgresJournal::builder(database.url(), "elsewhere").seal(new_keys("two")).connect().await;
    elsewhere.expect("other servers have other keys");
}

#[tokio::test]
async fn a_key_that_was_given_up_is_refused() {
    let Some(database) = database().await else { return };
    drop(journal(&database).await);
    let new = SealingKeys::generate("two").expect("a key");
    let both = format!("{}\none:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n", new.expose().trim_end());
    let connect = |keys: &zapsign_api::Secret| {
        let keys = SealingKeys::parse(keys).expect("keys");
        PostgresJournal::builder(database.url(), SERVERS).seal(keys).connect()
    };
    connect(&new).await.map(drop).expect_err("the old key is in use");
    let rotated = connect(&both.into()).await.expect("a journal");
    drop(journal(&database).await);
    assert_eq!(rotated.reseal().await, Ok(0));
    drop(connect(&new).await.expect("no old key is needed"));
    let error = builder(&database).connect().await.map(drop).expect_err("it lacks the new key").to_string();
    assert!(error.contains("\"two\""), "{error}");
}

#[tokio::test]
async fn tenants_whose_secrets_can_not_be_opened_are_given_back() {
    let Some(database) = database().await else { return };
    let (one, other) = (journal(&database).await, journal(&database).await);
    enqueue(&one, 2).await;
    for (tenant, claim) in claim(&one, 2).await {
        let key = Entry::Key { id: None, address: None, api_key: format!("the key of {tenant}").as_str().into() };
        one.record(&tenant, &key).await.expect("written");
        one.end(&tenant, &Err(stopped().await)).await.expect("ended");
        drop(claim);
    }
    let change = "UPDATE tenant_onboarding.entry SET sealed = sealed || '\\x00'::bytea \
                  WHERE tenant = (SELECT min(id) FROM tenant_onboarding.tenant)";
    database.query(change).await;
    for number in 0..12 {
        // By the queue, and by its name.
        let error = match number % 2 {
            0 => other.claim(2).await.map(drop).expect_err("a secret was changed"),
            _ => other.begin(&identity(1)).await.map(drop).expect_err("a secret was changed"),
        };
        assert!(matches!(error, JournalError::Broken(_)), "{error}");
    }
    let claimed = "SELECT count(*) FROM tenant_onboarding.tenant WHERE claim IS NOT NULL OR lost_leases > 0";
    assert_eq!(database.integer(claimed).await, 0);
    let restore = "UPDATE tenant_onboarding.entry SET sealed = substring(sealed FROM 1 FOR octet_length(sealed) - 1) \
                   WHERE tenant = (SELECT min(id) FROM tenant_onboarding.tenant)";
    database.query(restore).await;
    assert_eq!(claim(&other, 3).await.len(), 2);
}

#[tokio::test]
async fn a_connection_that_fails_does_not_show_the_password() {
    let Some(database) = database().await else { return };
    let server = PostgresServer::shared().expect("it runs");
    database.query(&format!("CREATE ROLE of_{} LOGIN PASSWORD 'right'", database.name())).await;
    let user = |password: &str| format!("of_{}:{password}", database.name());
    let unreachable = "postgres://somebody:Wr0ngPassword@127.0.0.1:1/db".to_owned();
    let nobody = "postgres://somebody:Wr0ngPassword@%2Ftmp%2Fno%2Fsuch%2Ffolder/db".to_owned();
    let invalid = "postgres://somebody:Wr0ngPassword@host:port/db".to_owned();
    let urls = [
        server.url_of(&user("Wr0ngPassword"), database.name()),
        server.url_of(&user("Wr0ngPassword"), "no_such_database"),
        server.url_of("nobody:Wr0ngPassword", database.name()),
        unreachable,
        nobody,
        invalid,
    ];
    for url in urls {
        let builder = builder_at(&url).max_outage(Duration::from_millis(200));
        let error = builder.connect().await.map(drop).expect_err("it can't");
        let text = format!("{error} {error:?}");
        assert!(matches!(error, JournalError::Broken(_)), "{text}");
        assert!(!text.contains("Wr0ngPassword"), "{text}");
        assert!(text.len() > 40, "it says why: {text}");
    }
    let error = PostgresJournal::builder(server.url_of(&user("right"), "no_such_database"), SERVERS)
        .seal(keys())
        .max_outage(Duration::from_millis(200))
        .connect()
        .await
        .map(drop)
        .expect_err("no such database");
    assert!(error.to_string().contains("no_such_database"), "{error}");
}

#[tokio::test]
async fn the_password_may_be_given_apart() {
    let Some(database) = database().await else { return };
    let name = format!("of_{}", database.name());
    database
        .query(&format!(
            "CREATE ROLE {name} LOGIN PASSWORD 'right'; GRANT CREATE ON DATABASE {} TO {name}",
            database.name()
        ))
        .await;
    let server = PostgresServer::shared().expect("it runs");
    let url = server.url_of(&format!("{name}:wrong"), database.name());
    let journal = builder_at(&url).password("right").connect().await.expect("a journal");
    enqueue(&journal, 1).await;
    assert!(!format!("{journal:?}").contains("right"));
    drop(builder(&database));
}
