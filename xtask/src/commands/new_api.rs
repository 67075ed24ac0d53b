//! `cargo xtask new-api`: the files of another API that are written by hand, to start from.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::names::snake;
use crate::workspace::api::Api;
use crate::workspace::files::write_atomically;

const SPEC: &str = include_str!("new_api/api.yaml");
const MANIFEST: &str = include_str!("new_api/manifest.toml");
const README: &str = include_str!("new_api/readme.md");
const ROOT: &str = include_str!("new_api/root.txt");

/// Writes the spec and the crate of another API, and a line in each of the manifests that list the APIs. Nothing is written
/// unless all of it can be. `today` is `YYYY-MM-DD`.
pub fn new_api(root: &Path, name: &str, today: &str, print: &mut dyn FnMut(String)) -> Result<()> {
    if name.is_empty() || snake(name) != name {
        return Err(Diagnostic::new(format!("`{name}` is no name in snake case, such as `ships`")));
    }
    let api = Api::named(name);
    let (package, crate_folder) = (api.package(), api.folder());
    for folder in [&api.specs(), &crate_folder] {
        if root.join(folder).exists() {
            return Err(Diagnostic::new("this is there already; choose another name").in_file(folder));
        }
    }
    let fill = |text: &str| {
        text.replace("PACKAGE", &package)
            .replace("CRATE", &api.crate_name())
            .replace("VARIABLE", &name.to_uppercase())
            .replace("TITLE", &title(name))
            .replace("TODAY", today)
            .replace("NAME", name)
    };
    let workspace_line = format!(
        "{package} = {{ path = {:?}, version = \"0.1.0\", default-features = false }}",
        crate_folder.display().to_string()
    );
    let tests_line = format!(
        "{package} = {{ workspace = true, features = [\"all-operations\", \"rustls\", \"schemars\", \"system-time\", \"tracing\"] }}"
    );
    let files = [
        (api.specs().join("api.yaml"), fill(SPEC)),
        (api.manifest(), fill(MANIFEST)),
        (crate_folder.join("README.md"), fill(README)),
        (crate_folder.join("src/lib.rs"), fill(ROOT)),
        ("Cargo.toml".into(), with_line(root, "Cargo.toml", "workspace.dependencies", &workspace_line)?),
        ("tests/Cargo.toml".into(), with_line(root, "tests/Cargo.toml", "dependencies", &tests_line)?),
    ];
    for (file, text) in &files {
        write_atomically(&root.join(file), text).map_err(|e| Diagnostic::new(e.to_string()).in_file(file))?;
        print(format!("written: {}", file.display()));
    }
    print(format!(
        "now write {} and run `cargo xtask regenerate`; what no spec says belongs into {}",
        files[0].0.display(),
        crate_folder.join("src/extras").display()
    ));
    Ok(())
}

/// Writes a name as words: `big_ships` is `Big Ships`.
fn title(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns a manifest with one more line at the end of the first paragraph of a table.
fn with_line(root: &Path, file: &str, table: &str, line: &str) -> Result<String> {
    let fault = |message: String| Diagnostic::new(message).in_file(Path::new(file));
    let text = std::fs::read_to_string(root.join(file)).map_err(|e| fault(e.to_string()))?;
    let heading = format!("\n[{table}]\n");
    let start = text.find(&heading).ok_or_else(|| fault(format!("there is no table `[{table}]`")))? + heading.len();
    let end = text[start..].find("\n\n").map_or(text.trim_end().len(), |end| start + end);
    Ok(format!("{}\n{line}{}", &text[..end], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_to_the_first_paragraph_of_its_table() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |text: &str| std::fs::write(folder.path().join("Cargo.toml"), text).expect("written");
        write("[workspace]\n\n[dependencies]\na = \"1\"\n\nb = \"1\"\n");
        let text = with_line(folder.path(), "Cargo.toml", "dependencies", "c = \"1\"").expect("there is a table");
        assert_eq!(text, "[workspace]\n\n[dependencies]\na = \"1\"\nc = \"1\"\n\nb = \"1\"\n");
        write("[workspace]\n\n[dependencies]\na = \"1\"\n");
        let text = with_line(folder.path(), "Cargo.toml", "dependencies", "c = \"1\"").expect("there is a table");
        assert_eq!(text, "[workspace]\n\n[dependencies]\na = \"1\"\nc = \"1\"\n");
        let error = with_line(folder.path(), "Cargo.toml", "features", "c").expect_err("there is none");
        assert_eq!(error.to_string(), "Cargo.toml: there is no table `[features]`");
    }

    #[test]
    fn a_name_that_is_none_or_taken_writes_nothing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (name, expected) in [
            ("Ships", "`Ships` is no name in snake case"),
            ("big-ships", "`big-ships` is no name in snake case"),
            ("1st", "`1st` is no name in snake case"),
            ("", "`` is no name in snake case"),
            ("zapsign", "specs/zapsign: this is there already; choose another name"),
        ] {
            let error = new_api(&root, name, "2026-01-01", &mut |_| {}).expect_err("it is refused").to_string();
            assert!(error.starts_with(expected), "expected {expected}\nfound    {error}");
        }
    }
}
