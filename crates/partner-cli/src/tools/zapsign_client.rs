//! Client of ZapSign for the tools that work on its documents.

use std::io::Write;
use std::time::Duration;

use clap::{Arg, ArgMatches};
use zapsign_api::types::DocumentToken;

use crate::command::SharedOptions;
use crate::credentials::Account;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::hidden_texts::HiddenTexts;
use crate::invocation::Invocation;
use crate::request::Input;
use crate::send::{ApiClient, credential_texts};
use crate::spec::Api;

/// Options that choose the account.
const OPTIONS: [&str; 5] = ["url", "environment", "profile", "token-stdin", "verbose"];

/// Returns the arguments that choose the document and the account.
pub(super) fn arguments() -> Vec<Arg> {
    let token = Arg::new("doc-token").value_name("DOC_TOKEN").required(true).help("Token of the document");
    std::iter::once(token).chain(SharedOptions::chosen(&OPTIONS)).collect()
}

/// Returns the token of the document.
pub(super) fn document_token(matches: &ArgMatches) -> Result<DocumentToken, Failure> {
    let text = matches.get_one::<String>("doc-token").map_or("", String::as_str);
    DocumentToken::new(text).map_err(|error| Failure::usage(format!("DOC_TOKEN: {error}")))
}

/// Returns the standard error if `--verbose` wants a log of the calls.
pub(super) fn log<'w>(matches: &ArgMatches, stderr: &'w mut dyn Write) -> Option<&'w mut dyn Write> {
    SharedOptions::from_matches(matches).verbose.then_some(stderr)
}

/// Creates the client of the account that the options name. Returns it with the texts that must not be shown.
pub(super) fn create(
    matches: &ArgMatches,
    invocation: &mut Invocation<'_>,
) -> Result<(zapsign_api::Client, HiddenTexts), Failure> {
    let none = || Failure::new(ExitCode::Failed, "there is no client of ZapSign");
    let options = SharedOptions::from_matches(matches);
    let input = Input::of(invocation);
    let account = Account::find(Api::find("zapsign").ok_or_else(none)?, &options, invocation.variables, &input)?;
    let hidden = credential_texts(&account);
    match ApiClient::new(account, options.timeout.map(Duration::from_secs))? {
        ApiClient::ZapSign(client) => Ok((client, hidden)),
        ApiClient::Dialog360(_) => Err(none()),
    }
}
