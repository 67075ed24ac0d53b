//! Schemas derived with the feature `schemars`, which agree with those of the bundle.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use conformance::APIS;
use conformance::case::{ApiCases, at, bundle};
use serde_json::Value;

#[test]
fn derived_schemas_are_those_of_the_bundles() {
    APIS.iter().for_each(|cases| compare(cases));
}

fn compare(cases: &ApiCases) {
    let bundle = bundle(cases.bundle);
    let mut faults = Vec::new();
    assert!(!cases.schemas.is_empty());
    for case in cases.schemas {
        let derived = (case.schema)().to_value();
        let documented = at(&bundle, case.pointer);
        let derived = Side { root: &derived, schema: &derived };
        let documented = Side { root: &bundle, schema: documented };
        differences(case.name, derived, documented, 0, &mut faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Schema and the document that its references point into.
#[derive(Clone, Copy)]
struct Side<'v> {
    root: &'v Value,
    schema: &'v Value,
}

impl<'v> Side<'v> {
    fn of(self, schema: &'v Value) -> Self {
        Self { root: self.root, schema }
    }

    /// Follows references, and unwraps schemas that only add `null`.
    fn resolved(self) -> Self {
        let schema = self.schema;
        if let Some(target) = schema["$ref"].as_str() {
            return self.of(at(self.root, target.trim_start_matches('#'))).resolved();
        }
        if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice) {
            return self.of(only).resolved();
        }
        if let Some(alternatives) = schema["anyOf"].as_array() {
            let others: Vec<&Value> = alternatives.iter().filter(|one| one["type"] != "null").collect();
            if let ([only], true) = (&others[..], others.len() < alternatives.len()) {
                return self.of(only).resolved();
            }
        }
        self
    }

    fn kind(self) -> Option<&'v str> {
        match &self.schema["type"] {
            Value::String(kind) => Some(kind),
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
            _ => None,
        }
    }

    /// Returns the properties of the schema and of all schemas combined in it.
    fn properties(self) -> Vec<(&'v String, Side<'v>)> {
        let own = self.schema["properties"].as_object().into_iter().flatten();
        let mut all: Vec<_> = own.map(|(name, schema)| (name, self.of(schema))).collect();
        for part in self.schema["allOf"].as_array().into_iter().flatten() {
            all.extend(self.of(part).resolved().properties());
        }
        all
    }

    fn required(self) -> BTreeSet<&'v str> {
        let mut all: BTreeSet<_> =
            self.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for part in self.schema["allOf"].as_array().into_iter().flatten() {
            all.extend(self.of(part).resolved().required());
        }
        all
    }

    fn values(self) -> BTreeSet<&'v str> {
        self.schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

const DEEPEST: usize = 6;

fn differences(name: &str, derived: Side, documented: Side, depth: usize, faults: &mut Vec<String>) {
    let (derived, documented) = (derived.resolved(), documented.resolved());
    let mut fault = |what: &str, derived: String, documented: String| {
        if derived != documented {
            faults.push(format!("{name}: {what}: the type says {derived}, the bundle {documented}"));
        }
    };
    // A combined or open schema has no type of its own to compare.
    if let (Some(ours), Some(theirs)) = (derived.kind(), documented.kind()) {
        fault("type", ours.to_owned(), theirs.to_owned());
    }
    fault("values", format!("{:?}", derived.values()), format!("{:?}", documented.values()));
    fault("required", format!("{:?}", derived.required()), format!("{:?}", documented.required()));
    let (ours, theirs) = (derived.properties(), documented.properties());
    let names = |properties: &[(&String, Side)]| {
        format!("{:?}", properties.iter().map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>())
    };
    fault("properties", names(&ours), names(&theirs));
    if depth == DEEPEST {
        return;
    }
    for (property, ours) in ours {
        if let Some((_, theirs)) = theirs.iter().find(|(name, _)| *name == property) {
            differences(&format!("{name}.{property}"), ours, *theirs, depth + 1, faults);
        }
    }
    let (ours, theirs) = (&derived.schema["items"], &documented.schema["items"]);
    if ours.is_object() && theirs.is_object() {
        differences(&format!("{name}[]"), derived.of(ours), documented.of(theirs), depth + 1, faults);
    }
}
