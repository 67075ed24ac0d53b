//! Credentials of the partner at both vendors.

use api_sandbox::Sandbox;
use dialog360_api::Secret;

use crate::arguments::Arguments;
use crate::environment::secret;

/// Message if there is no partner.
const NO_PARTNER: &str = "no partner: set D360_PARTNER_ID to the id that ends in PA";

/// Credentials, and the addresses of the servers that they are for.
pub(crate) struct Credentials {
    /// Key of the 360dialog partner.
    pub(crate) key: Secret,
    /// Id of the partner.
    pub(crate) partner: String,
    /// Token of the partner's ZapSign account.
    pub(crate) token: Secret,
    /// E-mail address and password of the owner of the ZapSign accounts.
    pub(crate) owner: Option<(String, Secret)>,
    /// Base URL in place of 360dialog's.
    pub(crate) dialog360_url: Option<String>,
    /// Base URL in place of ZapSign's.
    pub(crate) zapsign_url: Option<String>,
}

impl Credentials {
    /// Returns the credentials in the environment, if there are some.
    ///
    /// # Errors
    ///
    /// A message if one is missing.
    pub(crate) fn in_environment(arguments: &Arguments) -> Result<Option<Self>, String> {
        let (key, token) =
            match (secret("D360_API_KEY"), secret("ZAPSIGN_API_TOKEN")) {
                (Some(key), Some(token)) => (key, token),
                (None, None) => return Ok(None),
                (None, Some(_)) => {
                    return Err("ZAPSIGN_API_TOKEN is set and D360_API_KEY is not: set both, or neither for a sandbox"
                        .to_owned());
                }
                (Some(_), None) => {
                    return Err("D360_API_KEY is set and ZAPSIGN_API_TOKEN is not: set both, or neither for a sandbox"
                        .to_owned());
                }
            };
        Ok(Some(Self {
            key,
            partner: arguments.servers.partner_id.clone().ok_or(NO_PARTNER)?,
            token,
            owner: arguments.run.zapsign_owner.clone().zip(secret("ZAPSIGN_OWNER_PASSWORD")),
            dialog360_url: arguments.servers.dialog360_url.clone(),
            zapsign_url: arguments.servers.zapsign_url.clone(),
        }))
    }

    /// Returns the credentials of a sandbox.
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let own = sandbox.credentials();
        Self {
            key: Secret::new(own.api_key.clone()),
            partner: own.partner_id.clone(),
            token: Secret::new(own.api_token.clone()),
            owner: Some((own.owner.clone(), Secret::new(own.owner_password.clone()))),
            dialog360_url: Some(sandbox.url().to_owned()),
            zapsign_url: Some(sandbox.url().to_owned()),
        }
    }

    /// Describes the servers and the partner, which tell one journal from another.
    pub(crate) fn servers(&self) -> String {
        servers(&self.partner, [&self.dialog360_url, &self.zapsign_url])
    }
}

/// Describes the servers and the partner of the arguments, for an operator who has no credentials of the vendors.
///
/// # Errors
///
/// A message without a partner.
pub(crate) fn servers_of(arguments: &Arguments) -> Result<String, String> {
    let servers_of = &arguments.servers;
    let partner = servers_of.partner_id.as_ref().ok_or(NO_PARTNER)?;
    Ok(servers(partner, [&servers_of.dialog360_url, &servers_of.zapsign_url]))
}

fn servers(partner: &str, urls: [&Option<String>; 2]) -> String {
    let [dialog360, zapsign] = urls.map(|url| url.as_deref().unwrap_or("production"));
    format!("{partner} at 360dialog ({dialog360}) and ZapSign ({zapsign})")
}
