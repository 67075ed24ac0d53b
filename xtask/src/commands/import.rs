//! `cargo xtask import`: extracts the OpenAPI documents of a vendor's pages into `published/`, unchanged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::proposal;
use crate::codegen::lower;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::bundle::bundle;
use crate::spec::document::{object, operations};
use crate::spec::load::{self, Source, Sources};
use crate::workspace::api::Api;
use crate::workspace::files::write_atomically;

const SOURCES_HEADER: &str = "\
# Where each file of published/ comes from. The sha256 is that of the JSON block as it stands in the page,
# which is the file, byte for byte.
";

/// Options of `cargo xtask import`.
pub struct Options {
    /// Name of the API; by default the one that has published text.
    pub api: Option<String>,
    pub files: Vec<PathBuf>,
    /// URL of the page, for a file that does not contain it.
    pub page: Option<String>,
    /// Day on which the page was read, `YYYY-MM-DD`.
    pub seen: String,
    /// Appends the proposed names to the overlay.
    pub write_overlay: bool,
}

/// An OpenAPI document in a page.
struct Block {
    name: String,
    text: String,
    value: Value,
    page: String,
    operations: Vec<(String, String)>,
}

/// Imports pages. Nothing is written unless all of them are valid.
pub fn import(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<()> {
    let api = published(root, options.api.as_deref())?;
    let folder = root.join(api.specs());
    let mut blocks: Vec<Block> = Vec::new();
    for file in &options.files {
        for block in read(file, options.page.as_deref())? {
            if let Some(twin) = blocks.iter().find(|known| known.name == block.name && known.text != block.text) {
                return Err(
                    Diagnostic::new(format!("`{}` stands there twice, with different text", twin.name)).in_file(file)
                );
            }
            blocks.push(block);
        }
    }
    let mut sources = load::sources(&folder)?;
    let hand_written = hand_written(&folder)?;
    // The bundle before the import: operations it lacks need names.
    let bundle = bundle(root, &api).map(|document| document.value);
    let mut proposal = String::new();
    let mut writes = Vec::new();
    for block in &blocks {
        let file = format!("{}.json", block.name);
        let known = sources.published.iter_mut().find(|source| source.file == file);
        let sha256 = load::sha256_hex(&block.text);
        let state = match known {
            Some(source) if source.sha256 == sha256 && source.page == block.page => {
                let intact =
                    fs::read_to_string(folder.join("published").join(&file)).is_ok_and(|text| text == block.text);
                if intact { "unchanged" } else { "restored" }
            }
            Some(source) => {
                *source = Source { file: file.clone(), page: block.page.clone(), seen: options.seen.clone(), sha256 };
                "changed"
            }
            None => {
                let seen = options.seen.clone();
                sources.published.push(Source { file: file.clone(), page: block.page.clone(), seen, sha256 });
                "new"
            }
        };
        if state != "unchanged" {
            writes.push((folder.join("published").join(&file), block.text.clone()));
        }
        print(format!("{state}: {}", block.name));
        if let Ok(bundle) = &bundle
            && state == "new"
        {
            proposal.push_str(&proposal::propose(bundle, &block.value, &block.page));
        }
        for operation in &block.operations {
            if let Some(file) = hand_written.get(operation) {
                let (path, method) = operation;
                print(format!("superseded: delete {} {path} from {}", method.to_uppercase(), file.display()));
            }
        }
    }
    for source in &sources.published {
        let of_page = blocks.iter().any(|block| block.page == source.page);
        if of_page && !blocks.iter().any(|block| format!("{}.json", block.name) == source.file) {
            print(format!("gone: published/{} is no longer on its page; delete it if the operation is", source.file));
        }
    }
    if writes.is_empty() {
        print("nothing has changed".to_owned());
        return Ok(());
    }
    let overlay = folder.join("overlay.yaml");
    if options.write_overlay && !proposal.is_empty() {
        writes.push((overlay.clone(), appended(&overlay, &proposal)?));
    }
    for (path, text) in &writes {
        write_atomically(path, text).map_err(|e| Diagnostic::new(e.to_string()).in_file(path))?;
    }
    let record = folder.join("sources.toml");
    write_atomically(&record, &sources_text(&mut sources))
        .map_err(|e| Diagnostic::new(e.to_string()).in_file(&record))?;
    if !proposal.is_empty() {
        if options.write_overlay {
            print(format!("names were proposed and written to {}; review them:", overlay.display()));
        } else {
            print(format!("proposed names; append them to {}, or run with --write-overlay:", overlay.display()));
        }
        print(proposal.trim_end().to_owned());
    }
    print("now run `cargo xtask regenerate`, and review the difference".to_owned());
    Ok(())
}

/// Returns the API whose published text is imported.
fn published(root: &Path, name: Option<&str>) -> Result<Api> {
    let mut apis = Api::select(root, name)?;
    if name.is_none() {
        apis.retain(|api| root.join(api.specs()).join("sources.toml").exists());
    }
    match <[Api; 1]>::try_from(apis) {
        Ok([api]) => Ok(api),
        Err(_) => Err(Diagnostic::new("not one API alone has published text: say which is meant with `--api`")),
    }
}

/// Returns the overlay with more actions, which are appended since the list of actions ends the file.
fn appended(overlay: &Path, actions: &str) -> Result<String> {
    let known = fs::read_to_string(overlay).map_err(|e| Diagnostic::new(e.to_string()).in_file(overlay))?;
    let count = |text: &str| -> Option<usize> {
        let value: Value = yaml_serde::from_str(text).ok()?;
        value["actions"].as_array().map(Vec::len)
    };
    let text = format!("{}\n{actions}", known.trim_end());
    if count(&text) <= count(&known) {
        let message = "the file does not end in its list of actions; write the proposed ones into it by hand";
        return Err(Diagnostic::new(message).in_file(overlay));
    }
    Ok(text)
}

fn sources_text(sources: &mut Sources) -> String {
    sources.published.sort_by(|a, b| a.file.cmp(&b.file));
    let entries = sources.published.iter().map(|source| {
        format!(
            "\n[[published]]\nfile = {:?}\npage = {:?}\nseen = {:?}\nsha256 = {:?}\n",
            source.file, source.page, source.seen, source.sha256
        )
    });
    SOURCES_HEADER.to_owned() + &entries.collect::<String>()
}

/// Returns the file of each hand-written operation, by path and method.
fn hand_written(folder: &Path) -> Result<BTreeMap<(String, String), PathBuf>> {
    let fragments =
        load::load(folder)?.fragments.into_iter().filter(|f| f.file.extension().is_some_and(|e| e == "yaml"));
    let mut found = BTreeMap::new();
    for fragment in fragments {
        for (_, path, method, _) in operations(&fragment.value) {
            found.insert((path.clone(), method.clone()), fragment.file.clone());
        }
    }
    Ok(found)
}

fn read(file: &Path, page: Option<&str>) -> Result<Vec<Block>> {
    let text = fs::read_to_string(file).map_err(|e| Diagnostic::new(e.to_string()).in_file(file))?;
    let is_page = file.extension().is_some_and(|extension| extension == "md");
    let own_address = if is_page { address(&text) } else { None };
    let page = page.map(ToOwned::to_owned).or(own_address);
    let page =
        page.ok_or_else(|| Diagnostic::new("the file does not name its page: give it with `--page`").in_file(file))?;
    let candidates = if is_page { fenced(&text) } else { vec![(1, text.as_str())] };
    let mut blocks = Vec::new();
    for (line, candidate) in candidates {
        let value: Value = match serde_json::from_str(candidate) {
            Ok(value) => value,
            // Other JSON of the page is ignored, but a block with an `openapi` key must be complete.
            Err(error) if candidate.contains("\"openapi\"") => {
                return Err(Diagnostic::new(format!("the block at line {line} is broken: {error}")).in_file(file));
            }
            Err(_) => continue,
        };
        if value.get("openapi").is_none() {
            continue;
        }
        let found: Vec<(String, String)> =
            operations(&value).map(|(_, path, method, _)| (path.clone(), method.clone())).collect();
        let name = name(&value).ok_or_else(|| {
            Diagnostic::new(format!("the OpenAPI document at line {line} has no operation and no webhook"))
                .in_file(file)
        })?;
        // The name comes from a page and becomes a file name.
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            let message = format!("the operationId `{name}` at line {line} can't be the name of a file");
            return Err(Diagnostic::new(message).in_file(file));
        }
        blocks.push(Block { name, text: candidate.to_owned(), value, page: page.clone(), operations: found });
    }
    if blocks.is_empty() {
        return Err(Diagnostic::new("the page holds no OpenAPI document; is it the Markdown of an API reference?")
            .in_file(file));
    }
    Ok(blocks)
}

/// Returns the name of a document: the id of its first operation or webhook, or else the id derived from method and
/// path.
fn name(document: &Value) -> Option<String> {
    let id = |operation: &Value| operation["operationId"].as_str().map(ToOwned::to_owned);
    let of_operation = operations(document).find_map(|(_, _, _, operation)| id(operation));
    let made = || operations(document).next().map(|(_, path, method, _)| lower::default_operation_id(method, path));
    let webhook = || {
        let (name, item) = object(document, "webhooks").next()?;
        item.as_object().into_iter().flatten().find_map(|(_, operation)| id(operation)).or_else(|| Some(name.clone()))
    };
    of_operation.or_else(made).or_else(webhook)
}

/// Returns the URL that a page gives for its own Markdown.
fn address(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("available as [Markdown](")?;
    rest.split_once(')').map(|(address, _)| address.to_owned())
}

/// Returns every fenced JSON block, with its line number.
fn fenced(text: &str) -> Vec<(usize, &str)> {
    let mut blocks = Vec::new();
    let mut start: Option<(usize, usize)> = None;
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let fence = line.trim();
        match start {
            None if fence == "```json" => start = Some((index + 2, offset + line.len())),
            Some((number, from)) if fence == "```" => {
                blocks.push((number, text[from..offset].trim_end_matches(['\r', '\n'])));
                start = None;
            }
            _ => {}
        }
        offset += line.len();
    }
    blocks
}
