use super::*;
use crate::seal::SealingKeys;

const SERVERS: &str = "here";
const TENANT: &str = "it@aurora.example";
const SECRET: &str = "s3cret";

/// An entry of each variant, and of each form of a field.
fn entries() -> Vec<Entry> {
    let operation = || "create_client".to_owned();
    let entries = vec![
        Entry::Tenant { phone_number_id: "111".into(), name: "Aurora \"Bäckerei\"".into() },
        Entry::ClientIntent { email: TENANT.into() },
        Entry::ClientAccepted,
        Entry::Client { client_id: dialog360_api::types::ClientId::new("aCL").expect("an id") },
        Entry::NumberIntent,
        Entry::NumberAccepted,
        Entry::Number { channel_id: dialog360_api::types::ChannelId::new("aCH").expect("an id"), created: true },
        Entry::KeyIntent { before: None },
        Entry::KeyIntent { before: Some(vec!["aK".into(), String::new()]) },
        Entry::Key { id: None, address: None, api_key: SECRET.into() },
        Entry::Key { id: Some("bK".into()), address: Some("https://waba.example".into()), api_key: SECRET.into() },
        Entry::Webhook { url: "https://hook.example/x".into() },
        Entry::AccountIntent,
        Entry::Account { account_id: i64::MAX, api_token: SECRET.into() },
        Entry::AccountByLogin { account_id: -1 },
        Entry::Doubt { operation: operation() },
        Entry::KeyReplaced,
        Entry::NoEffect { operation: operation() },
        Entry::Unread { operation: operation(), body: format!("{{\"id\": 1, \"api_token\": \"{SECRET}\"}}\0").into() },
    ];
    let mut steps: Vec<String> = entries.iter().map(|entry| split(entry).expect("it has a step").0).collect();
    steps.dedup();
    // A variant that is new must be added above: `secret_of` makes its author come here.
    assert_eq!(steps.len(), 17, "{steps:?}");
    entries
}

fn text(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("it encodes")
}

fn sealer(keys: &[&Secret]) -> EntrySealer {
    let lines: Vec<&str> = keys.iter().map(|key| key.expose()).collect();
    let keys = SealingKeys::parse(&Secret::new(lines.join("\n"))).expect("keys");
    EntrySealer::new(SERVERS, Some(Arc::new(keys)))
}

fn key(id: &str) -> Secret {
    SealingKeys::generate(id).expect("random numbers")
}

#[tokio::test]
async fn every_entry_survives_a_round_trip_and_shows_no_secret() {
    let unsealed = EntrySealer::new(SERVERS, None);
    for (sealer, seals) in [(sealer(&[&key("a")]), true), (unsealed, false)] {
        for (number, entry) in (1..).zip(entries()) {
            let row = sealer.seal(TENANT, number, &entry).await.expect("sealed");
            let has_secret = matches!(entry, Entry::Key { .. } | Entry::Account { .. } | Entry::Unread { .. });
            assert_eq!((row.sealed.is_some(), row.key_id.is_some()), (has_secret, has_secret && seals));
            assert!(!row.content.to_string().contains(SECRET), "{}", row.content);
            assert!(row.content.get("step").is_none());
            let stored = row.sealed.clone().unwrap_or_default();
            let readable = stored.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
            assert_eq!(readable, has_secret && !seals);
            assert_eq!(text(&sealer.open(TENANT, number, &row).await.expect("opened")), text(&entry));
            assert_eq!(row.without_secret().expect("an entry").is_evidence(), entry.is_evidence());
            // In a file, too.
            let file = serde_json::to_string(&row).expect("it encodes");
            assert!(!file.contains(SECRET), "{file}");
            assert_eq!(serde_json::from_str::<SealedEntry>(&file).expect("it decodes"), row);
        }
    }
}

#[test]
fn entries_that_differ_in_anything_are_not_the_same() {
    let mut entries = entries();
    entries.push(Entry::Key { id: None, address: None, api_key: "other".into() });
    for (at, one) in entries.iter().enumerate() {
        for (other_at, other) in entries.iter().enumerate() {
            assert_eq!(is_same(one, other), at == other_at, "{} {}", text(one), text(other));
        }
    }
}

#[tokio::test]
async fn a_secret_is_opened_at_its_place_only() {
    let sealer = sealer(&[&key("a")]);
    let row = sealer.seal(TENANT, 3, &Entry::Key { id: None, address: None, api_key: SECRET.into() }).await;
    let row = row.expect("sealed");
    let elsewhere = EntrySealer { servers: "there".into(), ..sealer.clone() };
    let other_step = SealedEntry {
        step: "unread".into(),
        content: serde_json::json!({"operation": "create_client", "body": ""}),
        ..row.clone()
    };
    let moved = [
        sealer.open("b@x.example", 3, &row).await,
        sealer.open(TENANT, 4, &row).await,
        sealer.open(TENANT, 3, &other_step).await,
        elsewhere.open(TENANT, 3, &row).await,
    ];
    for opened in moved {
        let error = opened.err().expect("another place").to_string();
        assert!(error.contains("belongs to another entry") && !error.contains(SECRET), "{error}");
    }
    sealer.open(TENANT, 3, &row).await.expect("its place");
}

#[tokio::test]
async fn a_secret_without_its_seal_is_refused_and_sealed_on_demand() {
    let entry = Entry::Account { account_id: 7, api_token: SECRET.into() };
    let (old, new) = (key("old"), key("new"));
    let unsealed = EntrySealer::new(SERVERS, None);
    let plain = unsealed.seal(TENANT, 1, &entry).await.expect("written as it is");
    let (before, after) = (sealer(&[&old]), sealer(&[&new, &old]));
    let error = before.open(TENANT, 1, &plain).await.err().expect("it is not sealed").to_string();
    assert!(
        error.starts_with("entry 1 (account) of the tenant it@aurora.example: its secret is not sealed"),
        "{error}"
    );
    let sealed = before.reseal(TENANT, 1, &plain).await.expect("sealed").expect("it was not");
    assert_eq!(sealed.key_id.as_deref(), Some("old"));
    assert_eq!(before.reseal(TENANT, 1, &sealed).await, Ok(None));
    let again = after.reseal(TENANT, 1, &sealed).await.expect("sealed").expect("with an older key");
    assert_eq!(again.key_id.as_deref(), Some("new"));
    for (sealer, row) in [(&before, &sealed), (&after, &sealed), (&after, &again)] {
        assert_eq!(text(&sealer.open(TENANT, 1, row).await.expect("opened")), text(&entry));
    }
    let error = unsealed.open(TENANT, 1, &sealed).await.err().expect("there are no keys").to_string();
    assert!(error.contains("sealed with the key \"old\"; give the keys"), "{error}");
    assert!(unsealed.reseal(TENANT, 1, &plain).await.is_err());
    let without = after.seal(TENANT, 2, &Entry::ClientAccepted).await.expect("it has none");
    assert_eq!(after.reseal(TENANT, 2, &without).await, Ok(None));
}

#[tokio::test]
async fn a_row_that_is_no_entry_is_told_without_its_content() {
    let sealer = sealer(&[&key("a")]);
    let entry = Entry::Key { id: None, address: None, api_key: SECRET.into() };
    let row = sealer.seal(TENANT, 1, &entry).await.expect("sealed");
    let mut strange = vec![
        SealedEntry { content: serde_json::json!({"address": {"hunter": 2}, "api_key": ""}), ..row.clone() },
        SealedEntry { sealed: None, ..row.clone() },
        SealedEntry { sealed: None, key_id: None, ..row.clone() },
    ];
    for (step, content) in [("hunter", serde_json::json!({})), ("key", serde_json::json!("hunter"))] {
        strange.push(SealedEntry { step: step.into(), content, sealed: None, key_id: None });
    }
    let unsealed = EntrySealer::new(SERVERS, None);
    let plain = unsealed.seal(TENANT, 1, &entry).await.expect("written as it is");
    let misplaced = SealedEntry { step: "client_accepted".into(), content: serde_json::json!({}), ..plain };
    assert!(unsealed.open(TENANT, 1, &misplaced).await.is_err(), "a secret without a place");
    for row in strange {
        let error = sealer.open(TENANT, 1, &row).await.err().expect("no entry").to_string();
        assert!(!error.replace("(hunter)", "").contains("hunter"), "{error}");
    }
}

#[tokio::test]
async fn a_character_that_postgres_lacks_does_not_cost_the_secret() {
    let sealer = sealer(&[&key("a")]);
    let entry = Entry::Key { id: Some("a\0b".into()), address: None, api_key: SECRET.into() };
    let row = sealer.seal(TENANT, 1, &entry).await.expect("sealed");
    assert_eq!(row.content["id"], "a\u{fffd}b");
}
