//! Body of a request, from `--body`, the flags of its fields and `--set`, in this order: what comes later wins.

use api_bundle::Schemas;
use clap::ArgMatches;
use serde_json::{Map, Value};

use super::input::Input;
use super::value_error::ValueError;
use super::{assignment, value};
use crate::command::{OperationFlags, SharedOptions};
use crate::spec::BodySpec;

/// Makes a JSON body. Returns `None` if nothing of it is given.
pub(super) fn json(
    schemas: &Schemas,
    body: &BodySpec,
    flags: &OperationFlags<'_>,
    matches: &ArgMatches,
    options: &SharedOptions,
    input: &Input<'_>,
) -> Result<Option<Value>, ValueError> {
    let mut root = match &options.body {
        Some(text) => {
            let read = || match input.read(text)? {
                Some(content) => value::decode(&content.into_text()?),
                None => value::inline_json(schemas, body.schema, text),
            };
            Some(read().map_err(|error| error.of_flag("--body"))?)
        }
        None => None,
    };
    for flag in flags.flags.iter().filter(|flag| flag.parameter.is_none()) {
        let texts = flag.values(matches);
        if texts.is_empty() {
            continue;
        }
        let named = format!("--{}", flag.flag);
        let set = value::parse_all(schemas, &flag.field.schema, &texts, input);
        let set = set.map_err(|error| error.of_flag(&named))?;
        match root.get_or_insert_with(|| Map::new().into()) {
            Value::Object(fields) => fields.insert(flag.field.name.clone(), set),
            _ => return Err(ValueError::new("--body is no object, which a field could be set in").of_flag(&named)),
        };
    }
    for assignment in &options.set {
        let root = root.get_or_insert_with(|| Map::new().into());
        assignment::apply(schemas, body.schema, root, assignment, input).map_err(|error| error.of_flag("--set"))?;
    }
    Ok(root.or_else(|| body.required.then(|| Map::new().into())))
}
