//! Assignments: `path=value`, whose value is read as the field's type says, and `path:=JSON`.

use api_bundle::Schemas;
use serde_json::Value;

use super::input::Input;
use super::path_expression::{self, Step};
use super::value;
use super::value_error::ValueError;

/// Applies an assignment to a value with a schema.
pub(super) fn apply(
    schemas: &Schemas,
    schema: &Value,
    root: &mut Value,
    assignment: &str,
    input: &Input<'_>,
) -> Result<(), ValueError> {
    let (path, text) = assignment
        .split_once('=')
        .ok_or_else(|| ValueError::new(format!("{assignment:?} has no value; write it as `path=value`")))?;
    let (path, is_json) = path.strip_suffix(':').map_or((path, false), |path| (path, true));
    let steps = path_expression::parse(path)?;
    let member = member(schemas, schema, &steps);
    let new =
        if is_json { value::inline_json(schemas, &member, text) } else { value::parse(schemas, &member, text, input) };
    path_expression::set(root, &steps, new.map_err(|error| error.in_field(path))?)
}

/// Returns the schema of what a path leads to; one that says nothing if there is none, which the check of the body tells.
fn member(schemas: &Schemas, schema: &Value, steps: &[Step]) -> Value {
    let found = steps.iter().try_fold(schema.clone(), |schema, step| schemas.member(&schema, &step.token()));
    found.unwrap_or_else(|| Value::Object(serde_json::Map::new()))
}
