//! Command of an operation, with the flags that its help lists.

use api_bundle::Schemas;
use api_runtime::Operation;
use serde_json::Value;

use super::program::{partner, words};
use super::typed_calls::ApiSpec;

/// Command of an operation.
pub struct OperationCommand<'b> {
    /// Words before the flags: API, group and verb.
    pub words: Vec<String>,
    pub row: &'static Operation,
    /// Operation Object of the bundle.
    pub definition: &'b Value,
    pub schemas: &'b Schemas,
    parameter_flags: Vec<String>,
    body_flags: Vec<String>,
}

impl<'b> OperationCommand<'b> {
    /// Reads the help of an operation's command. The operation's id is an alias of its verb.
    pub async fn read(spec: &'b ApiSpec, row: &'static Operation) -> Self {
        let group = row.tag.to_lowercase().replace([' ', '_'], "-");
        let words = words(&format!("{} {group} {}", spec.cases.name, row.id));
        let help = partner(&[&words[..], &["-h".to_owned()]].concat(), &[]).await.text();
        let (mut parameter_flags, mut body_flags) = (Vec::new(), Vec::new());
        let mut heading = "";
        for line in help.lines() {
            if let Some(heading_of_line) = line.strip_suffix(':').filter(|line| !line.starts_with(' ')) {
                heading = heading_of_line;
            }
            let Some(flag) = line.trim_start().strip_prefix("--").filter(|_| line.starts_with(' ')) else { continue };
            let flag = flag.split([' ', '[', '=']).next().unwrap_or_default().to_owned();
            match heading {
                "Body" => body_flags.push(flag),
                _ if heading.starts_with("Options") || heading.starts_with("Example") => {}
                _ => parameter_flags.push(flag),
            }
        }
        let definition = &spec.bundle["paths"][row.path][row.method.as_str().to_lowercase()];
        Self { words, row, definition, schemas: &spec.schemas, parameter_flags, body_flags }
    }

    /// Returns the flag of a parameter.
    pub fn parameter_flag(&self, name: &str) -> String {
        flag(&self.parameter_flags, name).unwrap_or_else(|| panic!("{}: no flag of parameter {name}", self.row.id))
    }

    /// Returns the flag of a field of the body.
    pub fn body_flag(&self, name: &str) -> String {
        flag(&self.body_flags, name).unwrap_or_else(|| panic!("{}: no flag of field {name}", self.row.id))
    }

    /// Returns the schema of the JSON body.
    pub fn body_schema(&self) -> &'b Value {
        &self.definition["requestBody"]["content"]["application/json"]["schema"]
    }

    /// Returns the parameters in a part of the request.
    pub fn parameters(&self, location: &str) -> impl Iterator<Item = &'b Value> {
        let all = self.definition["parameters"].as_array().into_iter().flatten();
        all.filter(move |parameter| parameter["in"] == location)
    }
}

/// Returns the flag of a name: itself in lower case with dashes, that of one item of a list, or one of these with the noun of
/// the group in front, where an option of every operation has the name.
fn flag(flags: &[String], name: &str) -> Option<String> {
    let name = name.to_lowercase().replace('_', "-");
    let singular = match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => name.trim_end_matches('s').to_owned(),
    };
    let is = |flag: &&String| **flag == name || **flag == singular;
    let ends = |flag: &&String| [&name, &singular].iter().any(|name| flag.ends_with(&format!("-{name}")));
    let found = flags.iter().find(is).or_else(|| flags.iter().find(ends));
    found.map(|flag| format!("--{flag}"))
}
