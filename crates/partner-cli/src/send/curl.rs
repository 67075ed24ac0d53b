//! Command line of `curl` for a request: `--curl`.

use api_runtime::client_api::RequestPreview;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::request_secrets;
use crate::command::{shell_quoted, single_quoted};
use crate::request::{DraftBody, FormFile, FormValue, RequestDraft};
use crate::spec::OperationSpec;

/// Largest body that is an argument, in bytes. Linux takes 128 KiB; a larger one is written into a pipe by the shell itself.
const MAX_ARGUMENT: usize = 64 << 10;

/// Returns a command for a POSIX shell that sends the request. Credential and secrets are variables of the shell, without which
/// it does not run the command.
pub(super) fn command(
    request: &RequestPreview,
    operation: &OperationSpec,
    draft: &RequestDraft,
    is_bearer: bool,
) -> String {
    let mut command = Curl { words: vec!["curl".to_owned()], variables: Vec::new(), input: None };
    if request.method.as_str() != "GET" {
        command.option("-X", request.method.as_str());
    }
    // Without these, curl takes brackets for a list of URLs, and dots for folders.
    if request.url.contains(['[', ']', '{', '}']) {
        command.words.push("--globoff".to_owned());
    }
    if request.url.contains("/.") {
        command.words.push("--path-as-is".to_owned());
    }
    command.words.push(shell_quoted(&request.url));
    if let Some(header) = request_secrets::credential_header(operation, is_bearer) {
        command.words.push(format!("-H \"{}: {}${}\"", header.name, header.prefix, header.variable));
    }
    let is_form = matches!(draft.body, Some(DraftBody::Form(_)));
    for (name, value) in request.headers.iter().filter(|(name, _)| !(is_form && *name == CONTENT_TYPE)) {
        let value = String::from_utf8_lossy(value.as_bytes());
        // A header without a value is one that curl leaves out, unless a semicolon is in the place of the colon.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        command.option("-H", &header);
    }
    match &draft.body {
        Some(DraftBody::Json(body)) => command.json(operation, body),
        Some(DraftBody::Form(fields)) => fields.iter().for_each(|(name, value)| command.field(operation, name, value)),
        None => {}
    }
    command.finish()
}

/// Command in the making.
struct Curl {
    words: Vec<String>,
    /// Variables of secrets, each with the place of the secret.
    variables: Vec<(String, String)>,
    /// Word that is written to the standard input of curl.
    input: Option<String>,
}

impl Curl {
    fn option(&mut self, option: &str, value: &str) {
        self.words.push(format!("{option} {}", shell_quoted(value)));
    }

    fn json(&mut self, operation: &OperationSpec, body: &Value) {
        let mut body = body.clone();
        // A text that the body itself does not have stands for the secrets until the rest is quoted.
        let mut mark = "secret".to_owned();
        let text = body.to_string();
        while text.contains(&mark) {
            mark.push('_');
        }
        let mut secrets = Vec::new();
        request_secrets::visit(operation, &mut body, &mut |pointer, secret| {
            let is_text = secret.is_string();
            *secret = format!("{mark}{}{mark}", secrets.len()).into();
            secrets.push((pointer.to_owned(), is_text));
        });
        let body = body.to_string();
        let mut word = String::new();
        let mut rest = body.as_str();
        // Secrets are visited in the order in which they are written.
        for (number, (pointer, is_text)) in secrets.iter().enumerate() {
            let marked = format!("\"{mark}{number}{mark}\"");
            let Some((before, after)) = rest.split_once(&marked) else { continue };
            let variable = self.variable(pointer);
            if *is_text {
                word.push_str(&single_quoted(&format!("{before}\"")));
                word.push_str(&format!("\"$(printf %s \"${variable}\" | sed 's/[\\\\\"]/\\\\&/g')\""));
                rest = after;
                word.push_str("'\"'");
            } else {
                word.push_str(&single_quoted(before));
                word.push_str(&format!("\"${variable}\""));
                rest = after;
            }
        }
        word.push_str(&single_quoted(rest));
        if word.len() > MAX_ARGUMENT {
            self.words.push("--data-binary @-".to_owned());
            self.input = Some(word);
        } else {
            self.words.push(format!("--data-raw {word}"));
        }
    }

    fn field(&mut self, operation: &OperationSpec, name: &str, value: &FormValue) {
        match value {
            FormValue::Text(_) if request_secrets::is_form_secret(operation, name) => {
                let variable = self.variable(name);
                self.words.push(format!("--form-string {}\"${variable}\"", single_quoted(&format!("{name}="))));
            }
            // Of a text for `-F`, curl would read a file if it begins with `@`.
            FormValue::Text(text) => self.option("--form-string", &format!("{name}={text}")),
            FormValue::File(FormFile { part, source }) => {
                let path = source.strip_prefix('@').unwrap_or(source);
                let path = if path == "-" { path.to_owned() } else { form_text(path) };
                self.option(
                    "-F",
                    &format!("{name}=@{path};filename={};type={}", form_text(part.name()), part.content_type()),
                );
            }
        }
    }

    /// Returns the variable of the secret at a place.
    fn variable(&mut self, place: &str) -> String {
        let name: String =
            place.trim_start_matches('/').chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
        // With a beginning of its own, it is none that the shell uses, such as `PATH`.
        let mut variable = format!("SECRET_{}", name.to_uppercase());
        while self.variables.iter().any(|(known, _)| *known == variable) {
            variable.push('_');
        }
        self.variables.push((variable.clone(), place.to_owned()));
        variable
    }

    fn finish(self) -> String {
        let set = |(variable, place): &(String, String)| {
            format!(": \"${{{variable}:?{}}}\" && ", format_args!("set it to the secret of the field {}", plain(place)))
        };
        let checks: String = self.variables.iter().map(set).collect();
        let input = self.input.map(|word| format!("printf %s {word} | ")).unwrap_or_default();
        format!("{checks}{input}{}", self.words.join(" "))
    }
}

/// Returns a text for the parser of `-F`.
fn form_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// Returns the letters of a text that mean nothing to a shell.
fn plain(text: &str) -> String {
    text.chars().filter(|it| it.is_ascii_alphanumeric() || "/_-.".contains(*it)).collect()
}
