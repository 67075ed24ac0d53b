//! Fields that assignments set, each read as its schema says.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::assignment::{AssignedValue, Assignment};
use super::path_expression::{self, Step};
use super::similar_name::most_similar;
use super::value::ValueReader;
use super::value_error::ValueError;
use crate::spec::FieldKind;

impl ValueReader<'_, '_> {
    /// Applies an assignment to a value with a schema.
    pub(super) fn apply(&self, schema: &Value, root: &mut Value, assignment: &Assignment) -> Result<(), ValueError> {
        let steps = match self.is_dotted_name(schema, &assignment.path) {
            true => vec![Step::Name(assignment.path.clone())],
            false => path_expression::parse(&assignment.path)?,
        };
        let (member, is_known) = match member(self, schema, &steps) {
            Ok(member) => (member, true),
            Err(error) if self.is_checked => return Err(error),
            Err(_) => (Value::Object(Map::new()), false),
        };
        let value = match &assignment.value {
            AssignedValue::Text(text) | AssignedValue::QuotedText(text) if is_secret(self, schema, &steps) => {
                self.secret(text)
            }
            AssignedValue::Json(Value::Null) => Ok(Value::Null),
            AssignedValue::Json(_) if is_secret(self, schema, &steps) => self.secret(""),
            AssignedValue::QuotedText(text) if FieldKind::of(self.schemas, &member) == FieldKind::Any => {
                Ok(text.as_str().into())
            }
            AssignedValue::Text(text) | AssignedValue::QuotedText(text) => self.parse(&member, text),
            AssignedValue::Json(value) => self.without_secrets(&member, value.clone()),
        };
        // A path that the spec does not have may be anything, a secret too, so it is not shown.
        let value = value.map_err(|error| if is_known { error.in_field(&assignment.path) } else { error })?;
        path_expression::set(root, &steps, value)
    }

    /// Returns `true` for the name of a field of an object whose fields have names with dots, as those of a filter do.
    fn is_dotted_name(&self, schema: &Value, path: &str) -> bool {
        let names = self.schemas.property_names(schema);
        let first = path.split(['.', '[']).next().unwrap_or_default();
        names.contains(path) || !names.contains(first) && names.iter().any(|name| name.contains('.'))
    }
}

/// Returns the schema of what a path leads to. The error names the similar field, and not the one that was written.
fn member(reader: &ValueReader<'_, '_>, schema: &Value, steps: &[Step]) -> Result<Value, ValueError> {
    let mut schema = schema.clone();
    let mut known = String::new();
    for step in steps {
        let Some(member) = reader.schemas.member(&schema, &step.token()) else {
            let place = if known.is_empty() { String::new() } else { format!("{known}: ") };
            let names = reader.schemas.property_names(&schema);
            let remedy = match step {
                Step::Name(name) => match most_similar(name, names.iter().map(String::as_str)) {
                    Some(similar) => format!("did you mean `{similar}`?"),
                    None => "--skeleton shows the fields, and --no-check sends another".to_owned(),
                },
                Step::Index(_) | Step::Append => "it is no list".to_owned(),
            };
            return Err(ValueError::new(format!("{place}the spec has no such field; {remedy}")));
        };
        let _ = match step {
            Step::Name(name) if known.is_empty() => write!(known, "{name}"),
            Step::Name(name) => write!(known, ".{name}"),
            Step::Index(index) => write!(known, "[{index}]"),
            Step::Append => write!(known, "[]"),
        };
        schema = member;
    }
    Ok(schema)
}

/// Returns `true` if a path leads to a secret, or into one, or has the name of one that the spec does not know.
fn is_secret(reader: &ValueReader<'_, '_>, schema: &Value, steps: &[Step]) -> bool {
    let mut value = steps.iter().rev().fold(json!(0), |inner, step| match step {
        Step::Name(name) => json!({name.as_str(): inner}),
        Step::Index(_) | Step::Append => json!([inner]),
    });
    let mut found = false;
    reader.schemas.visit_secrets(schema, &mut value, &mut |_, _| found = true);
    found
}

#[cfg(test)]
mod tests {
    use api_bundle::Schemas;

    use super::*;
    use crate::request::Input;

    fn set(assignments: &[&str], is_checked: bool) -> Result<Value, String> {
        let schemas = Schemas::of(&json!({}));
        let schema = json!({"type": "object", "properties": {
            "name": {"type": "string"},
            "filter": {"type": "object", "additionalProperties": {}, "properties": {"setup.number": {}, "q": {}}},
            "signers": {"type": "array", "items": {"type": "object", "properties": {
                "order_group": {"type": "integer"},
                "value": {"type": "string", "format": "password"},
            }}},
        }});
        let input = Input::new(&b"from-stdin\n"[..]);
        let reader = ValueReader { schemas: &schemas, input: &input, is_checked };
        let mut root = json!({});
        for text in assignments {
            let assignment = Assignment::parse(text).map_err(|error| error.to_string())?;
            reader.apply(&schema, &mut root, &assignment).map_err(|error| error.to_string())?;
        }
        Ok(root)
    }

    #[test]
    fn values_are_read_as_the_fields_are() {
        let assignments =
            ["name=a=b", "signers[].order_group=2", "signers[0].value=-", "signers[]:={\"order_group\": 3}"];
        let expected =
            json!({"name": "a=b", "signers": [{"order_group": 2, "value": "from-stdin"}, {"order_group": 3}]});
        assert_eq!(set(&assignments, true).expect("set"), expected);
        assert_eq!(set(&["name:=null"], true).expect("set"), json!({"name": null}));
        let filter = json!({"filter": {"setup.number": 1, "setup.name": "a", "q": "7"}});
        assert_eq!(set(&["filter=setup.number=1,setup.name=a,q=\"7\""], true).expect("set"), filter);
        assert_eq!(set(&["other.x=1"], false).expect("set"), json!({"other": {"x": 1}}));
    }

    #[test]
    fn a_field_that_is_not_there_is_told_with_the_similar_one() {
        let error = set(&["signers[0].ordergroup=s3cret"], true).expect_err("unknown");
        assert_eq!(error, "signers[0]: the spec has no such field; did you mean `order_group`?");
        for (text, part) in [("s3cret=1", "--skeleton"), ("name[0]=1", "no list"), ("name.s3cret=1", "--no-check")] {
            let error = set(&[text], true).expect_err(text);
            assert!(error.contains(part) && !error.contains("s3cret"), "{text}: {error}");
        }
    }

    #[test]
    fn a_secret_is_refused_and_not_shown() {
        for (text, is_checked) in [
            ("signers[0].value=s3cret", true),
            ("signers[7].value=@s3cret", true),
            ("signers[0].value:=\"s3cret\"", true),
            ("signers:=[{\"value\": \"s3cret\"}]", true),
            ("signers[0]={\"value\": \"s3cret\"}", true),
            ("signers[0].value:=s3cret", true),
            ("signers[0]=value=s3cret", true),
            ("signers[0]=s3cret", true),
            ("signers[0].order_group=s3cret", true),
            ("s3cret", true),
            ("s3cret..=1", true),
            ("my_token=s3cret", false),
            ("my.api_key:=\"s3cret\"", false),
        ] {
            let error = set(&[text], is_checked).expect_err(text);
            assert!(!error.contains("s3cret"), "{text}: {error}");
        }
    }
}
