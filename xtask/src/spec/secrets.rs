//! Detection of secrets by the names of properties.

use serde_json::Value;

use super::document::{Document, Trust, join, object, text};
use super::visit::{NodeKind, walk};
use crate::diagnostic::Result;

/// Names of properties that are taken for secrets.
const SECRET_NAMES: [&str; 12] = [
    "password",
    "secret",
    "client_secret",
    "api_key",
    "apikey",
    "api_token",
    "access_token",
    "refresh_token",
    "client_api_token",
    "user_token",
    "access",
    "refresh",
];

/// Returns `true` if a string property has the name of a secret and is not marked as one.
pub fn is_unmarked_secret(name: &str, property: &Value) -> bool {
    SECRET_NAMES.contains(&name)
        && property["type"] == "string"
        && property["format"] != "password"
        && property.get("enum").is_none()
}

/// Sets `format: password` on the secrets of published text, which never has it.
pub fn mark_secrets(document: &mut Document) -> Result<()> {
    let mut found = Vec::new();
    walk(&mut document.value, "", NodeKind::Object, &mut |value, pointer, kind| {
        if kind == NodeKind::Schema {
            let unmarked = object(value, "properties").filter(|(name, property)| is_unmarked_secret(name, property));
            found.extend(unmarked.map(|(name, _)| join(&join(pointer, "properties"), name)));
        }
        Ok(())
    })?;
    for pointer in found {
        if document.trust(&pointer) != Trust::Published {
            continue;
        }
        if let Some(property) = document.value.pointer_mut(&pointer)
            && text(property, "format").is_none()
        {
            property["format"] = "password".into();
            document.warn(
                "properties taken for secrets",
                &pointer,
                "the property looks like a secret and is treated as one",
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::document::Origin;

    #[test]
    fn secrets_of_the_vendors_text_are_hidden() {
        let value = json!({"components": {"schemas": {"A": {"properties": {
            "api_key": {"type": "string"}, "name": {"type": "string"}, "access": {"type": "string", "enum": ["all"]}}}}}});
        let origin = Origin { file: "page.json".into(), pointer: String::new(), trust: Trust::Published };
        let mut document = Document { value, origins: [(String::new(), origin)].into(), ..Document::default() };
        mark_secrets(&mut document).expect("it never fails");
        let properties = &document.value["components"]["schemas"]["A"]["properties"];
        assert_eq!(properties["api_key"]["format"], "password");
        assert!(properties["name"].get("format").is_none() && properties["access"].get("format").is_none());
        assert_eq!(document.warnings.len(), 1);
    }
}
