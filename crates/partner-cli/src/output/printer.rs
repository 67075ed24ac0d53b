//! Printer of the answers of one operation.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::Value;

use super::answer::Answer;
use super::file_answer;
use super::query::Query;
use super::secret_policy::{SecretPolicy, Treatment, any_schema};
use super::style::OutputStyle;
use super::text;
use crate::command::{OutputFormat, SharedOptions};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::hidden_texts::HiddenTexts;
use crate::printable::printable;
use crate::spec::OperationSpec;

/// Printer of the answers of one operation.
pub(crate) struct Printer<'p> {
    operation: &'p OperationSpec,
    style: OutputStyle,
    query: Query,
    secrets: SecretPolicy<'p>,
    stdout: &'p mut dyn Write,
    /// Rows of a table, which is printed when all of them are there.
    rows: Vec<Value>,
    /// Number of items of the list so far.
    items: usize,
    /// `true` if nothing was printed since a list has no items.
    is_empty: bool,
    /// Failure to write secrets of a page.
    failure: Option<Failure>,
}

impl<'p> Printer<'p> {
    /// Creates the printer. It opens the file of the secrets, so that nothing is sent if that can't be done. `hidden` are the
    /// secrets of the request.
    pub(crate) fn new(
        operation: &'p OperationSpec,
        options: &SharedOptions,
        style: OutputStyle,
        hidden: &'p HiddenTexts,
        stdout: &'p mut dyn Write,
    ) -> Result<Self, Failure> {
        Ok(Self {
            operation,
            style,
            query: Query::parse(&options.query)?,
            secrets: SecretPolicy::new(operation, options.reveal_secrets, hidden, options.secrets_file.as_deref())?,
            stdout,
            rows: Vec::new(),
            items: 0,
            is_empty: false,
            failure: None,
        })
    }

    /// Prints an answer: JSON, a text, or a file. An empty one prints nothing.
    pub(crate) fn answer(&mut self, answer: &Answer) -> Result<(), Failure> {
        if answer.body.trim_ascii().is_empty() {
            return self.secrets.lack(&Treatment::default()).map_or(Ok(()), Err);
        }
        let Some(mut value) = answer.json() else { return self.other(answer) };
        let any = any_schema();
        let schema = self.operation.response_schema(answer.status).unwrap_or(&any);
        let treatment = self.secrets.treat(schema, &mut value, 0);
        self.value(&value, &treatment)?;
        match self.secrets.lack(&treatment).or(treatment.failure) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// Prints the items of one page of a list. [`end`](Self::end) comes after the last page, and after a failure, too, if a page
    /// came before it. Pointers of the query are those of an item.
    pub(crate) fn items(&mut self, items: Vec<Value>, status: u16) -> Result<(), Failure> {
        let schema = self.list_schema(status);
        let mut list = Value::Array(items);
        let treatment = self.secrets.treat(&schema, &mut list, self.items);
        self.failure = self.failure.take().or(treatment.failure);
        let mut page = String::new();
        for item in list.as_array_mut().into_iter().flatten() {
            let part = self.query.select_of_item(item.take());
            match self.style.format {
                OutputFormat::Table => self.rows.push(part),
                OutputFormat::Jsonl => page.push_str(&text::json_line(&part)),
                OutputFormat::Json => {
                    page.push_str(if self.items == 0 { "[\n  " } else { ",\n  " });
                    page.push_str(&text::json(&part).replace('\n', "\n  "));
                }
            }
            self.items += 1;
        }
        Ok(self.write(&page)?)
    }

    /// Ends the output of a list.
    pub(crate) fn end(&mut self) -> Result<(), Failure> {
        let rest = match (self.style.format, self.items) {
            (OutputFormat::Table, _) => text::of_value(&Value::Array(std::mem::take(&mut self.rows)), self.style),
            (OutputFormat::Json, 0) => "[]\n".to_owned(),
            (OutputFormat::Json, _) => "\n]\n".to_owned(),
            (OutputFormat::Jsonl, _) => String::new(),
        };
        self.is_empty = self.items == 0;
        self.write(&rest)?;
        self.query.end()?;
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Prints the part of a value that is asked for.
    fn value(&mut self, value: &Value, treatment: &Treatment) -> Result<(), Failure> {
        let is_irreplaceable = !treatment.irreplaceable.is_empty();
        // What can't be had again goes to the standard error, if not to the standard output.
        let keep = |failure: Failure| match is_irreplaceable || !self.operation.row.method.is_safe() {
            true => failure.with_answer(value.clone()),
            false => failure,
        };
        let part = self.query.select(value).map_err(keep)?;
        let list = match (&self.operation.pagination, self.style.format) {
            (Some(pagination), OutputFormat::Table | OutputFormat::Jsonl) if self.query.is_empty() => {
                part.pointer(pagination.items).filter(|list| list.is_array())
            }
            _ => None,
        };
        self.is_empty = list.unwrap_or(&part).as_array().is_some_and(Vec::is_empty);
        let style = OutputStyle { cuts: self.style.cuts && !is_irreplaceable, ..self.style };
        let is_shown = treatment.irreplaceable.iter().any(|place| self.query.covers(place));
        match text::print(list.unwrap_or(&part), style, self.stdout) {
            Err(error) if is_irreplaceable => {
                let message =
                    format!("the output can't be written: {error}; the answer, with the secret, is in this report");
                Err(Failure::new(ExitCode::Failed, message).with_answer(value.clone()))
            }
            Ok(()) if is_irreplaceable && !is_shown => {
                let message = "--query leaves out the secret, which can't be had again; the answer is in this report";
                Err(Failure::new(ExitCode::Failed, message).with_answer(value.clone()))
            }
            written => Ok(written?),
        }
    }

    /// Returns what a person is told besides the data, a line for each thing. `is_followed` is `true` if the list has further pages.
    pub(crate) fn notes(&self, is_followed: bool) -> String {
        let mut notes = String::new();
        if self.style.format != OutputFormat::Table {
            return notes;
        }
        if self.is_empty {
            notes.push_str("there are no items\n");
        }
        if is_followed && self.query.is_empty() {
            notes.push_str("there are more items; --all gets every page\n");
        }
        if let Some(path) = self.secrets.written_to() {
            notes.push_str(&format!("secrets were written to {}\n", path.display()));
        }
        printable(&notes, true)
    }

    /// Prints an answer that is no JSON.
    fn other(&mut self, answer: &Answer) -> Result<(), Failure> {
        let is_terminal = self.style.terminal_width.is_some();
        if file_answer::is_expected(self.operation, answer) && self.operation.secret_answer().is_none() {
            if !self.query.is_empty() {
                return Err(Failure::new(ExitCode::Failed, "--query: the answer is no JSON; leave the option out"));
            }
            let (body, _) = self.secrets.treat_text(&answer.body);
            let body = body.map(Cow::into_owned).unwrap_or_default().into();
            let answer = Answer { body, media_type: answer.media_type.clone(), ..*answer };
            return file_answer::print(self.operation, &answer, is_terminal, self.stdout);
        }
        let (body, treatment) = self.secrets.treat_text(&answer.body);
        let withheld = if body.is_some() { "" } else { "; it is not shown, as it may hold a secret" };
        let saved = match (&treatment.failure, &body) {
            (Some(failure), _) => format!("; {failure}"),
            (None, None) if self.secrets.has_file() => " and was written to the file of secrets".to_owned(),
            _ => String::new(),
        };
        let message = format!("the answer is a success, but not the JSON that the spec promises{withheld}{saved}");
        let failure = Failure::new(ExitCode::NotUnderstood, message)
            .with("operation", self.operation.row.id)
            .with("status", answer.status)
            .with("media_type", answer.media_type.clone());
        if let Some(body) = body {
            let written = file_answer::print_unexpected(&body, is_terminal, self.stdout);
            if written.is_err() && !treatment.irreplaceable.is_empty() {
                return Err(failure.with_answer(String::from_utf8_lossy(&body)));
            }
        }
        Err(failure)
    }

    /// Returns the schema of the list of items.
    fn list_schema(&self, status: u16) -> Value {
        let schemas = self.operation.api.schemas();
        let schema = self.operation.response_schema(status).cloned();
        let names = self.operation.pagination.iter().flat_map(|pagination| pagination.items.split('/').skip(1));
        schema
            .and_then(|schema| names.into_iter().try_fold(schema, |schema, name| schemas.member(&schema, name)))
            .unwrap_or_else(any_schema)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        self.stdout.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::command::find_operation;
    use crate::spec::Api;

    /// Prints two pages of documents.
    fn pages(format: OutputFormat, query: &[&str], pages: &[Value]) -> (String, Result<(), Failure>) {
        let api = Api::find("zapsign").expect("an API");
        let operation = OperationSpec::read(api, find_operation(api, "documents", "list").expect("an operation"));
        let options = SharedOptions {
            query: query.iter().map(|pointer| (*pointer).to_owned()).collect(),
            ..SharedOptions::default()
        };
        let style = OutputStyle { format, terminal_width: None, cuts: true };
        let (hidden, mut stdout) = (HiddenTexts::default(), Vec::new());
        let mut printer = Printer::new(&operation, &options, style, &hidden, &mut stdout).expect("a printer");
        for page in pages {
            printer.items(page.as_array().expect("a list").clone(), 200).expect("it is printed");
        }
        let end = printer.end();
        (String::from_utf8(stdout).expect("text"), end)
    }

    #[test]
    fn pages_are_one_list() {
        let parts =
            [json!([{"token": "a", "name": "A"}]), json!([]), json!([{"token": "b"}, {"token": "c", "name": "C"}])];
        for (format, query, expected) in [
            (OutputFormat::Jsonl, &["/token"][..], "\"a\"\n\"b\"\n\"c\"\n"),
            (OutputFormat::Json, &["/token"], "[\n  \"a\",\n  \"b\",\n  \"c\"\n]\n"),
            (OutputFormat::Table, &["/token"], "a\nb\nc\n"),
            (OutputFormat::Table, &["/name", "/token"], "/name  /token\nA      a\n       b\nC      c\n"),
            (OutputFormat::Table, &[], "token  name\na      A\nb\nc      C\n"),
            (
                OutputFormat::Jsonl,
                &[],
                "{\"token\":\"a\",\"name\":\"A\"}\n{\"token\":\"b\"}\n{\"token\":\"c\",\"name\":\"C\"}\n",
            ),
        ] {
            let (text, end) = pages(format, query, &parts);
            assert!(end.is_ok() && text == expected, "{format:?} {query:?}:\n{text}");
        }
        let (text, _) = pages(OutputFormat::Json, &[], &parts);
        let list: Value = serde_json::from_str(&text).expect("it is one list");
        assert_eq!(list, json!([{"token": "a", "name": "A"}, {"token": "b"}, {"token": "c", "name": "C"}]));
        assert_eq!(text, format!("{list:#}\n"));
    }

    #[test]
    fn no_item_is_an_empty_list() {
        for (format, expected) in [(OutputFormat::Json, "[]\n"), (OutputFormat::Jsonl, ""), (OutputFormat::Table, "")] {
            let (text, end) = pages(format, &["/token"], &[json!([])]);
            assert!(end.is_ok() && text == expected, "{format:?}: {text}");
        }
    }

    #[test]
    fn a_query_that_no_item_answers_is_an_error_in_the_end() {
        let (text, end) = pages(OutputFormat::Jsonl, &["/nme"], &[json!([{"name": "A"}])]);
        let failure = end.expect_err("it leads nowhere");
        assert!(text == "null\n" && failure.to_string().contains("an object with name"), "{failure}");
    }

    #[test]
    fn secrets_of_items_are_masked_and_written_with_their_place_in_the_whole_list() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secrets.json");
        let api = Api::find("zapsign").expect("an API");
        let operation = OperationSpec::read(api, find_operation(api, "documents", "list").expect("an operation"));
        let options = SharedOptions { secrets_file: Some(path.clone()), ..SharedOptions::default() };
        let style = OutputStyle { format: OutputFormat::Jsonl, terminal_width: None, cuts: true };
        let (hidden, mut stdout) = (HiddenTexts::default(), Vec::new());
        let mut printer = Printer::new(&operation, &options, style, &hidden, &mut stdout).expect("a printer");
        for secret in ["s1", "s2"] {
            // A field that the schema does not know.
            printer
                .items(vec![json!({"name": "A"}), json!({"new": {"password": secret}})], 200)
                .expect("it is printed");
        }
        printer.end().expect("it ends");
        drop(printer);
        let page = "{\"name\":\"A\"}\n{\"new\":{\"password\":\"***\"}}\n";
        assert_eq!(String::from_utf8(stdout).expect("text"), page.repeat(2));
        let written = std::fs::read_to_string(path).expect("it is written");
        let pointers: Vec<&str> = written.split('"').filter(|part| part.starts_with('/')).collect();
        assert_eq!(pointers, ["/1/new/password", "/3/new/password"]);
    }
}
