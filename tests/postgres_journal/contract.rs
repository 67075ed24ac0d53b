//! The promises of a [`Journal`], kept by each of them.

use conformance::postgres_server::Database;
use dialog360_api::types::ChannelId;
use tenant_onboarding::{Entry, FileJournal, Journal, JournalError, PostgresJournal, Resource};

use crate::memory_journal::MemoryJournal;
use crate::setting::{SERVERS, begun, client, client_id, database, doubt, end_leases, identity, journal};

/// A journal that can be opened again after its process has ended.
trait Journals {
    type Journal: Journal;

    /// Opens it. The one that was opened before is dropped.
    async fn open(&self) -> Self::Journal;
}

impl Journals for MemoryJournal {
    type Journal = Self;

    async fn open(&self) -> Self {
        self.clone()
    }
}

impl Journals for tempfile::TempDir {
    type Journal = FileJournal;

    async fn open(&self) -> FileJournal {
        FileJournal::open(self.path().join("journal.jsonl"), SERVERS).expect("a journal")
    }
}

impl Journals for Database {
    type Journal = PostgresJournal;

    async fn open(&self) -> PostgresJournal {
        let journal = journal(self).await;
        end_leases(self).await;
        journal
    }
}

macro_rules! for_each_journal {
    ($($test:ident,)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::MemoryJournal::default()).await;
            })*
        }
        mod file {
            $(#[tokio::test]
            async fn $test() {
                super::$test(tempfile::tempdir().expect("a folder")).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                let Some(database) = super::database().await else { return };
                super::$test(database).await;
            })*
        }
    };
}

for_each_journal![
    entries_are_applied_in_their_order,
    a_resource_has_one_tenant,
    a_refused_entry_leaves_no_trace,
    a_tenant_may_get_another_number_and_name,
    odd_texts_come_back_as_they_were,
];

fn channel(id: &str, created: bool) -> Entry {
    Entry::Number { channel_id: ChannelId::new(id).expect("an id"), created }
}

fn key(id: Option<&str>, address: Option<&str>, api_key: &str) -> Entry {
    let (id, address) = (id.map(str::to_owned), address.map(str::to_owned));
    Entry::Key { id, address, api_key: api_key.into() }
}

fn tenant(phone_number_id: &str, name: &str) -> Entry {
    Entry::Tenant { phone_number_id: phone_number_id.to_owned(), name: name.to_owned() }
}

fn held(result: Result<(), JournalError>) -> (Resource, String) {
    match result {
        Err(JournalError::Held { resource, by }) => (resource, by),
        other => panic!("{other:?}"),
    }
}

async fn entries_are_applied_in_their_order(journals: impl Journals) {
    let no_effect = |operation: &str| Entry::NoEffect { operation: operation.to_owned() };
    let webhook = |url: &str| Entry::Webhook { url: url.to_owned() };
    let first = [
        begun(1),
        Entry::ClientIntent { email: "it@tenant-1.example".to_owned() },
        no_effect("create_client"),
        Entry::ClientIntent { email: "IT@tenant-1.example".to_owned() },
        doubt("create_client"),
        Entry::ClientAccepted,
        client("aCL"),
        Entry::NumberIntent,
        Entry::NumberAccepted,
        channel("bCH", true),
        Entry::KeyIntent { before: Some(vec!["c".to_owned()]) },
        key(Some("d"), Some("https://first.example"), "first key"),
        webhook("https://hook.example/1"),
        Entry::KeyReplaced,
        Entry::Unread { operation: "create_channel_api_key".to_owned(), body: "{\"api_key\": \"torn".into() },
        Entry::KeyIntent { before: None },
    ];
    let second = [
        key(None, None, "second key"),
        webhook("https://hook.example/2"),
        Entry::AccountIntent,
        Entry::AccountByLogin { account_id: 7 },
        Entry::Account { account_id: 7, api_token: "a token".into() },
    ];
    let tenant = identity(1);
    let journal = journals.open().await;
    journal.begin(&tenant).await.expect("a claim");
    for entry in &first {
        journal.record(&tenant, entry).await.expect("written");
    }
    drop(journal);

    let journal = journals.open().await;
    let progress = journal.begin(&tenant).await.expect("a claim").progress;
    assert_eq!(progress.begun, Some(("331".to_owned(), "Tenant 1".to_owned())));
    assert_eq!(progress.client_intent.as_deref(), Some("IT@tenant-1.example"));
    assert!(progress.client_accepted && progress.number_intent && progress.number_accepted);
    assert_eq!(client_id(&progress), Some("aCL"));
    assert_eq!(progress.channel.as_ref().map(|id| id.as_str()), Some("bCH"));
    assert!(progress.channel_created);
    assert_eq!(progress.key_intent, Some(None));
    assert!(progress.key.is_none() && progress.account.is_none() && !progress.account_intent);
    for entry in &second {
        journal.record(&tenant, entry).await.expect("written");
    }
    drop(journal);

    let claim = journals.open().await.begin(&tenant).await.expect("a claim");
    assert!(claim.late.is_empty() && claim.lease.may_send());
    let progress = claim.progress;
    let (address, key) = progress.key.expect("a key");
    assert_eq!((address, key.expose(), progress.key_id), (None, "second key", None));
    assert_eq!(progress.webhook.as_deref(), Some("https://hook.example/2"));
    assert_eq!((progress.account, progress.by_login), (Some(7), false));
}

async fn a_resource_has_one_tenant(journals: impl Journals) {
    let (one, other) = (identity(1), identity(2));
    let journal = journals.open().await;
    for tenant in [&one, &other] {
        journal.begin(tenant).await.expect("a claim");
    }
    let account = Entry::Account { account_id: 7, api_token: "a token".into() };
    let all = [tenant(" 331 ", "Café  SOL"), client("aCL"), channel("bCH", true), account];
    for entry in &all {
        journal.record(&one, entry).await.expect("written");
        // Its own resources are no conflict.
        journal.record(&one, entry).await.expect("written");
    }
    let by_login = Entry::AccountByLogin { account_id: 7 };
    let name = || Resource::Name("café sol".to_owned());
    let number = || Resource::PhoneNumber("331".to_owned());
    let client_resource = || Resource::Client("aCL".to_owned());
    let channel_resource = || Resource::Channel("bCH".to_owned());
    for (entry, resource) in [
        (tenant("331", "Another"), number()),
        (tenant("332", "cafe\u{301} sol"), name()),
        (client("aCL"), client_resource()),
        (channel("bCH", false), channel_resource()),
        (by_login, Resource::Account(7)),
    ] {
        assert_eq!(held(journal.record(&other, &entry).await), (resource.clone(), one.clone()));
        assert_eq!(journal.holder(&resource).await, Ok(Some(one.clone())));
    }
    drop(journal);
    let journal = journals.open().await;
    for resource in [number(), name(), client_resource(), channel_resource(), Resource::Account(7)] {
        assert_eq!(journal.holder(&resource).await, Ok(Some(one.clone())));
    }
    // Ids of different things don't collide.
    for free in [Resource::Channel("aCL".to_owned()), Resource::Account(8), Resource::PhoneNumber("332".to_owned())] {
        assert_eq!(journal.holder(&free).await, Ok(None), "{free}");
    }
}

async fn a_refused_entry_leaves_no_trace(journals: impl Journals) {
    let (one, other, third) = (identity(1), identity(2), identity(3));
    let journal = journals.open().await;
    for tenant in [&one, &other, &third] {
        journal.begin(tenant).await.expect("a claim");
    }
    journal.record(&one, &tenant("331", "One")).await.expect("written");
    held(journal.record(&other, &tenant("331", "Other")).await);
    let name = Resource::Name("other".to_owned());
    assert_eq!(journal.holder(&name).await, Ok(None));
    journal.record(&third, &tenant("333", "Other")).await.expect("the name is free");
    assert_eq!(journal.holder(&name).await, Ok(Some(third)));
    journal.record(&other, &client("aCL")).await.expect("written");
    drop(journal);
    let progress = journals.open().await.begin(&other).await.expect("a claim").progress;
    assert_eq!(progress.begun, None);
    assert_eq!(client_id(&progress), Some("aCL"));
}

async fn a_tenant_may_get_another_number_and_name(journals: impl Journals) {
    let (one, other) = (identity(1), identity(2));
    let journal = journals.open().await;
    for tenant in [&one, &other] {
        journal.begin(tenant).await.expect("a claim");
    }
    journal.record(&one, &tenant("331", "One")).await.expect("written");
    journal.record(&one, &client("aCL")).await.expect("written");
    journal.record(&one, &tenant("331", "Renamed")).await.expect("written");
    assert_eq!(journal.holder(&Resource::Name("one".to_owned())).await, Ok(None));
    assert_eq!(journal.holder(&Resource::PhoneNumber("331".to_owned())).await, Ok(Some(one.clone())));
    journal.record(&one, &tenant("332", "Renamed")).await.expect("written");
    journal.record(&other, &tenant("331", "One")).await.expect("both are free");
    assert_eq!(journal.holder(&Resource::Client("aCL".to_owned())).await, Ok(Some(one)));
    drop(journal);
    let journal = journals.open().await;
    assert_eq!(journal.holder(&Resource::PhoneNumber("331".to_owned())).await, Ok(Some(other.clone())));
    assert_eq!(journal.holder(&Resource::Name("one".to_owned())).await, Ok(Some(other)));
}

async fn odd_texts_come_back_as_they_were(journals: impl Journals) {
    // Within 1,000 bytes, which is more than an e-mail address may have.
    let identities =
        ["o'brien@x.example", "\"a b\"@x.example", "a\\'; drop schema tenant_onboarding --", "ünï\u{1f600}"];
    let long = "é".repeat(5_000);
    let texts = ["'", "\"", "\\", "$1", "{}", "%s", "null", "\u{1f600}", "\u{7f}\u{1}\n\t", long.as_str()];
    for tenant_identity in identities {
        let journal = journals.open().await;
        journal.begin(tenant_identity).await.expect("a claim");
        for text in texts {
            let name = format!("{tenant_identity} {text}");
            journal.record(tenant_identity, &tenant(&name, &name)).await.expect("written");
            journal.record(tenant_identity, &key(Some(text), Some(text), text)).await.expect("written");
        }
        drop(journal);
        let journal = journals.open().await;
        let progress = journal.begin(tenant_identity).await.expect("a claim").progress;
        let name = format!("{tenant_identity} {long}");
        assert_eq!(progress.begun, Some((name.clone(), name.clone())));
        let (address, key) = progress.key.expect("a key");
        assert_eq!((address.as_deref(), key.expose()), (Some(long.as_str()), long.as_str()));
        assert_eq!(journal.holder(&Resource::PhoneNumber(name)).await, Ok(Some(tenant_identity.to_owned())));
    }
}
