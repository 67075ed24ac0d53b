//! Keys of a profile's section.

use crate::spec::Api;

/// Key of a profile's section.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ProfileKey {
    pub(crate) name: &'static str,
    pub(crate) is_secret: bool,
}

const fn shown(name: &'static str) -> ProfileKey {
    ProfileKey { name, is_secret: false }
}

const fn secret(name: &'static str) -> ProfileKey {
    ProfileKey { name, is_secret: true }
}

const DIALOG360: [ProfileKey; 7] = [
    secret("api_key"),
    secret("bearer_token"),
    shown("login_name"),
    secret("password"),
    shown("partner_id"),
    shown("environment"),
    shown("url"),
];

const ZAPSIGN: [ProfileKey; 6] = [
    secret("api_token"),
    shown("organization_id"),
    shown("login_name"),
    secret("password"),
    shown("environment"),
    shown("url"),
];

/// Returns the keys of an API's sections.
pub(crate) fn keys(api: &Api) -> &'static [ProfileKey] {
    match api.name {
        "dialog360" => &DIALOG360,
        _ => &ZAPSIGN,
    }
}

/// Returns the keys that together are one credential, for each kind of credential.
pub(super) fn credentials(api: &Api) -> &'static [&'static [&'static str]] {
    match api.name {
        "dialog360" => &[&["api_key"], &["bearer_token"], &["login_name", "password"]],
        _ => &[&["api_token"], &["organization_id", "login_name", "password"]],
    }
}
