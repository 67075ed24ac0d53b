//! Stage 2: the union of the fragments. What two of them define must be equal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::document::{Document, Fragment, METHODS, join};
use crate::problem::{Problem, Result};

/// The keys of a fragment whose values are joined key by key, this many levels deep.
const JOINED: [(&str, usize); 2] = [("paths", 2), ("components", 2)];

/// Joins the fragments, in their order.
pub fn merge(fragments: Vec<Fragment>) -> Result<Document> {
    let mut origins = BTreeMap::new();
    let mut value = Map::new();
    let mut tags: Vec<Value> = Vec::new();
    for Fragment { file, value: fragment } in fragments {
        let Value::Object(fragment) = fragment else { continue };
        for (key, part) in fragment {
            let pointer = join("", &key);
            match (key.as_str(), part) {
                ("tags", Value::Array(list)) => {
                    for tag in list {
                        join_tag(&mut tags, tag, &file, &mut origins)?;
                    }
                }
                (key, part) => {
                    let depth = JOINED.iter().find(|(name, _)| *name == key).map_or(0, |(_, depth)| *depth);
                    union(&mut value, key, part, depth, &pointer, &file, &mut origins)?;
                }
            }
        }
    }
    if !tags.is_empty() {
        value.insert("tags".into(), tags.into());
    }
    Ok(Document { value: Value::Object(value), origins })
}

fn union(
    into: &mut Map<String, Value>,
    key: &str,
    part: Value,
    depth: usize,
    pointer: &str,
    file: &Path,
    origins: &mut BTreeMap<String, PathBuf>,
) -> Result<()> {
    if depth > 0 && part.is_object() {
        into.entry(key).or_insert_with(|| Value::Object(Map::new()));
    }
    match (into.get_mut(key), part) {
        (Some(Value::Object(known)), Value::Object(more)) if depth > 0 => {
            for (key, part) in more {
                union(known, &key, part, depth - 1, &join(pointer, &key), file, origins)?;
            }
        }
        (Some(known), part) if *known == part => {}
        (Some(_), _) => {
            let first = origins
                .iter()
                .find(|(at, _)| at.as_str() == pointer || at.starts_with(&format!("{pointer}/")))
                .map_or_else(String::new, |(_, file)| file.display().to_string());
            let remedy = if pointer.starts_with("/paths/") && METHODS.contains(&key) {
                "; delete the hand-written one"
            } else {
                "; make them equal"
            };
            return Err(Problem::at(pointer, format!("{first} defines this otherwise{remedy}")).in_file(file));
        }
        (None, part) => {
            into.insert(key.into(), part);
            origins.insert(pointer.into(), file.to_owned());
        }
    }
    Ok(())
}

fn join_tag(tags: &mut Vec<Value>, tag: Value, file: &Path, origins: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    match tags.iter().position(|known| known["name"] == tag["name"]) {
        None => {
            origins.insert(format!("/tags/{}", tags.len()), file.to_owned());
            tags.push(tag);
            Ok(())
        }
        Some(index) if tags[index] == tag => Ok(()),
        Some(index) => {
            let pointer = format!("/tags/{index}");
            let first = &origins[&pointer];
            Err(Problem::at(&pointer, format!("{} describes this tag otherwise; make them equal", first.display()))
                .in_file(file))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fragment(file: &str, value: Value) -> Fragment {
        Fragment { file: file.into(), value }
    }

    #[test]
    fn parts_are_joined_and_equal_ones_are_one() {
        let document = merge(vec![
            fragment(
                "a",
                json!({"openapi": "3.1.0", "paths": {"/x": {"get": {"operationId": "x"}}},
                "components": {"schemas": {"S": {"type": "string"}}}, "tags": [{"name": "t"}]}),
            ),
            fragment(
                "b",
                json!({"openapi": "3.1.0", "paths": {"/x": {"post": {"operationId": "y"}}},
                "components": {"schemas": {"S": {"type": "string"}, "T": {}}}, "tags": [{"name": "t"}, {"name": "u"}]}),
            ),
        ])
        .expect("they agree");
        assert_eq!(document.value["paths"]["/x"].as_object().expect("an object").len(), 2);
        assert_eq!(document.value["tags"], json!([{"name": "t"}, {"name": "u"}]));
        let problem = document.blame(Problem::at("/components/schemas/T/type", "m"));
        assert_eq!(problem.to_string(), "b at /components/schemas/T/type: m");
    }

    #[test]
    fn a_component_that_differs_names_both_files() {
        let error = merge(vec![
            fragment("a.json", json!({"components": {"schemas": {"S": {"type": "string"}}}})),
            fragment("b.yaml", json!({"components": {"schemas": {"S": {"type": "integer"}}}})),
        ])
        .expect_err("they disagree");
        assert_eq!(
            error.to_string(),
            "b.yaml at /components/schemas/S: a.json defines this otherwise; make them equal"
        );
    }

    #[test]
    fn an_operation_that_is_published_supersedes_the_hand_written_one_by_hand() {
        let error = merge(vec![
            fragment("published/a.json", json!({"paths": {"/x": {"get": {"operationId": "published"}}}})),
            fragment("documented/a.yaml", json!({"paths": {"/x": {"get": {"operationId": "x"}}}})),
        ])
        .expect_err("they disagree");
        assert_eq!(
            error.to_string(),
            "documented/a.yaml at /paths/~1x/get: published/a.json defines this otherwise; delete the hand-written one"
        );
    }
}
