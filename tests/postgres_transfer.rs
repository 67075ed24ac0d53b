//! Ways of entries into the journal on Postgres and out of it: from the file of a single process, into one, and to a new key.
#![allow(missing_docs)]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use conformance::postgres_server::{Database, PostgresServer};
use tempfile::TempDir;
use tenant_onboarding::{
    Entry, FileJournal, Journal as _, JournalError, PostgresJournal, Resource, SealingKeys, Tenant, TenantQueue as _,
};

const SERVERS: &str = "the sandbox";
const OLD: &str = "old:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const NEW: &str = "new:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";
/// More tenants than there are in a batch of statements.
const MANY: usize = 1_100;

async fn database() -> Option<Database> {
    Some(PostgresServer::shared()?.database().await)
}

async fn sealed_with(database: &Database, keys: &[&str]) -> PostgresJournal {
    let keys = SealingKeys::parse(&keys.join("\n").into()).expect("keys");
    let builder = PostgresJournal::builder(database.url(), SERVERS).seal(keys);
    builder.lease(Duration::from_secs(3600)).connect().await.expect("a journal")
}

async fn journal(database: &Database) -> PostgresJournal {
    sealed_with(database, &[OLD]).await
}

fn email(number: usize) -> String {
    format!("it@tenant-{number}.example")
}

fn begun(number: usize) -> Entry {
    Entry::Tenant { phone_number_id: format!("33{number}"), name: format!("Tenant {number}") }
}

fn key(value: &str) -> Entry {
    Entry::Key { id: None, address: Some("https://waba.example".to_owned()), api_key: value.into() }
}

fn client(id: &str) -> Entry {
    Entry::Client { client_id: dialog360_api::types::ClientId::new(id).expect("an id") }
}

fn secret(number: usize) -> String {
    format!("s3cret-{number}")
}

/// Writes a file with three entries of each tenant, as a run leaves it that works on many at once.
fn file(folder: &TempDir, tenants: usize) -> PathBuf {
    let mut text = format!("{{\"journal\":\"tenant-onboarding/1\",\"servers\":\"{SERVERS}\"}}\n");
    for entry in [|number| begun(number), |number| client(&format!("CL{number}")), |number| key(&secret(number))] {
        for number in 1..=tenants {
            let mut line = serde_json::to_value(entry(number)).expect("it encodes");
            // Older files have addresses as they were given.
            line["tenant"] = email(number).to_uppercase().into();
            text.push_str(&format!("{line}\n"));
        }
    }
    let path = folder.path().join("onboarding.jsonl");
    fs::write(&path, text).expect("it is written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is set");
    path
}

fn texts(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| serde_json::to_string(entry).expect("it encodes")).collect()
}

async fn entries(journal: &PostgresJournal, number: usize) -> Vec<String> {
    texts(&journal.entries(&email(number)).await.expect("read"))
}

fn expected(number: usize) -> Vec<String> {
    texts(&[begun(number), client(&format!("CL{number}")), key(&secret(number))])
}

/// Returns all rows that an import may change.
async fn rows(database: &Database) -> Vec<Vec<Option<String>>> {
    let mut rows = database.query("SELECT t::text FROM tenant_onboarding.tenant t ORDER BY id").await;
    rows.extend(database.query("SELECT e::text FROM tenant_onboarding.entry e ORDER BY tenant, number").await);
    rows.extend(database.query("SELECT r::text FROM tenant_onboarding.resource r ORDER BY r").await);
    rows
}

fn imported(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.imported", path.display()))
}

#[tokio::test]
async fn a_file_is_taken_over_once_and_no_run_goes_on_with_it() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder, MANY);
    let before = fs::read(&path).expect("the file");
    let journal = journal(&database).await;
    // One of the tenants is there already, with its data only.
    let tenant = Tenant {
        name: "Tenant 2".into(),
        email: email(2),
        waba_external_id: "222".into(),
        phone_number_id: "332".into(),
        country: "br".into(),
        language: "pt-br".into(),
        messaging_webhook_url: String::new(),
    };
    journal.enqueue(&[tenant]).await.expect("it is enqueued");
    assert_eq!(journal.import(&path).await, Ok(MANY as u64));

    for number in [1, 2, 499, 500, 501, MANY] {
        assert_eq!(entries(&journal, number).await, expected(number));
    }
    let stored = database.query("SELECT e::text FROM tenant_onboarding.entry e").await;
    assert_eq!(stored.len(), 3 * MANY);
    assert!(stored.iter().flatten().flatten().all(|row| !row.contains("s3cret")));
    for resource in
        [Resource::PhoneNumber("337".into()), Resource::Client("CL7".into()), Resource::Name("tenant 7".into())]
    {
        assert_eq!(journal.holder(&resource).await, Ok(Some(email(7))), "{resource}");
    }
    // Processes go on after the last entry: one by the queue, another by name.
    let claimed = journal.claim(9).await.expect("a claim").tenants;
    assert_eq!(claimed.iter().map(|(tenant, _)| tenant.identity()).collect::<Vec<_>>(), [email(2)]);
    assert_eq!(claimed[0].1.progress.client.as_ref().map(|id| id.as_str()), Some("CL2"));
    journal.begin(&email(7)).await.expect("a claim");
    journal.record(&email(7), &Entry::AccountIntent).await.expect("written");
    assert_eq!(entries(&journal, 7).await.len(), 4);

    // The file has another name, and nothing in its place is a journal.
    assert_eq!(fs::read(imported(&path)).expect("the file"), before);
    let error = FileJournal::open(&path, SERVERS).expect_err("it was imported").to_string();
    assert!(error.contains("its entries were imported into a database"), "{error}");
    let error = journal.import(&path).await.expect_err("it was imported").to_string();
    assert!(error.contains("its entries were imported into a database"), "{error}");
    // Once more from the copy, after an end between the transaction and the renaming: nothing changes.
    let there = rows(&database).await;
    assert_eq!(journal.import(imported(&path)).await, Ok(MANY as u64));
    fs::rename(imported(&path), &path).expect("it is renamed");
    assert_eq!(journal.import(&path).await, Ok(MANY as u64));
    assert_eq!(rows(&database).await, there);
    assert_eq!(fs::read(imported(&path)).expect("the file"), before);
}

#[tokio::test]
async fn what_a_tenant_gave_up_in_the_file_is_anothers() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("onboarding.jsonl");
    {
        let file = FileJournal::open(&path, SERVERS).expect("a new file");
        for (number, entry) in [(2, begun(1)), (2, begun(2)), (1, begun(1))] {
            file.record(&email(number), &entry).await.expect("written");
        }
    }
    let journal = journal(&database).await;
    assert_eq!(journal.import(&path).await, Ok(2));
    for number in [1, 2] {
        let resource = Resource::PhoneNumber(format!("33{number}"));
        assert_eq!(journal.holder(&resource).await, Ok(Some(email(number))));
    }
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.resource").await, 4);
}

/// Imports a file of three tenants, which fails and changes neither the database nor the file. Returns the error.
async fn refusal(database: &Database, journal: &PostgresJournal, path: &Path) -> String {
    let (there, content) = (rows(database).await, fs::read(path).ok());
    let error = journal.import(path).await.expect_err("it is refused");
    assert!(matches!(error, JournalError::Broken(_)), "{error:?}");
    assert_eq!(rows(database).await, there);
    assert_eq!(fs::read(path).ok(), content);
    let error = error.to_string();
    assert!(!error.contains("s3cret"), "{error}");
    error
}

#[tokio::test]
async fn a_file_that_contradicts_the_database_changes_nothing() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(&folder, MANY);
    let journal = journal(&database).await;
    let record = async |number: usize, entry: &Entry| {
        journal.begin(&email(number)).await.expect("a claim");
        journal.record(&email(number), entry).await.expect("written");
    };
    // A process has the last tenant, without an entry.
    let last = MANY;
    journal.begin(&email(last)).await.expect("a claim");
    let error = refusal(&database, &journal, &path).await;
    assert!(error.contains(&email(last)) && error.contains("a process has it at present"), "{error}");
    // It goes on as if there had been no import.
    journal.record(&email(last), &begun(last)).await.expect("written");
    let error = refusal(&database, &journal, &path).await;
    assert!(error.contains(&email(last)) && error.contains("the database has other entries"), "{error}");
    journal.record(&email(last), &client(&format!("CL{last}"))).await.expect("written");
    // All is the same except for a secret.
    journal.record(&email(last), &key("s3cret-other")).await.expect("written");
    assert!(refusal(&database, &journal, &path).await.contains("the database has other entries"));
    database.query("DELETE FROM tenant_onboarding.entry WHERE number = 3").await;
    database.query("UPDATE tenant_onboarding.tenant SET entries = 2").await;
    assert!(refusal(&database, &journal, &path).await.contains("the database has other entries"));
    database.query("DELETE FROM tenant_onboarding.entry; DELETE FROM tenant_onboarding.resource").await;
    database.query("DELETE FROM tenant_onboarding.tenant").await;
    // A resource of the last one belongs to a tenant that the file does not have.
    record(MANY + 1, &client(&format!("CL{last}"))).await;
    let error = refusal(&database, &journal, &path).await;
    let conflict = format!("client \"CL{last}\" belongs to the tenant {}", email(MANY + 1));
    assert!(error.contains(&email(last)) && error.contains(&conflict), "{error}");
    database.query("DELETE FROM tenant_onboarding.resource").await;
    assert_eq!(journal.import(&path).await, Ok(MANY as u64));
}

#[tokio::test]
async fn a_file_that_can_not_be_imported_stays_as_it_is() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let journal = journal(&database).await;
    let none = folder.path().join("none.jsonl");
    assert!(refusal(&database, &journal, &none).await.contains("none.jsonl"));
    assert!(!none.exists(), "it is not created");

    let path = file(&folder, 1);
    let run = FileJournal::open(&path, SERVERS).expect("a journal");
    assert!(refusal(&database, &journal, &path).await.contains("another run has it"));
    drop(run);
    let text = fs::read_to_string(&path).expect("the file");
    fs::write(&path, text.replacen(SERVERS, "other servers", 1)).expect("it is written");
    assert!(refusal(&database, &journal, &path).await.contains("it is about other servers"));
    fs::write(&path, format!("{text}nonsense\n")).expect("it is written");
    assert!(refusal(&database, &journal, &path).await.contains("line 5 is not of a journal"));
    fs::write(&path, &text).expect("it is written");
    fs::write(imported(&path), "mine").expect("it is written");
    assert!(refusal(&database, &journal, &path).await.contains("move it elsewhere"));
    assert_eq!(fs::read_to_string(imported(&path)).expect("the file"), "mine");
    fs::remove_file(imported(&path)).expect("it is removed");
    assert_eq!(journal.import(&path).await, Ok(1));
}

#[tokio::test]
async fn the_file_of_an_export_is_a_journal() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let journal = journal(&database).await;
    journal.import(file(&folder, MANY)).await.expect("imported");
    // One without entries is not in the file.
    journal.begin(&email(MANY + 1)).await.expect("a claim");
    let path = folder.path().join("copy.jsonl");
    assert_eq!(journal.export(&path).await, Ok(MANY as u64));
    assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&path).expect("the file").matches("s3cret").count(), MANY);
    let copy = FileJournal::open(&path, SERVERS).expect("a journal");
    for number in [1, 500, 501, MANY] {
        let progress = copy.begin(&email(number)).await.expect("a claim").progress;
        let (_, api_key) = progress.key.expect("a key");
        assert_eq!(api_key.expose(), secret(number));
        let resource = Resource::Client(format!("CL{number}"));
        assert_eq!(copy.holder(&resource).await, Ok(Some(email(number))));
    }
    drop(copy);
    let there = fs::read(&path).expect("the file");
    let error = journal.export(&path).await.expect_err("there is a file").to_string();
    assert!(error.contains("there is such a file"), "{error}");
    assert_eq!(fs::read(&path).expect("the file"), there);

    // Into another database, and the same comes out of it.
    let other = PostgresServer::shared().expect("it runs").database().await;
    let other = sealed_with(&other, &[NEW]).await;
    assert_eq!(other.import(&path).await, Ok(MANY as u64));
    for number in [1, 500, 501, MANY] {
        assert_eq!(entries(&other, number).await, entries(&journal, number).await);
    }
}

/// Has a process write a key of a tenant after another process has taken it over.
async fn write_late(database: &Database, one: &PostgresJournal, other: &PostgresJournal) {
    one.begin(&email(1)).await.expect("a claim");
    database.query("UPDATE tenant_onboarding.tenant SET lease_until = clock_timestamp()").await;
    other.begin(&email(1)).await.expect("a claim");
    assert_eq!(one.record(&email(1), &key("s3cret-late")).await, Err(JournalError::Fenced));
}

#[tokio::test]
async fn nothing_is_exported_while_a_late_entry_is_not_looked_at() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (journal(&database).await, journal(&database).await);
    one.import(file(&folder, 2)).await.expect("imported");
    write_late(&database, &one, &other).await;
    let path = folder.path().join("copy.jsonl");
    let error = one.export(&path).await.expect_err("there is a late entry").to_string();
    assert!(error.contains("1 tenants, such as it@tenant-1.example"), "{error}");
    assert!(!path.exists());
    // The next claim is given it, and completes the tenant.
    other.end(&email(1), &Ok(())).await.expect("it ends");
    assert_eq!(one.begin(&email(1)).await.expect("a claim").late.len(), 1);
    one.end(&email(1), &Ok(())).await.expect("it ends");
    assert_eq!(one.export(&path).await, Ok(2));
}

#[tokio::test]
async fn secrets_are_sealed_again_so_that_an_old_key_can_be_given_up() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (journal(&database).await, journal(&database).await);
    one.import(file(&folder, MANY)).await.expect("imported");
    write_late(&database, &one, &other).await;
    let key_ids = async |table: &str, id: &str| {
        let count = format!("SELECT count(*) FROM tenant_onboarding.{table} WHERE key_id = '{id}'");
        database.integer(&count).await
    };
    let both = sealed_with(&database, &[NEW, OLD]).await;
    // Journals of other servers have their own keys.
    let elsewhere = PostgresJournal::builder(database.url(), "elsewhere");
    let keys = SealingKeys::generate("third").and_then(|line| SealingKeys::parse(&line)).expect("a key");
    let elsewhere = elsewhere.seal(keys).connect().await.expect("a journal");
    elsewhere.begin(&email(1)).await.expect("a claim");
    elsewhere.record(&email(1), &key("s3cret-elsewhere")).await.expect("written");
    // A worker goes on meanwhile, and has both keys, too.
    let worker = sealed_with(&database, &[OLD, NEW]).await;
    let write = async {
        for number in 1..=50 {
            worker.begin(&email(MANY + number)).await.expect("a claim");
            worker.record(&email(MANY + number), &key("s3cret-new")).await.expect("written");
        }
    };
    let (resealed, again, ()) = tokio::join!(both.reseal(), both.reseal(), write);
    // Each secret once, also if two seal at the same time.
    let resealed = resealed.expect("sealed") + again.expect("sealed");
    let rest = both.reseal().await.expect("sealed");
    assert_eq!(resealed + rest, MANY as u64 + 50 + 1);
    assert_eq!(both.reseal().await, Ok(0));
    assert_eq!((key_ids("entry", "old").await, key_ids("late_entry", "old").await), (0, 0));
    assert_eq!((key_ids("entry", "new").await, key_ids("late_entry", "new").await), (MANY as i64 + 50, 1));
    assert_eq!(key_ids("entry", "third").await, 1);

    let new = sealed_with(&database, &[NEW]).await;
    for number in [2, 500, 501, MANY] {
        assert_eq!(entries(&new, number).await, expected(number));
    }
    database.query("UPDATE tenant_onboarding.tenant SET lease_until = clock_timestamp()").await;
    assert_eq!(texts(&new.begin(&email(1)).await.expect("a claim").late), texts(&[key("s3cret-late")]));
    let error = one.reseal().await.expect_err("it lacks the new key").to_string();
    assert!(error.contains("\"new\"") && !error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn secrets_that_were_not_sealed_are_sealed_on_demand() {
    let Some(database) = database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let unsealed = PostgresJournal::builder(database.url(), SERVERS).unsealed().connect().await.expect("a journal");
    unsealed.import(file(&folder, 3)).await.expect("imported");
    let error = unsealed.reseal().await.expect_err("there is no key").to_string();
    assert!(error.contains("there is no key to seal with"), "{error}");
    let journal = journal(&database).await;
    let error = journal.entries(&email(1)).await.map(drop).expect_err("they are not sealed").to_string();
    assert!(error.contains("`reseal`") && !error.contains("s3cret"), "{error}");
    assert_eq!(journal.reseal().await, Ok(3));
    assert_eq!(entries(&journal, 1).await, expected(1));
    assert_eq!(database.integer("SELECT count(*) FROM tenant_onboarding.entry WHERE key_id = 'old'").await, 3);
}
