//! Differences between the bundle and the vendor's published document, which are the overlay's: a snapshot.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use conformance::case::{bundle, workspace_file};
use serde_json::Value;

#[test]
fn published_operations_differ_from_the_vendors_text_by_the_overlay_only() {
    let bundle = bundle("specs/dialog360.openapi.json");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/dialog360/published");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it reads").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut differences = BTreeMap::new();
    for name in names {
        let published: Value =
            serde_json::from_str(&workspace_file(&format!("specs/dialog360/published/{name}"))).expect("JSON");
        for part in ["info", "servers", "security"] {
            compare(&published[part], &bundle[part], &format!("/{part}"), &mut differences);
        }
        for part in ["paths", "components"] {
            within(&published[part], &bundle[part], &format!("/{part}"), 1, &mut differences);
        }
    }
    let text: String = differences.into_iter().map(|(pointer, what)| format!("{pointer}: {what}\n")).collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("published", text);
    });
}

/// Compares the members that the published document has, `depth` levels deep; the bundle is made of more than one
/// document.
fn within(published: &Value, bundled: &Value, pointer: &str, depth: usize, out: &mut BTreeMap<String, String>) {
    for (key, value) in published.as_object().into_iter().flatten() {
        let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        if depth > 0 {
            within(value, &bundled[key], &at, depth - 1, out);
        } else {
            compare(value, &bundled[key], &at, out);
        }
    }
}

fn compare(published: &Value, bundled: &Value, pointer: &str, out: &mut BTreeMap<String, String>) {
    match (published, bundled) {
        (Value::Object(published), Value::Object(bundled)) => {
            let keys: std::collections::BTreeSet<&String> = published.keys().chain(bundled.keys()).collect();
            for key in keys {
                let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (published.get(key), bundled.get(key)) {
                    (Some(published), Some(bundled)) => compare(published, bundled, &at, out),
                    (Some(_), None) => {
                        out.insert(at, "removed".to_owned());
                    }
                    // Values of examples are invented here and not compared.
                    (None, Some(_)) if key == "examples" => {
                        out.insert(at, "added".to_owned());
                    }
                    (None, Some(bundled)) => {
                        out.insert(at, format!("added {bundled}"));
                    }
                    (None, None) => {}
                }
            }
        }
        (Value::Array(published), Value::Array(bundled)) if published.len() == bundled.len() => {
            for (index, (published, bundled)) in published.iter().zip(bundled).enumerate() {
                compare(published, bundled, &format!("{pointer}/{index}"), out);
            }
        }
        (published, bundled) if published == bundled => {}
        (published, bundled) => {
            out.insert(pointer.to_owned(), format!("{published} became {bundled}"));
        }
    }
}
