//! Arguments that express a request: flags alone.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::operation_command::OperationCommand;
use super::sent_request::{SentBody, SentRequest};

/// Writer of arguments. Secrets and files are written to a folder, and named.
pub struct Arguments<'a> {
    command: &'a OperationCommand<'a>,
    folder: PathBuf,
    files: usize,
    list: Vec<String>,
}

impl<'a> Arguments<'a> {
    /// Returns the arguments of the path, the query and the headers of a request.
    pub fn of_parameters(command: &'a OperationCommand<'a>, request: &SentRequest, folder: PathBuf) -> Self {
        let mut arguments = Self { command, folder, files: 0, list: command.words.clone() };
        for (name, value) in request.path_parameters(command.row.path) {
            arguments.push(command.parameter_flag(&name), value);
        }
        for parameter in command.parameters("query") {
            let name = parameter["name"].as_str().expect("a name");
            for (_, value) in request.query.iter().filter(|(own, _)| own == name) {
                // A list with commas is given item by item.
                let is_joined = parameter["explode"] == false;
                let values = if is_joined { value.split(',').collect() } else { vec![value.as_str()] };
                values.into_iter().for_each(|value| arguments.parameter(parameter, value));
            }
        }
        for parameter in command.parameters("header") {
            let name = parameter["name"].as_str().expect("a name");
            let value = request.headers.get(&name.to_lowercase());
            value.into_iter().for_each(|value| arguments.parameter(parameter, value));
        }
        arguments
    }

    /// Adds the body as the flags of its fields.
    #[must_use]
    pub fn with_fields(mut self, body: &SentBody) -> Self {
        match body {
            SentBody::Empty => {}
            SentBody::Json(Value::Object(fields)) => {
                for (name, value) in fields {
                    let schema = self.command.schemas.member(self.command.body_schema(), name).expect("a property");
                    self.field(name, &schema, value);
                }
            }
            SentBody::Json(other) => panic!("{}: no object: {other}", self.command.row.id),
            SentBody::Form(parts) => {
                for part in parts {
                    let flag = self.command.body_flag(&part.name);
                    let value = match &part.file_name {
                        Some(name) => self.file(name, part.content.as_bytes()),
                        None => part.content.clone(),
                    };
                    self.push(flag, value);
                }
            }
        }
        self
    }

    /// Adds a JSON body as a file.
    #[must_use]
    pub fn with_body(mut self, body: &Value) -> Self {
        let value = self.file("body.json", body.to_string().as_bytes());
        self.push("--body", value);
        self
    }

    /// Returns the arguments.
    pub fn into_list(self) -> Vec<String> {
        self.list
    }

    fn push(&mut self, flag: impl Into<String>, value: impl Into<String>) {
        self.list.extend([flag.into(), value.into()]);
    }

    fn parameter(&mut self, parameter: &Value, value: &str) {
        let flag = self.command.parameter_flag(parameter["name"].as_str().expect("a name"));
        match self.command.schemas.resolve(&parameter["schema"])["type"].as_str() {
            // A flag of a switch takes its value with an equals sign alone.
            Some("boolean") => self.list.push(format!("{flag}={value}")),
            _ => self.push(flag, value),
        }
    }

    /// Writes a file to a folder of its own, and returns its name as the value of a flag.
    fn file(&mut self, name: &str, content: &[u8]) -> String {
        self.files += 1;
        let folder = self.folder.join(self.files.to_string());
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(name);
        fs::write(&path, content).expect("it is written");
        format!("@{}", path.display())
    }

    /// Adds a field of the body, in the way that a person would write it.
    fn field(&mut self, name: &str, schema: &Value, value: &Value) {
        let flag = self.command.body_flag(name);
        match value {
            Value::Array(items) if !items.is_empty() => {
                let item_schema = self.command.schemas.member(schema, "0").expect("items");
                for (index, item) in items.iter().enumerate() {
                    match self.text(&item_schema, item).or_else(|| self.pairs(&item_schema, item)) {
                        Some(text) => self.push(flag.clone(), text),
                        // Flags come before assignments, so all items of the list are set.
                        None => return self.items(name, &item_schema, &items[index..], index),
                    }
                }
            }
            _ => match self.text(schema, value).or_else(|| self.pairs(schema, value)) {
                Some(text) if value.is_boolean() => self.list.push(format!("{flag}={text}")),
                Some(text) => self.push(flag, text),
                None => self.set(name, schema, value),
            },
        }
    }

    fn items(&mut self, name: &str, schema: &Value, items: &[Value], first: usize) {
        items
            .iter()
            .enumerate()
            .for_each(|(index, item)| self.set(&format!("{name}[{}]", first + index), schema, item));
    }

    /// Returns a value that is no object as the text of a flag; `None` for one that needs JSON.
    fn text(&mut self, schema: &Value, value: &Value) -> Option<String> {
        match value {
            Value::String(text) if self.command.schemas.is_secret(schema) => {
                Some(self.file("secret.txt", text.as_bytes()))
            }
            Value::String(text) if schema["format"] == "byte" => {
                let content = STANDARD.decode(text).expect("base64");
                Some(self.file("file.bin", &content))
            }
            // Where a schema takes texts and numbers, a text of digits needs its quotes.
            Value::String(text) if self.is_text(schema) || serde_json::from_str::<Value>(text).is_err() => {
                Some(text.clone())
            }
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            Value::Array(items) if items.is_empty() => Some("[]".to_owned()),
            Value::Object(fields) if fields.is_empty() => Some("{}".to_owned()),
            _ => None,
        }
    }

    fn is_text(&self, schema: &Value) -> bool {
        self.command.schemas.resolve(schema)["type"] == "string"
    }

    /// Returns an object as pairs of names and values; `None` if one of them needs JSON.
    fn pairs(&mut self, schema: &Value, value: &Value) -> Option<String> {
        let fields = value.as_object()?;
        if fields.values().any(|value| value.is_null() || value.is_array() || value.is_object()) {
            return None;
        }
        let mut pairs = Vec::new();
        for (name, value) in fields {
            let schema = self.command.schemas.member(schema, name).expect("a property");
            let text = self.text(&schema, value)?;
            let needs_quotes = text.contains(',') || text.starts_with('"');
            let text = if needs_quotes { Value::from(text).to_string() } else { text };
            pairs.push(format!("{}={text}", path_name(name)));
        }
        Some(pairs.join(","))
    }

    /// Sets a value by its path, and within objects each of theirs.
    fn set(&mut self, path: &str, schema: &Value, value: &Value) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    let schema = self.command.schemas.member(schema, name).expect("a property");
                    self.set(&format!("{path}.{}", path_name(name)), &schema, value);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let schema = self.command.schemas.member(schema, "0").expect("items");
                self.items(path, &schema, items, 0);
            }
            _ => {
                let assignment = match self.text(schema, value).filter(|_| !value.is_null()) {
                    Some(text) if value.is_string() || value.is_number() || value.is_boolean() => {
                        format!("{path}={text}")
                    }
                    _ => format!("{path}:={value}"),
                };
                self.push("--set", assignment);
            }
        }
    }
}

/// Returns a name as a step of a path.
fn path_name(name: &str) -> String {
    if name.contains(['.', '[', ']', '=', ',']) { format!("[\"{name}\"]") } else { name.to_owned() }
}
