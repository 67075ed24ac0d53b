use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zapsign_api::Secret;

use crate::entry::Entry;
use crate::seal::{Seal, SealContext, SealError, Sealed};

/// Step of no entry, for the context of a text that is none.
const CHECK_STEP: &str = "sealing_check";

/// Entry as it is in a row: its secret is apart from its content, and sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SealedEntry {
    /// Name of the entry's variant.
    pub(super) step: String,
    /// Fields of the entry; that of its secret is empty.
    pub(super) content: Value,
    /// Secret of the entry, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "base64_text")]
    pub(super) sealed: Option<Vec<u8>>,
    /// Id of the key that the secret is sealed with; `None` if there is no secret, or it is not sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key_id: Option<String>,
}

impl SealedEntry {
    /// Returns the entry with an empty secret, which shows what it claims and whether it is evidence.
    ///
    /// # Errors
    ///
    /// The reason why the row is not of an entry.
    pub(super) fn without_secret(&self) -> Result<Entry, String> {
        let mut fields = self.content.clone();
        let object = fields.as_object_mut().ok_or("its content is not an object")?;
        object.insert("step".to_owned(), Value::String(self.step.clone()));
        // The text of serde_json's error may show a value.
        serde_json::from_value(fields)
            .map_err(|_| "its content is of a newer version of this program, or was changed".to_owned())
    }
}

/// Sealing of the entries of a journal.
#[derive(Clone)]
pub(super) struct EntrySealer {
    /// Servers and partner of the journal.
    servers: Arc<str>,
    /// `None` if secrets are written as they are.
    seal: Option<Arc<dyn Seal>>,
}

impl EntrySealer {
    /// Creates the sealing of a journal about these servers; without `seal`, secrets are written as they are.
    pub(super) fn new(servers: &str, seal: Option<Arc<dyn Seal>>) -> Self {
        Self { servers: servers.into(), seal }
    }

    /// Returns the servers and partner of the journal.
    pub(super) fn servers(&self) -> &str {
        &self.servers
    }

    /// Checks that this journal seals.
    ///
    /// # Errors
    ///
    /// If secrets are written as they are.
    pub(super) fn check_seals(&self) -> Result<(), SealError> {
        self.current().map(|_| ())
    }

    fn current(&self) -> Result<&Arc<dyn Seal>, SealError> {
        self.seal.as_ref().ok_or_else(|| SealError::new("there is no key to seal with; give the keys"))
    }

    /// Separates the secret of a tenant's entry from its content, and seals it.
    ///
    /// # Errors
    ///
    /// The error of the seal.
    pub(super) async fn seal(&self, tenant: &str, number: i64, entry: &Entry) -> Result<SealedEntry, SealError> {
        let (step, content, secret) = split(entry)?;
        let mut row = SealedEntry { step, content, sealed: None, key_id: None };
        if let Some(secret) = secret {
            self.seal_secret(tenant, number, &mut row, &secret).await?;
        }
        Ok(row)
    }

    /// Opens the secret of a tenant's entry, and puts it together with its content.
    ///
    /// # Errors
    ///
    /// The error of the seal; and an error if the secret is not sealed although this journal seals, so that nobody can put
    /// another one in the place of a sealed one, or if the row is not of an entry.
    pub(super) async fn open(&self, tenant: &str, number: i64, row: &SealedEntry) -> Result<Entry, SealError> {
        if self.seal.is_some() && row.sealed.is_some() && row.key_id.is_none() {
            return Err(in_entry(tenant, number, row, "its secret is not sealed; seal what is there with `reseal`"));
        }
        let secret = self.open_secret(tenant, number, row).await?;
        join(row, secret).map_err(|fault| in_entry(tenant, number, row, &fault))
    }

    /// Seals the secret of a row with the current key. Returns `None` if nothing is to be changed: the row has no secret, or
    /// it is sealed with that key already.
    ///
    /// # Errors
    ///
    /// The error of the seal, and an error if this journal does not seal.
    pub(super) async fn reseal(
        &self,
        tenant: &str,
        number: i64,
        row: &SealedEntry,
    ) -> Result<Option<SealedEntry>, SealError> {
        let seal = self.current()?;
        let Some(bytes) = &row.sealed else { return Ok(None) };
        let sealed = row.key_id.clone().map(|key_id| Sealed { key_id, bytes: bytes.clone() });
        if sealed.is_some_and(|sealed| seal.is_current(&sealed)) {
            return Ok(None);
        }
        let Some(secret) = self.open_secret(tenant, number, row).await? else { return Ok(None) };
        let mut row = row.clone();
        self.seal_secret(tenant, number, &mut row, &secret).await?;
        Ok(Some(row))
    }

    /// Seals the text by which processes find out that they have the same keys.
    ///
    /// # Errors
    ///
    /// The error of the seal, and an error if this journal does not seal.
    pub(super) async fn seal_check(&self) -> Result<Sealed, SealError> {
        self.current()?.seal(&Secret::new(CHECK_STEP), &self.check_context()).await
    }

    /// Opens that text.
    ///
    /// # Errors
    ///
    /// As [`EntrySealer::seal_check`].
    pub(super) async fn open_check(&self, check: &Sealed) -> Result<(), SealError> {
        self.current()?.open(check, &self.check_context()).await.map(drop)
    }

    /// Seals that text with the current key; `None` if it is sealed with it already.
    ///
    /// # Errors
    ///
    /// As [`EntrySealer::seal_check`].
    pub(super) async fn reseal_check(&self, check: &Sealed) -> Result<Option<Sealed>, SealError> {
        if self.current()?.is_current(check) {
            return Ok(None);
        }
        self.open_check(check).await?;
        self.seal_check().await.map(Some)
    }

    fn check_context(&self) -> Vec<u8> {
        // No tenant has an empty identity.
        SealContext { servers: &self.servers, tenant: "", number: 0, step: CHECK_STEP }.to_bytes()
    }

    async fn seal_secret(
        &self,
        tenant: &str,
        number: i64,
        row: &mut SealedEntry,
        secret: &Secret,
    ) -> Result<(), SealError> {
        let Some(seal) = &self.seal else {
            row.sealed = Some(secret.expose().as_bytes().to_vec());
            row.key_id = None;
            return Ok(());
        };
        let context = self.context(tenant, number, row);
        let sealed = seal.seal(secret, &context).await;
        let Sealed { key_id, bytes } = sealed.map_err(|error| error.context(&description(tenant, number, row)))?;
        row.sealed = Some(bytes);
        row.key_id = Some(key_id);
        Ok(())
    }

    async fn open_secret(&self, tenant: &str, number: i64, row: &SealedEntry) -> Result<Option<Secret>, SealError> {
        let in_entry = |fault: &str| in_entry(tenant, number, row, fault);
        match (&row.sealed, &row.key_id) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(in_entry("its sealed secret is missing")),
            (Some(bytes), None) => {
                let text = std::str::from_utf8(bytes).map_err(|_| in_entry("its secret is not a text"))?;
                Ok(Some(Secret::new(text)))
            }
            (Some(bytes), Some(key_id)) => {
                let missing = || in_entry(&format!("its secret is sealed with the key {key_id:?}; give the keys"));
                let seal = self.seal.as_ref().ok_or_else(missing)?;
                let sealed = Sealed { key_id: key_id.clone(), bytes: bytes.clone() };
                let secret = seal.open(&sealed, &self.context(tenant, number, row)).await;
                secret.map(Some).map_err(|error| error.context(&description(tenant, number, row)))
            }
        }
    }

    fn context(&self, tenant: &str, number: i64, row: &SealedEntry) -> Vec<u8> {
        SealContext { servers: &self.servers, tenant, number, step: &row.step }.to_bytes()
    }
}

fn in_entry(tenant: &str, number: i64, row: &SealedEntry, fault: &str) -> SealError {
    SealError::new(fault).context(&description(tenant, number, row))
}

/// Names the entry, but shows nothing of it.
fn description(tenant: &str, number: i64, row: &SealedEntry) -> String {
    format!("entry {number} ({}) of the tenant {tenant}", row.step)
}

/// Returns step, content and secret of an entry.
fn split(entry: &Entry) -> Result<(String, Value, Option<Secret>), SealError> {
    let mut entry = entry.clone();
    // Taken out before the entry becomes JSON, so that no other part of the memory has it.
    let secret = secret_of(&mut entry).map(|secret| std::mem::replace(secret, Secret::new("")));
    let mut content = serde_json::to_value(&entry).map_err(|error| SealError::new(error.to_string()))?;
    let step = content.as_object_mut().and_then(|fields| fields.remove("step"));
    let Some(Value::String(step)) = step else { return Err(SealError::new("the entry has no step")) };
    replace_nul(&mut content);
    Ok((step, content, secret))
}

fn join(row: &SealedEntry, secret: Option<Secret>) -> Result<Entry, String> {
    let mut entry = row.without_secret()?;
    match (secret_of(&mut entry), secret) {
        (None, None) => {}
        (Some(place), Some(secret)) => *place = secret,
        (Some(_), None) => return Err("its secret is missing".to_owned()),
        (None, Some(_)) => return Err("it has a secret that it has no place for".to_owned()),
    }
    Ok(entry)
}

/// Returns `true` if two entries are written as the same row.
pub(super) fn is_same(one: &Entry, other: &Entry) -> bool {
    matches!((split(one), split(other)), (Ok(one), Ok(other)) if one == other)
}

/// Returns the secret of an entry. A new variant or field must be decided on here: there is no `..` in any pattern.
fn secret_of(entry: &mut Entry) -> Option<&mut Secret> {
    match entry {
        Entry::Key { id: _, address: _, api_key } => Some(api_key),
        Entry::Account { account_id: _, api_token } => Some(api_token),
        Entry::Unread { operation: _, body } => Some(body),
        Entry::Tenant { phone_number_id: _, name: _ }
        | Entry::ClientIntent { email: _ }
        | Entry::ClientAccepted
        | Entry::Client { client_id: _ }
        | Entry::NumberIntent
        | Entry::NumberAccepted
        | Entry::Number { channel_id: _, created: _ }
        | Entry::KeyIntent { before: _ }
        | Entry::Webhook { url: _ }
        | Entry::AccountIntent
        | Entry::AccountByLogin { account_id: _ }
        | Entry::Doubt { operation: _ }
        | Entry::KeyReplaced
        | Entry::NoEffect { operation: _ } => None,
    }
}

/// Replaces the character NUL, which `jsonb` can't hold, by U+FFFD: a vendor's odd text must not cost the secret beside it.
fn replace_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(replace_nul),
        Value::Object(fields) => fields.values_mut().for_each(replace_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Bytes as a text of base64, in files.
mod base64_text {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    #[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
    pub(super) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(|bytes| BASE64_STANDARD.encode(bytes)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let decode = |text| BASE64_STANDARD.decode(text).map_err(|_| de::Error::custom("not base64"));
        text.map(decode).transpose()
    }
}

#[cfg(test)]
#[path = "sealed_entry_tests.rs"]
mod tests;
