//! The extension `x-exactly-one: {name, of}`: an object has exactly one of the properties in `of`.

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

/// Keyword of the extension.
pub(crate) const KEYWORD: &str = "x-exactly-one";

/// Properties of which an object has exactly one. One that is null or an empty text is not given.
struct ExactlyOne {
    properties: Vec<String>,
}

/// Compiles the value of the keyword.
///
/// # Errors
///
/// A value that is no object with a list of names under `of`.
pub(crate) fn compile<'s>(
    _parent: &'s Map<String, Value>,
    value: &'s Value,
    _path: Location,
) -> Result<Box<dyn Keyword>, ValidationError<'s>> {
    let names = value["of"].as_array().map(|names| names.iter().map(|name| name.as_str().map(ToOwned::to_owned)));
    match names.and_then(Iterator::collect) {
        Some(properties) => Ok(Box::new(ExactlyOne { properties })),
        None => Err(ValidationError::schema("`of` is no list of properties: name those of which one is given")),
    }
}

impl ExactlyOne {
    /// Returns the properties that are given.
    fn given(&self, object: &Map<String, Value>) -> Vec<&str> {
        let is_given = |name: &&str| object.get(*name).is_some_and(|value| !value.is_null() && *value != "");
        self.properties.iter().map(String::as_str).filter(is_given).collect()
    }
}

impl Keyword for ExactlyOne {
    fn validate<'i>(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        let Value::Object(object) = instance else { return Ok(()) };
        let found = match self.given(object)[..] {
            [_] => return Ok(()),
            [] => "none".to_owned(),
            ref several => several.join(", "),
        };
        let all = self.properties.join(", ");
        Err(ValidationError::custom(format!("exactly one of {all} is required, and {found} is given")))
    }

    fn is_valid(&self, instance: &Value) -> bool {
        self.validate(instance).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Schemas;

    #[test]
    fn one_of_the_properties_is_given_and_no_other() {
        let document = json!({"components": {"schemas": {"Cargo": {
            "type": "object",
            "x-exactly-one": {"name": "goods", "of": ["grain", "oil"]},
        }}}});
        let schema = json!({"type": "array", "items": {"$ref": "#/components/schemas/Cargo"}});
        let validator = Schemas::of(&document).validator(&schema).expect("a schema");
        for one in [json!({"grain": "rye"}), json!({"oil": 3, "grain": null}), json!({"oil": [], "grain": ""})] {
            assert!(validator.is_valid(&json!([one])), "{one}");
        }
        for (cargo, found) in [
            (json!({}), "none is"),
            (json!({"oil": ""}), "none is"),
            (json!({"oil": "olive", "grain": "rye"}), "grain, oil is"),
        ] {
            let cargo = json!([cargo]);
            let error = validator.iter_errors(&cargo).next().expect("it is refused");
            assert_eq!(error.to_string(), format!("exactly one of grain, oil is required, and {found} given"));
            assert_eq!(error.instance_path().to_string(), "/0");
        }
    }

    #[test]
    fn a_keyword_that_names_nothing_is_refused() {
        let error = Schemas::of(&json!({})).validator(&json!({"x-exactly-one": {"of": "grain"}})).expect_err("no list");
        assert!(error.contains("`of` is no list of properties"), "{error}");
    }
}
