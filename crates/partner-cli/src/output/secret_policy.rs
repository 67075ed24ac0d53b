//! Policy for the secrets of answers: masked, printed, or written to a file.

use std::borrow::Cow;
use std::path::Path;

use api_bundle::MASK;
use serde_json::{Value, json};

use super::secrets_file::SecretsFile;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::hidden_texts::HiddenTexts;
use crate::spec::{OperationSpec, SecretAnswer};

/// Policy for the secrets in answers of an operation.
pub(super) struct SecretPolicy<'p> {
    operation: &'p OperationSpec,
    reveals: bool,
    /// Secrets of the request, which the server may send back.
    hidden: &'p HiddenTexts,
    file: Option<SecretsFile>,
}

/// Result of the policy for one answer.
#[derive(Default)]
pub(super) struct Treatment {
    /// Number of secrets.
    pub(super) found: usize,
    /// Places of secrets that are not masked and are nowhere else, if they can't be had again.
    pub(super) irreplaceable: Vec<String>,
    /// Failure to write the file, to be reported after the answer is printed.
    pub(super) failure: Option<Failure>,
}

impl<'p> SecretPolicy<'p> {
    /// Creates the policy, and the file if there is to be one.
    pub(super) fn new(
        operation: &'p OperationSpec,
        reveals: bool,
        hidden: &'p HiddenTexts,
        file: Option<&Path>,
    ) -> Result<Self, Failure> {
        Ok(Self { operation, reveals, hidden, file: file.map(SecretsFile::create).transpose()? })
    }

    /// Writes the secrets of a value to the file, and masks them unless they are to be printed. `skipped` is the number of items
    /// before the value, if it is a part of a list. A secret that can't be had again and that the file does not take is left as it
    /// is.
    pub(super) fn treat(&mut self, schema: &Value, value: &mut Value, skipped: usize) -> Treatment {
        let schemas = self.operation.api.schemas();
        let mut secrets = Vec::new();
        schemas.visit_secrets(schema, value, &mut |pointer, secret| {
            secrets.push((place(pointer, skipped), secret.clone()));
        });
        let mut treatment = self.save(&secrets);
        treatment.found = secrets.len();
        let is_kept = self.reveals || !treatment.irreplaceable.is_empty();
        if !is_kept {
            schemas.visit_secrets(schema, value, &mut |_, secret| *secret = MASK.into());
            self.hidden.hide_within(value);
        }
        treatment
    }

    /// Treats a body that is no JSON, and of which nobody knows where a secret is. Returns the body if it may be printed.
    pub(super) fn treat_text<'b>(&mut self, body: &'b [u8]) -> (Option<Cow<'b, [u8]>>, Treatment) {
        if self.operation.secret_answer().is_none() {
            let shown = if self.reveals { body.into() } else { self.hidden.without(body) };
            return (Some(shown), Treatment::default());
        }
        let treatment = self.save(&[(String::new(), String::from_utf8_lossy(body).into())]);
        let is_kept = self.reveals || !treatment.irreplaceable.is_empty();
        (is_kept.then_some(body.into()), treatment)
    }

    /// Returns `true` if secrets go to a file.
    pub(super) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Returns the file, if it has got secrets.
    pub(super) fn written_to(&self) -> Option<&Path> {
        self.file.as_ref().filter(|file| file.has_any()).map(SecretsFile::path)
    }

    /// Returns the failure of an answer without the secret that it must hold.
    pub(super) fn lack(&self, treatment: &Treatment) -> Option<Failure> {
        (self.is_once() && treatment.found == 0).then(|| {
            Failure::new(
                ExitCode::NotUnderstood,
                "the answer does not hold the secret that the spec promises, although the call took effect",
            )
        })
    }

    fn is_once(&self) -> bool {
        self.operation.secret_answer() == Some(SecretAnswer::Once)
    }

    /// Writes secrets to the file, if there is one.
    fn save(&mut self, secrets: &[(String, Value)]) -> Treatment {
        let is_once = self.is_once();
        let irreplaceable = || secrets.iter().filter(|_| is_once).map(|(pointer, _)| pointer.clone()).collect();
        if secrets.is_empty() {
            return Treatment::default();
        }
        let Some(file) = &mut self.file else {
            let irreplaceable = if self.reveals { irreplaceable() } else { Vec::new() };
            return Treatment { irreplaceable, ..Treatment::default() };
        };
        match file.write(self.operation.row.id, secrets) {
            Ok(()) => Treatment::default(),
            Err(error) => {
                let remedy = if is_once { "the answer is printed with its secrets" } else { "get them again" };
                let path = file.path().display().to_string();
                let message = format!("--secrets-file: {path} can't be written: {error}; {remedy}");
                let failure = Failure::new(ExitCode::Failed, message);
                Treatment { irreplaceable: irreplaceable(), failure: Some(failure), ..Treatment::default() }
            }
        }
    }
}

/// Returns the place in the whole list of a place in one page.
fn place(pointer: &str, skipped: usize) -> String {
    let shifted = || {
        let (index, rest) = pointer
            .strip_prefix('/')?
            .split_once('/')
            .map_or((pointer.get(1..)?, None), |(index, rest)| (index, Some(rest)));
        let index = index.parse::<usize>().ok()? + skipped;
        Some(rest.map_or_else(|| format!("/{index}"), |rest| format!("/{index}/{rest}")))
    };
    if skipped == 0 { pointer.to_owned() } else { shifted().unwrap_or_else(|| pointer.to_owned()) }
}

/// Returns the schema that says nothing.
pub(super) fn any_schema() -> Value {
    json!({})
}
