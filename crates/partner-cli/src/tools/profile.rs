//! `partner profile`: the file of credentials.

use std::collections::BTreeMap;

use api_bundle::MASK;
use api_runtime::Secret;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};
use url::Url;

use super::report;
use crate::credentials::{
    AccountCredential, ProfileSection, Profiles, find_environment, is_this_machine, keys, profile_path, read_secret,
};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::request::Input;
use crate::spec::Api;

const LONG_ABOUT: &str = "Keep credentials in a file of profiles.

The file is named by PARTNER_CONFIG; without it, it is partner/profiles.toml in the folder of configurations \
(XDG_CONFIG_HOME, or .config in the home folder; APPDATA on Windows). It is made so that only you may read it, and refused if \
others can read it (on Windows, its rights are not checked). A profile has a section for each API:

    default = \"acme\"

    [profiles.acme.zapsign]
    api_token = \"...\"
    environment = \"sandbox\"

    [profiles.acme.dialog360]
    api_key = \"...\"
    partner_id = \"acmePA\"

A command takes each item from its options, or else the profile that --profile names, or else the environment, or else the \
profile that PARTNER_PROFILE or `default` names. A credential of a profile is sent to the vendor, to this machine, and to the url of the profile; never to \
another --url or PARTNER_URL.";

/// Returns the command.
pub(super) fn command() -> Command {
    let name = || Arg::new("name").value_name("NAME").required(true).help("Name of the profile");
    let sub = |name: &'static str, about: &'static str| Command::new(name).about(about);
    Command::new("profile")
        .about("Keep credentials in a file that only you may read")
        .long_about(LONG_ABOUT)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(sub("list", "List the profiles").args(report::arguments()))
        .subcommand(sub("show", "Show a profile, without secrets").arg(name()).args(report::arguments()))
        .subcommand(set_command(name()))
        .subcommand(sub("remove", "Remove a profile").arg(name()))
        .subcommand(sub("default", "Make a profile the one that is taken if none is named").arg(name()))
        .subcommand(sub("path", "Print the path of the file"))
}

fn set_command(name: Arg) -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switch =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("set")
        .about("Make a profile, or change it; the secret is asked for, or read with --token-stdin")
        .arg(name)
        .arg(
            Arg::new("api")
                .value_name("API")
                .required(true)
                .value_parser(PossibleValuesParser::new(Api::all().iter().map(|api| api.name)))
                .help("API of the credential"),
        )
        .args([
            switch("token-stdin", "Read the key, the token or the password from the standard input"),
            switch("bearer", "The secret is an access token of 360dialog, and no API key"),
            text("login-name", "NAME", "Name of a login, whose password is the secret"),
            text("organization-id", "ID", "Organization of a login of ZapSign"),
            text("partner-id", "ID", "Partner of 360dialog, which calls without --partner-id take"),
            text("environment", "NAME", "Environment of the vendor, such as `sandbox`"),
            text("url", "URL", "Base URL in the place of the vendor's"),
        ])
}

/// Runs the command.
pub(super) fn run(matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let path = profile_path(invocation.variables).ok_or_else(|| {
        Failure::usage("there is no folder for the file of profiles: set PARTNER_CONFIG to its path, or HOME")
    })?;
    let Some((verb, matches)) = matches.subcommand() else { return Ok(()) };
    if verb == "path" {
        return Ok(writeln!(invocation.stdout, "{}", path.display())?);
    }
    let mut profiles = Profiles::load(&path)?;
    let name = matches.try_get_one::<String>("name").ok().flatten().map(String::as_str).unwrap_or_default();
    match verb {
        "list" => report::print(&list(&profiles), matches, invocation),
        "show" => report::print(&show(&profiles, name)?, matches, invocation),
        "set" => set(&mut profiles, name, matches, invocation),
        "remove" => profiles.remove(name),
        _ => profiles.set_default(name),
    }
}

fn list(profiles: &Profiles) -> Value {
    let row = |section: &ProfileSection| {
        json!({
            "profile": section.profile,
            "api": section.api.name,
            "credential": section.credential().map_or("none", |credential| credential.kind()),
            "default": profiles.default.as_deref() == Some(&*section.profile),
        })
    };
    profiles.sections.iter().map(row).collect()
}

fn show(profiles: &Profiles, name: &str) -> Result<Value, Failure> {
    if !profiles.names().contains(&name) {
        return Err(profiles.unknown(name));
    }
    let mut rows = Vec::new();
    for section in profiles.sections.iter().filter(|section| section.profile == name) {
        for key in keys(section.api) {
            if let Some(value) = section.get(key.name) {
                let is_hidden = key.is_secret || key.name == "url" && has_more_than_an_address(value);
                let value = if is_hidden { MASK } else { value };
                rows.push(json!({"api": section.api.name, "key": key.name, "value": value}));
            }
        }
    }
    Ok(rows.into())
}

fn set(
    profiles: &mut Profiles,
    name: &str,
    matches: &ArgMatches,
    invocation: &mut Invocation<'_>,
) -> Result<(), Failure> {
    check_name(name)?;
    let api =
        matches.get_one::<String>("api").and_then(|name| Api::find(name)).ok_or_else(|| Failure::usage("no API"))?;
    let mut values = given_values(api, matches)?;
    let key = secret_key(api, matches);
    let has_credential = profiles.section(name, api).is_some_and(|section| section.credential().is_some());
    // A name of a login is of no use without its password.
    let is_needed =
        !has_credential || values.is_empty() || values.contains_key("login_name") || matches.get_flag("bearer");
    if is_needed || matches.get_flag("token-stdin") {
        let secret = secret(api, key, matches, invocation)?;
        values.insert(key, secret.expose().to_owned());
    }
    let is_first = profiles.sections.is_empty();
    profiles.set(name, api, &values)?;
    if is_first { profiles.set_default(name) } else { Ok(()) }
}

/// Returns the values that options give, by key.
fn given_values(api: &'static Api, matches: &ArgMatches) -> Result<BTreeMap<&'static str, String>, Failure> {
    let mut values = BTreeMap::new();
    for (option, key) in [
        ("login-name", "login_name"),
        ("organization-id", "organization_id"),
        ("partner-id", "partner_id"),
        ("environment", "environment"),
        ("url", "url"),
    ] {
        let Some(value) = matches.get_one::<String>(option) else { continue };
        if keys(api).iter().all(|known| known.name != key) {
            return Err(Failure::usage(format!("--{option} is nothing that a credential of the {} has", api.title)));
        }
        values.insert(key, value.clone());
    }
    if let Some(name) = values.get("environment") {
        find_environment(api, name).map_err(|fault| Failure::usage(format!("--environment {fault}")))?;
    }
    if values.contains_key("environment") && values.contains_key("url") {
        return Err(Failure::usage("--environment and --url both say where to send to; give one of them"));
    }
    if values.get("url").is_some_and(|url| !url.starts_with("https://") && !is_this_machine(url)) {
        return Err(Failure::usage("--url must begin with https://, unless it is of this machine"));
    }
    if values.get("url").is_some_and(|url| has_more_than_an_address(url)) {
        let fault =
            "--url takes no user, password, query or fragment: the credential is asked for, and sent in a header";
        return Err(Failure::usage(fault));
    }
    let is_login = values.contains_key("login_name");
    if api.name == "zapsign" && is_login != values.contains_key("organization_id") {
        return Err(Failure::usage("a login of ZapSign needs both --login-name and --organization-id"));
    }
    if matches.get_flag("bearer") && (is_login || api.name != "dialog360") {
        return Err(Failure::usage("--bearer is for an access token of 360dialog, which is no login and no key"));
    }
    Ok(values)
}

/// Returns `true` for a URL with a user, a password or a query, any of which may be a secret, and for what is no URL.
fn has_more_than_an_address(url: &str) -> bool {
    let is_address = |url: Url| {
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none()
    };
    !Url::parse(url).is_ok_and(is_address)
}

/// Returns the key that the secret belongs to.
fn secret_key(api: &Api, matches: &ArgMatches) -> &'static str {
    match api.name {
        _ if matches.contains_id("login-name") => "password",
        "dialog360" if matches.get_flag("bearer") => "bearer_token",
        "dialog360" => "api_key",
        _ => "api_token",
    }
}

/// Reads the secret from the standard input, or asks for it on the terminal, which does not show it.
fn secret(api: &Api, key: &str, matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<Secret, Failure> {
    let secret = if matches.get_flag("token-stdin") {
        read_secret(&Input::of(invocation))?
    } else if invocation.is_interactive {
        let asked = rpassword::prompt_password(format!("{key} of the {} (not shown): ", api.title));
        Secret::new(asked.map_err(|error| Failure::usage(format!("{key} can't be asked for: {error}")))?.trim())
    } else {
        return Err(Failure::usage(format!("{key} is missing: give it on the standard input with --token-stdin")));
    };
    let refused = |fault: String| Failure::new(ExitCode::Credential, format!("{key}: {fault}"));
    if secret.expose().is_empty() {
        return Err(refused("it is empty".to_owned()));
    }
    let fault = if key == "password" { None } else { AccountCredential::Key(secret.clone()).fault() };
    fault.map_or(Ok(secret), |fault| Err(refused(fault)))
}

/// Checks that a name can be a key of TOML without quotes, and can't be taken for an option.
fn check_name(name: &str) -> Result<(), Failure> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) && !name.starts_with('-') {
        true => Ok(()),
        false => Err(Failure::usage("a profile's name has up to 64 letters, digits, `-` and `_`")),
    }
}
