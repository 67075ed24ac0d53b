//! Account that calls are made with.

use api_runtime::Secret;

use crate::command::SharedOptions;
use crate::failure::Failure;
use crate::request::Input;
use crate::spec::Api;

/// Account of an API, with what its client needs.
pub(crate) struct Account {
    pub(crate) api: &'static Api,
    pub(crate) credential: Option<AccountCredential>,
    /// Base URL; `None` for the vendor's production.
    pub(crate) url: Option<String>,
    /// Partner of 360dialog.
    pub(crate) partner_id: Option<String>,
}

/// Credential of an account.
pub(crate) enum AccountCredential {
    /// API key of 360dialog, or API token of ZapSign.
    Key(Secret),
    /// Access token.
    Bearer(Secret),
}

impl Account {
    /// Finds the account that the options, the environment and the profile name, in this order.
    pub(crate) fn find(
        api: &'static Api,
        options: &SharedOptions,
        variables: &dyn Fn(&str) -> Option<String>,
        _input: &Input<'_>,
    ) -> Result<Self, Failure> {
        let variable = |name: &str| variables(name).filter(|value| !value.is_empty());
        let (key, partner_id) = match api.name {
            "dialog360" => (variable("D360_API_KEY"), variable("D360_PARTNER_ID")),
            _ => (variable("ZAPSIGN_API_TOKEN"), None),
        };
        let url = options.url.clone().or_else(|| variable("PARTNER_URL"));
        Ok(Self { api, credential: key.map(|key| AccountCredential::Key(Secret::from(key))), url, partner_id })
    }
}
