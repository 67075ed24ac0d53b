//! Body of a request, from `--body`, the flags of its fields and `--set`, in this order: what comes later wins.

use clap::ArgMatches;
use serde_json::{Map, Value};

use super::assignment::Assignment;
use super::json_text::decode;
use super::value::ValueReader;
use super::value_error::ValueError;
use crate::command::{OperationFlags, SharedOptions};
use crate::spec::BodySpec;

/// Makes a JSON body. Returns `None` if nothing of it is given, and the operation needs none.
pub(super) fn json(
    reader: &ValueReader<'_, '_>,
    body: &BodySpec,
    flags: &OperationFlags<'_>,
    matches: &ArgMatches,
    options: &SharedOptions,
) -> Result<Option<Value>, ValueError> {
    let mut root = match &options.body {
        Some(text) => Some(whole(reader, body, text).map_err(|error| error.of_flag("--body"))?),
        None => None,
    };
    for flag in flags.flags.iter().filter(|flag| flag.parameter.is_none()) {
        let texts = flag.values(matches);
        if texts.is_empty() {
            continue;
        }
        let named = format!("--{}", flag.flag);
        let set = reader.parse_all(&flag.field.schema, &texts).map_err(|error| error.of_flag(&named))?;
        match root.get_or_insert_with(|| Map::new().into()) {
            Value::Object(fields) => fields.insert(flag.field.name.clone(), set),
            _ => return Err(ValueError::new("--body is no object, which a field could be set in").of_flag(&named)),
        };
    }
    for text in &options.set {
        let root = root.get_or_insert_with(|| Map::new().into());
        let set = |assignment: Assignment| reader.apply(body.schema, root, &assignment);
        Assignment::parse(text).and_then(set).map_err(|error| error.of_flag("--set"))?;
    }
    // Without any field, a body that the operation needs is an empty object.
    let mut root = root.or_else(|| body.required.then(|| Map::new().into()));
    if let Some(Value::Object(fields)) = &mut root {
        // A list that a request must have although it may be empty.
        for field in body.fields.iter().filter(|field| field.required) {
            if let Some(default) = &field.default {
                fields.entry(&field.name).or_insert_with(|| default.clone());
            }
        }
    }
    Ok(root.or_else(|| body.required.then(|| Map::new().into())))
}

fn whole(reader: &ValueReader<'_, '_>, body: &BodySpec, text: &str) -> Result<Value, ValueError> {
    match reader.input.read(text)? {
        Some(content) => decode(&content.into_text()?),
        None => reader.inline_json(body.schema, text),
    }
}
