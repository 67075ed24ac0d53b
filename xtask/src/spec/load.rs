//! Stage 1: reads the fragments of one API, in a fixed order.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::document::{Fragment, METHODS, Trust};
use super::vocabulary;
use crate::diagnostic::{Diagnostic, Result, Warning};

/// Spec files of one API.
pub struct SpecFiles {
    pub fragments: Vec<Fragment>,
    pub overlay: Option<Fragment>,
    pub warnings: Vec<Warning>,
}

/// Reads every fragment below `folder`: published ones by the day they were seen, then hand-written ones by name.
///
/// # Errors
///
/// `Diagnostic` with the file: if it can't be read or parsed, if a published file has no entry in `sources.toml`, or
/// if there is no fragment at all.
pub fn load(folder: &Path) -> Result<SpecFiles> {
    let mut warnings = Vec::new();
    let mut fragments = load_published(folder, &mut warnings)?;
    for file in files(&folder.join("documented"), "yaml")?.into_iter().chain(files(folder, "yaml")?) {
        if file.file_name().is_some_and(|name| name != "overlay.yaml") {
            fragments.push(read(&file, Trust::HandWritten)?);
        }
    }
    if fragments.is_empty() {
        return Err(Diagnostic::new("no fragment found; put a *.yaml or published/*.json here").in_file(folder));
    }
    let overlay = folder.join("overlay.yaml");
    let overlay = if overlay.exists() { Some(read(&overlay, Trust::Overlay)?) } else { None };
    Ok(SpecFiles { fragments, overlay, warnings })
}

/// Content of `sources.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    pub published: Vec<Source>,
}

/// Source of one published file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub file: String,
    pub page: String,
    pub seen: String,
    pub sha256: String,
}

/// Reads `sources.toml`.
pub fn sources(folder: &Path) -> Result<Sources> {
    let record = folder.join("sources.toml");
    toml::from_str(&read_text(&record)?).map_err(|e| Diagnostic::new(e.to_string()).in_file(&record))
}

/// Reads the published fragments, with the evidence that `sources.toml` records. A file that differs from its recorded
/// hash is a warning.
fn load_published(folder: &Path, warnings: &mut Vec<Warning>) -> Result<Vec<Fragment>> {
    let published = files(&folder.join("published"), "json")?;
    if published.is_empty() {
        return Ok(Vec::new());
    }
    let record = folder.join("sources.toml");
    let sources = sources(folder)?;
    let mut sources: BTreeMap<String, Source> =
        sources.published.into_iter().map(|source| (source.file.clone(), source)).collect();
    let mut fragments = Vec::new();
    for file in published {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = sources.remove(&name).ok_or_else(|| {
            Diagnostic::new(format!("no entry for published/{name}; record its page, date and sha256")).in_file(&record)
        })?;
        if sha256_hex(&read_text(&file)?) != source.sha256 {
            let diagnostic = Diagnostic::new("this is not the text that sources.toml records").in_file(&file);
            warnings.push(Warning { kind: "changed texts", diagnostic });
        }
        let mut fragment = read(&file, Trust::Published)?;
        warnings.extend(clean(&mut fragment)?);
        add_evidence(&mut fragment.value, &source.page, &source.seen);
        fragments.push((source.seen, fragment));
    }
    // The newest text comes last, so that it can replace what is older.
    fragments.sort_by(|(a, _), (b, _)| a.cmp(b));
    let fragments = fragments.into_iter().map(|(_, fragment)| fragment).collect();
    match sources.keys().next() {
        Some(name) => Err(Diagnostic::new(format!("published/{name} is recorded and not there")).in_file(&record)),
        None => Ok(fragments),
    }
}

/// Removes vendor extensions and unknown keys from published text. Returns a warning for each.
pub fn clean(fragment: &mut Fragment) -> Result<Vec<Warning>> {
    let file = fragment.file.clone();
    let notes = vocabulary::clean(&mut fragment.value).map_err(|diagnostic| diagnostic.in_file(&file))?;
    let warning = |note: vocabulary::Note| Warning {
        kind: "keys that are ignored",
        diagnostic: Diagnostic::at(note.pointer, note.message).in_file(&file),
    };
    Ok(notes.into_iter().map(warning).collect())
}

/// Adds `x-evidence` to the operations that have none.
pub fn add_evidence(document: &mut Value, page: &str, seen: &str) {
    let evidence = json!([{"source": page, "seen": seen, "level": "published"}]);
    // A path may refer to an item among the components.
    for items in ["/paths", "/components/pathItems"] {
        let items = document.pointer_mut(items).and_then(Value::as_object_mut);
        for item in items.into_iter().flatten().filter_map(|(_, item)| item.as_object_mut()) {
            for (_, operation) in item.iter_mut().filter(|(key, _)| METHODS.contains(&key.as_str())) {
                if let Some(operation) = operation.as_object_mut() {
                    operation.entry("x-evidence").or_insert_with(|| evidence.clone());
                }
            }
        }
    }
}

/// Returns the SHA-256 digest of a text, in hexadecimal.
pub fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(|e| Diagnostic::new(e.to_string()).in_file(folder))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| Diagnostic::new(e.to_string()).in_file(folder))?.path();
        if path.is_file() && path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_text(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|e| Diagnostic::new(e.to_string()).in_file(file))
}

/// Reads one JSON or YAML file.
pub fn read(file: &Path, trust: Trust) -> Result<Fragment> {
    let text = read_text(file)?;
    let parsed = if file.extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str::<UniqueKeys>(&text).map_err(|e| e.to_string())
    } else {
        yaml_serde::from_str::<UniqueKeys>(&text).map_err(|e| e.to_string())
    };
    match parsed {
        Ok(UniqueKeys(value)) if value.is_object() => Ok(Fragment { file: file.to_owned(), value, trust }),
        Ok(_) => Err(Diagnostic::new("the file does not hold an object").in_file(file)),
        Err(message) => Err(Diagnostic::new(message).in_file(file)),
    }
}

/// JSON value, deserialized so that a duplicate key in an object is an error.
struct UniqueKeys(Value);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueKeysVisitor).map(UniqueKeys)
    }
}

struct UniqueKeysVisitor;

impl<'de> Visitor<'de> for UniqueKeysVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(UniqueKeys(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let UniqueKeys(value) = entries.next_value()?;
            if map.insert(key.clone(), value).is_some() {
                return Err(de::Error::custom(format!("key `{key}` stands twice in one object")));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        }
        folder
    }

    fn failure(files: &[(&str, &str)]) -> String {
        match load(folder(files).path()) {
            Ok(_) => panic!("it was accepted"),
            Err(diagnostic) => diagnostic.to_string(),
        }
    }

    #[test]
    fn published_comes_first_and_carries_its_evidence() {
        let text = r#"{"paths":{"/a":{"get":{"operationId":"a"}}}}"#;
        let sources = format!(
            "[[published]]\nfile = \"a.json\"\npage = \"page\"\nseen = \"2026-01-02\"\nsha256 = \"{}\"\n",
            sha256_hex(text)
        );
        let folder =
            folder(&[("published/a.json", text), ("sources.toml", &sources), ("documented/b.yaml", "paths: {}")]);
        let loaded = load(folder.path()).expect("it loads");
        assert_eq!(loaded.fragments.len(), 2);
        assert_eq!(
            loaded.fragments[0].value["paths"]["/a"]["get"]["x-evidence"],
            json!([{"source": "page", "seen": "2026-01-02", "level": "published"}])
        );
        assert!(loaded.warnings.is_empty());
    }

    #[test]
    fn a_fault_names_file_and_place() {
        let json = failure(&[
            ("published/a.json", "{\n  \"paths\": [,]\n}"),
            ("sources.toml", "[[published]]\nfile = \"a.json\"\npage = \"p\"\nseen = \"s\"\nsha256 = \"0\"\n"),
        ]);
        assert!(json.contains("published/a.json: ") && json.contains("line 2 column 13"), "{json}");
        let yaml = failure(&[("a.yaml", "paths:\n  - b\n c: d\n")]);
        assert!(yaml.contains("a.yaml: ") && yaml.contains("line 3"), "{yaml}");
        let twice = failure(&[("a.yaml", "paths: {}\npaths: {}\n")]);
        assert!(twice.contains("key `paths` stands twice"), "{twice}");
    }

    #[test]
    fn what_is_published_must_be_recorded() {
        let unrecorded = failure(&[("published/a.json", "{}"), ("sources.toml", "published = []")]);
        assert!(unrecorded.contains("no entry for published/a.json"), "{unrecorded}");
    }
}
