//! Groups of fields of which a request body has exactly one (`x-exactly-one`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::codegen::ir::{ExactlyOne, Field, TypeUse};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{object, text};
use crate::spec::names::{Scope, camel, snake};

pub const EXACTLY_ONE: &str = "x-exactly-one";

/// Checks the extension of an object: its name is free, and its fields exist and are optional.
pub fn check(schema: &Value, at: &str) -> Result<()> {
    let fault = |text: String| Err(Diagnostic::at(at, format!("`{EXACTLY_ONE}` {text}")));
    let group = &schema[EXACTLY_ONE];
    let fields = fields(group);
    let is_known = group.as_object().is_some_and(|map| map.keys().all(|key| key == "name" || key == "of"));
    let (Some(name), true, true) = (text(group, "name"), is_known, fields.len() > 1) else {
        return fault("must be `{name: content, of: [url, text]}`: a name, and two fields or more".to_owned());
    };
    if snake(name) != name || schema["properties"].get(name).is_some() || !Scope::fields().take(name) {
        return fault(format!("can't be called `{name}`; give it a name in snake case that no field has"));
    }
    for (index, field) in fields.iter().enumerate() {
        let property = &schema["properties"][*field];
        let is_required = schema["required"].as_array().is_some_and(|list| list.contains(&Value::from(*field)));
        if property.is_null() || is_required || property["readOnly"] == true || fields[..index].contains(field) {
            return fault(format!("names `{field}`, which must be a field of the object that may be left out"));
        }
    }
    Ok(())
}

fn fields(group: &Value) -> Vec<&str> {
    group["of"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Reads the groups of the request types, and names the enum of each.
pub fn read(
    document: &Value,
    uses: &BTreeMap<String, TypeUse>,
    named: &BTreeMap<(String, String), Field>,
    types: &mut Scope,
) -> BTreeMap<String, ExactlyOne> {
    let mut groups = BTreeMap::new();
    for (ty, schema) in object(&document["components"], "schemas") {
        let group = &schema[EXACTLY_ONE];
        let (Some(name), true) = (text(group, "name"), uses.get(ty).is_some_and(|used| used.request)) else { continue };
        let mut variants = Scope::variants();
        let of = fields(group).into_iter().filter_map(|wire| {
            let (_, field) = named.iter().find(|((of, _), field)| of == ty && field.wire == wire)?;
            Some((field.rust.clone(), variants.camel(&field.rust)))
        });
        let of = of.collect();
        groups.insert(
            ty.clone(),
            ExactlyOne { member: name.to_owned(), ty: types.camel(&format!("{ty}{}", camel(name))), of },
        );
    }
    groups
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(group: &Value) -> Option<String> {
        let schema = json!({"type": "object", "required": ["flag"], EXACTLY_ONE: group, "properties": {
            "name": {"type": "string"}, "sign": {"type": "string"}, "flag": {"type": "string"},
            "number": {"type": "integer", "readOnly": true},
        }});
        check(&schema, "/here").err().map(|diagnostic| diagnostic.to_string())
    }

    #[test]
    fn a_group_has_a_name_of_its_own_and_fields_that_may_be_left_out() {
        assert_eq!(fault(&json!({"name": "mark", "of": ["name", "sign"]})), None);
        for (group, expected) in [
            (json!(["name", "sign"]), "must be `{name: content, of: [url, text]}`"),
            (json!({"name": "mark", "of": ["name"]}), "must be `{name: content, of: [url, text]}`"),
            (json!({"name": "mark", "of": ["name", "sign"], "or": []}), "must be `{name: content, of: [url, text]}`"),
            (json!({"name": "name", "of": ["name", "sign"]}), "can't be called `name`"),
            (json!({"name": "build", "of": ["name", "sign"]}), "can't be called `build`"),
            (json!({"name": "Mark", "of": ["name", "sign"]}), "can't be called `Mark`"),
            (json!({"name": "mark", "of": ["name", "flag"]}), "names `flag`, which must be a field"),
            (json!({"name": "mark", "of": ["name", "number"]}), "names `number`, which must be a field"),
            (json!({"name": "mark", "of": ["name", "nobody"]}), "names `nobody`, which must be a field"),
            (json!({"name": "mark", "of": ["name", "name"]}), "names `name`, which must be a field"),
        ] {
            let said = fault(&group).unwrap_or_default();
            assert!(said.starts_with(&format!("at /here: `x-exactly-one` {expected}")), "{group}: {said}");
        }
    }
}
