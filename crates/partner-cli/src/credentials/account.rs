//! Account that calls are made with.

use std::fmt;

use api_runtime::Secret;

use super::credential::{self, AccountCredential};
use super::destination::Destination;
use super::profile_section::ProfileSection;
use super::profiles::{Profiles, profile_path};
use super::source::Source;
use crate::command::SharedOptions;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::request::Input;
use crate::spec::Api;

/// Account of an API, with what its client needs.
pub(crate) struct Account {
    pub(crate) api: &'static Api,
    pub(crate) credential: Option<AccountCredential>,
    /// Place that the credential comes from; `None` without one.
    pub(crate) credential_source: Option<Source>,
    pub(crate) destination: Destination,
    /// Partner of 360dialog.
    pub(crate) partner_id: Option<String>,
    /// Profile that was looked into.
    profile: Option<String>,
    /// `true` if `--profile` names it, so that its own items go before the variables.
    is_profile_named: bool,
}

/// The summary, which has no value.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("api", &self.api.name).field("summary", &self.summary()).finish_non_exhaustive()
    }
}

impl Account {
    /// Finds the account that the options, the environment and the profile name, in this order for each item. A profile that is
    /// named by an option goes before the environment, which has the credential of another account perhaps.
    pub(crate) fn find(
        api: &'static Api,
        options: &SharedOptions,
        variables: &dyn Fn(&str) -> Option<String>,
        input: &Input<'_>,
    ) -> Result<Self, Failure> {
        let (profile, section) = selected_profile(api, options, variables)?;
        let is_profile_named = options.profile.is_some();
        // A profile without a credential of its own may have the rest, and leave that to a variable.
        let reads_variables =
            !is_profile_named || section.as_ref().is_some_and(|section| section.credential().is_none());
        let given = given_credential(api, options, variables, input, reads_variables)?;
        let (credential, credential_source) = match given {
            Some((credential, source)) => (Some(credential), Some(source)),
            None => {
                let credential = section.as_ref().and_then(ProfileSection::credential);
                let source = credential.as_ref().zip(profile.as_ref()).map(|(_, name)| Source::Profile(name.clone()));
                (credential, source)
            }
        };
        let destination = Destination::choose(api, options, variables, section.as_ref())?;
        if let (Some(Source::Profile(_)), Some(section)) = (&credential_source, &section) {
            destination.check(section)?;
        }
        let of_profile = || section.as_ref().and_then(|section| section.get("partner_id")).map(str::to_owned);
        let of_variable = || variables("D360_PARTNER_ID").filter(|id| !id.is_empty());
        let partner_id = match api.name {
            "dialog360" if is_profile_named => of_profile().or_else(of_variable),
            "dialog360" => of_variable().or_else(of_profile),
            _ => None,
        };
        Ok(Self { api, credential, credential_source, destination, partner_id, profile, is_profile_named })
    }

    /// Returns the account for a request that carries no credential: one without is taken, too.
    pub(crate) fn without_need(mut self) -> Self {
        self.credential.get_or_insert(AccountCredential::Absent);
        self
    }

    /// Returns `true` if an access token is sent, and no key.
    pub(crate) fn is_bearer(&self) -> bool {
        matches!(self.credential, Some(AccountCredential::Bearer(_) | AccountCredential::Login { .. }))
    }

    /// Returns the account with another destination.
    pub(crate) fn sent_to(&self, destination: Destination) -> Self {
        Self {
            credential: self.credential.clone(),
            credential_source: self.credential_source.clone(),
            partner_id: self.partner_id.clone(),
            profile: self.profile.clone(),
            destination,
            ..*self
        }
    }

    /// Returns the failure of a call that needs a credential.
    pub(crate) fn missing_credential(&self) -> Failure {
        let Self { api, profile, .. } = self;
        let name = profile.as_deref().unwrap_or("NAME");
        let looked = profile.as_ref().map(|name| format!(", and profile {name:?} has none")).unwrap_or_default();
        // A variable would not be looked at without anything in the profile.
        let variables = if self.is_profile_named {
            String::new()
        } else {
            format!("set {}, ", credential::variables(api).join(" or "))
        };
        Failure::new(
            ExitCode::Credential,
            format!(
                "there is no credential for the {}{looked}: {variables}give it on the standard input with --token-stdin, or \
                 store it with `partner profile set {name} {}`",
                api.title, api.name
            ),
        )
    }

    /// Returns what is told of the account with `--verbose`: no value but the host and the names of things.
    pub(crate) fn summary(&self) -> String {
        let Destination { environment, source, .. } = &self.destination;
        let credential = match (&self.credential, &self.credential_source) {
            (Some(credential), Some(source)) => format!("{} of {source}", credential.kind()),
            _ => "none".to_owned(),
        };
        let environment = environment.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        format!("credential: {credential}; address: {}{environment} of {source}", self.destination.shown())
    }
}

/// Returns the name of the profile that is named or else the default, and what it has for the API.
fn selected_profile(
    api: &Api,
    options: &SharedOptions,
    variables: &dyn Fn(&str) -> Option<String>,
) -> Result<(Option<String>, Option<ProfileSection>), Failure> {
    let named = options.profile.clone().or_else(|| variables("PARTNER_PROFILE").filter(|name| !name.is_empty()));
    let Some(path) = profile_path(variables) else {
        return match named {
            None => Ok((None, None)),
            Some(_) => Err(Failure::usage("there is no file of profiles: set PARTNER_CONFIG to its path")),
        };
    };
    let profiles = Profiles::load(&path)?;
    let Some(name) = named.or_else(|| profiles.default.clone()) else { return Ok((None, None)) };
    if !profiles.names().contains(&name.as_str()) {
        return Err(profiles.unknown(&name));
    }
    let section = profiles.section(&name, api).cloned();
    Ok((Some(name), section))
}

/// Returns the credential of the standard input, or else of the environment, if that is to be read.
fn given_credential(
    api: &Api,
    options: &SharedOptions,
    variables: &dyn Fn(&str) -> Option<String>,
    input: &Input<'_>,
    reads_variables: bool,
) -> Result<Option<(AccountCredential, Source)>, Failure> {
    if options.token_stdin {
        return Ok(Some((AccountCredential::Key(read_secret(input)?), Source::Option("token-stdin"))));
    }
    if !reads_variables {
        return Ok(None);
    }
    let kinds = std::iter::once(AccountCredential::Key as fn(Secret) -> _)
        .chain(std::iter::repeat(AccountCredential::Bearer as _));
    for (name, kind) in credential::variables(api).into_iter().zip(kinds) {
        // One that is empty is refused, and not left out: the account of a profile would be taken in its place.
        if let Some(value) = variables(&name) {
            return Ok(Some((kind(Secret::new(value)), Source::Variable(name))));
        }
    }
    Ok(None)
}

/// Reads a secret from the standard input: one line, whose end does not count.
pub(crate) fn read_secret(input: &Input<'_>) -> Result<Secret, Failure> {
    let fault = |fault: &str| Failure::new(ExitCode::Credential, format!("--token-stdin: the standard input {fault}"));
    let text = String::from_utf8(input.read_standard()?).map_err(|_| fault("is no text"))?;
    match text.trim() {
        "" => Err(fault("is empty; give it the credential")),
        secret => Ok(Secret::new(secret)),
    }
}
