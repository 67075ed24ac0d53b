//! Section of a profile: what it has for one API.

use std::collections::BTreeMap;
use std::fmt;

use api_runtime::Secret;

use super::credential::AccountCredential;
use super::environment;
use super::profile_keys::{credentials, keys};
use crate::spec::Api;

/// Credential, address and partner that a profile has for one API.
#[derive(Clone)]
pub(crate) struct ProfileSection {
    /// Name of the profile.
    pub(crate) profile: String,
    pub(crate) api: &'static Api,
    /// Values by key; all of them as texts.
    pub(super) values: BTreeMap<&'static str, String>,
}

impl ProfileSection {
    /// Returns the value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Returns the credential; `None` if there is none.
    pub(crate) fn credential(&self) -> Option<AccountCredential> {
        let secret = |key: &str| self.get(key).map(Secret::from);
        if let Some(key) = secret("api_key").or_else(|| secret("api_token")) {
            return Some(AccountCredential::Key(key));
        }
        if let Some(token) = secret("bearer_token") {
            return Some(AccountCredential::Bearer(token));
        }
        let organization = self.get("organization_id").map(str::to_owned);
        let (name, password) = (self.get("login_name")?.to_owned(), secret("password")?);
        Some(AccountCredential::Login { organization, name, password })
    }

    /// Returns the key that a fault is at, with the fault: keys that exclude each other, or need each other.
    pub(super) fn fault(&self) -> Option<(&'static str, String)> {
        let has = |key: &&str| self.values.contains_key(key);
        let begun: Vec<_> = credentials(self.api).iter().filter(|all| all.iter().any(&has)).collect();
        if let [first, second, ..] = begun[..] {
            let key = second.iter().copied().find(has)?;
            return Some((key, format!("is a second credential beside {}; keep one", first.join(", "))));
        }
        if let Some(missing) = begun.first().and_then(|all| all.iter().find(|key| !has(key))) {
            let key = begun[0].iter().copied().find(has)?;
            return Some((key, format!("needs {missing} beside it")));
        }
        if has(&"url") && has(&"environment") {
            return Some(("environment", "says where to send to, as url does; keep one".to_owned()));
        }
        let environment = self.get("environment")?;
        environment::find_environment(self.api, environment).err().map(|fault| ("environment", fault))
    }
}

/// The names of the keys, and no value.
impl fmt::Debug for ProfileSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = keys(self.api).iter().map(|key| key.name).filter(|name| self.get(name).is_some()).collect();
        f.debug_struct("ProfileSection").field("profile", &self.profile).field("keys", &names).finish_non_exhaustive()
    }
}
