//! The layers of the hand-written crates: a module imports only from modules of lower layers, by the module's own name, and
//! no imports of files go round in a circle.
//!
//! `lib.rs` and `main.rs` stand above all layers: they are for users and for macros, so nothing imports from them. Unit tests
//! may import what they like.
#![allow(missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// The modules of a crate's root, the lowest layer first. A module may import from every layer below its own.
type Layers = &'static [&'static [&'static str]];

const API_RUNTIME: Layers = &[
    &["operation", "telemetry", "time", "typestate"],
    &["wire"],
    &["drift", "rate_limit", "retry", "types"],
    &["error", "webhook"],
    &["request", "response"],
    &["auth", "pagination", "testing"],
    &["pipeline"],
    &["client"],
    &["download"],
];

const API_RATE_LIMIT_REDIS: Layers = &[
    &["connect_error", "script", "store_error"],
    &["connection", "server_info", "tls"],
    &["sentinels"],
    &["endpoint"],
    &["reconnect"],
    &["store"],
    &["builder"],
];

const API_SANDBOX: Layers = &[
    &["behavior", "credentials", "delivery", "ids", "mutex", "revisions", "schedule", "similar_name"],
    &["clock", "spec"],
    &["delivery_log", "faults", "inbox", "rate_limiter", "trigger"],
    &["delivery_queue"],
    &["request_journal", "vendors"],
    &["seed"],
    &["dispatch"],
    &["server"],
    &["sandbox"],
    &["arguments"],
];

const TENANT_ONBOARDING: Layers = &[
    &["identity", "lease", "seal", "shared_reads"],
    &["entry", "tenant"],
    &["journal_error", "journal_file", "progress"],
    &["error"],
    &["journal", "step_error", "tenant_report"],
    &["attempts", "file_journal", "inventory", "tenant_queue"],
    &["onboarding", "postgres"],
    &["steps"],
    &["run"],
    &["work"],
];

const PARTNER_CLI: Layers = &[
    &["exit_code", "hidden_texts", "invocation", "new_file", "printable", "spec"],
    &["command"],
    &["request"],
    &["failure"],
    &["credentials", "output"],
    &["send"],
    &["effects"],
    &["tools"],
    &["run"],
];

const XTASK: Layers = &[&["diagnostic", "mutation"], &["workspace"], &["spec"], &["codegen"], &["bench", "commands"]];

#[test]
fn the_runtime_imports_downwards() {
    assert_layers("crates/api-runtime/src", API_RUNTIME);
}

#[test]
fn the_store_on_redis_imports_downwards() {
    assert_layers("crates/api-rate-limit-redis/src", API_RATE_LIMIT_REDIS);
}

#[test]
fn the_sandbox_imports_downwards() {
    assert_layers("crates/api-sandbox/src", API_SANDBOX);
}

#[test]
fn the_onboarding_imports_downwards() {
    assert_layers("crates/tenant-onboarding/src", TENANT_ONBOARDING);
}

#[test]
fn the_command_line_imports_downwards() {
    assert_layers("crates/partner-cli/src", PARTNER_CLI);
}

#[test]
fn xtask_imports_downwards() {
    assert_layers("xtask/src", XTASK);
}

#[test]
fn doc_comments_name_a_concept() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    ["browser-tests", "crates", "examples", "fuzz", "tests", "xtask"]
        .iter()
        .for_each(|folder| collect(&root.join(folder), &mut paths));
    let mut found = Vec::new();
    for path in paths {
        let source = fs::read_to_string(&path).expect("it reads");
        let lines = openings(&source);
        found.extend(lines.into_iter().map(|line| format!("{}:{line}", path.display())));
    }
    assert!(found.is_empty(), "open with a question word instead of a concept:\n{}", found.join("\n"));
}

/// Returns the lines on which a doc comment opens with a question word.
fn openings(source: &str) -> Vec<usize> {
    let mut inside = false;
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let line = line.trim_start();
        let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        let first = text.and_then(|text| text.split_whitespace().next()).unwrap_or_default();
        if !inside && QUESTION_WORDS.contains(&first) {
            found.push(number + 1);
        }
        inside = text.is_some();
    }
    found
}

const QUESTION_WORDS: [&str; 9] = ["How", "What", "When", "Where", "Whether", "Which", "Who", "Whose", "Why"];

#[test]
fn an_opening_is_the_first_word_of_a_comment() {
    let source = "/// What is told.\n/// How, too.\nfn f() {}\n\n/// Returns a thing.\n/// Where it is.\n//! Whether.\n// Why.\n    /// Which one.\n";
    assert_eq!(openings(source), [1, 9]);
}

#[test]
fn an_upward_import_a_root_import_and_a_circle_are_found() {
    let lines = |name, source| violations(&[parse("wire/mod.rs", ""), parse(name, source)], API_RUNTIME);
    let upward = "use crate::operation::Operation;\nuse crate::pipeline::Pipeline;";
    assert_eq!(lines("wire/a.rs", upward), ["wire/a.rs:2: imports crate::pipeline::Pipeline from a layer above"]);
    let beside = "fn f() {\n    crate::retry::f();\n}";
    assert_eq!(lines("types/a.rs", beside), ["types/a.rs:2: imports crate::retry::f from its own layer"]);
    for root in ["use crate::Pipeline;", "use super::super::Pipeline;", "use crate::{Pipeline, wire};"] {
        assert_eq!(lines("client/a.rs", root), ["client/a.rs:1: imports crate::Pipeline from the root"], "{root}");
    }
    let own = "use super::Answer;\nmod inner {\n    use super::*;\n}";
    assert_eq!(lines("wire/a.rs", own), ["wire/a.rs:1: imports crate::wire::Answer through its own mod.rs"]);
    let circle = [
        parse("wire/a.rs", "use super::b::B;"),
        parse("wire/b.rs", "use super::c::C;"),
        parse("wire/c.rs", "use crate::wire::a::A;"),
        parse("wire/mod.rs", "pub use a::A;"),
    ];
    let found = ["wire/a.rs imports itself by way of wire/b.rs, wire/c.rs"];
    assert_eq!(violations(&circle, API_RUNTIME), found);
}

fn assert_layers(folder: &str, layers: Layers) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut paths = Vec::new();
    collect(&folder, &mut paths);
    let name = |path: &Path| path.strip_prefix(&folder).expect("it is inside").to_string_lossy().into_owned();
    let is_test = |part: &str| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs");
    let is_code = |name: &String| !name.split('/').any(is_test);
    let names = paths.iter().map(|path| name(path)).filter(is_code);
    let files: Vec<File> =
        names.map(|name| parse(&name, &fs::read_to_string(folder.join(&name)).expect("it reads"))).collect();
    assert!(files.len() > 10, "{} has few files", folder.display());
    let found = violations(&files, layers);
    assert!(found.is_empty(), "{}:\n{}", folder.display(), found.join("\n"));
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it reads").path();
        if path.is_dir() && (path.ends_with("generated") || path.ends_with("target")) {
            continue;
        }
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    paths.sort();
}

/// A source file of a crate, and the paths in it that begin at the crate.
struct File {
    name: String,
    module: Vec<String>,
    imports: Vec<(usize, Vec<String>)>,
}

fn parse(name: &str, source: &str) -> File {
    let mut module: Vec<String> = name.trim_end_matches(".rs").split('/').map(ToOwned::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    let mut imports = Imports { module: module.clone(), inline: 0, found: Vec::new() };
    imports.visit_file(&syn::parse_file(source).unwrap_or_else(|error| panic!("{name}: {error}")));
    File { name: name.to_owned(), module, imports: imports.found }
}

/// Collects the paths of a file that begin at the crate, `super::` resolved.
struct Imports {
    module: Vec<String>,
    /// Depth of the inline modules around the visitor.
    inline: usize,
    found: Vec<(usize, Vec<String>)>,
}

impl Imports {
    fn record(&mut self, span: Span, segments: &[String]) {
        let above = segments.iter().take_while(|segment| *segment == "super").count();
        let rest = &segments[above..];
        let path = match segments.first().map(String::as_str) {
            Some("crate") => segments[1..].to_vec(),
            // What leads no further than to the file itself.
            Some("super") if above <= self.inline => return,
            Some("super") => {
                let kept = (self.module.len() + self.inline).saturating_sub(above);
                [&self.module[..kept.min(self.module.len())], rest].concat()
            }
            _ => return,
        };
        self.found.push((span.start().line, path));
    }

    fn record_tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.record_tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) if name.ident == "self" => self.record(name.span(), before),
            syn::UseTree::Name(name) => self.record(name.span(), &with(&name.ident)),
            syn::UseTree::Rename(name) => self.record(name.span(), &with(&name.ident)),
            syn::UseTree::Glob(glob) => self.record(glob.span(), &[before, &["*".to_owned()]].concat()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.record_tree(item, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.record_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.record(path.span(), &segments);
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident == "tests" {
            return;
        }
        self.inline += usize::from(item.content.is_some());
        visit::visit_item_mod(self, item);
        self.inline -= usize::from(item.content.is_some());
    }
}

fn violations(files: &[File], layers: Layers) -> Vec<String> {
    let layer = |module: &str| layers.iter().position(|layer| layer.contains(&module));
    let mut found = Vec::new();
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.module.is_empty()) {
        let own = layer(&file.module[0]);
        if own.is_none() {
            found.push(format!("{}: {} stands in no layer", file.name, file.module[0]));
        }
        for (line, path) in &file.imports {
            let shown = format!("{}:{line}: imports crate::{}", file.name, path.join("::"));
            let target = path.first().and_then(|first| layer(first));
            if target.is_none() {
                found.push(format!("{shown} from the root"));
            } else if target > own {
                found.push(format!("{shown} from a layer above"));
            } else if target == own && path[0] != file.module[0] {
                found.push(format!("{shown} from its own layer"));
            } else if path[0] == file.module[0] {
                // The file of the longest path to a module.
                let module = |file: &&File| path.starts_with(&file.module) && !file.module.is_empty();
                let Some(imported) = files.iter().filter(module).max_by_key(|file| file.module.len()) else { continue };
                if imported.name.ends_with("mod.rs") && file.module.starts_with(&imported.module) {
                    if imported.name != file.name {
                        found.push(format!("{shown} through its own mod.rs"));
                    }
                } else if imported.name != file.name {
                    edges.entry(&file.name).or_default().insert(&imported.name);
                }
            }
        }
    }
    found.extend(circles(&edges));
    found
}

/// Names each circle once, by the first of its files.
fn circles(edges: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for &start in edges.keys() {
        let mut ways = vec![vec![start]];
        let mut visited = BTreeSet::new();
        while let Some(way) = ways.pop() {
            for &next in edges.get(way[way.len() - 1]).into_iter().flatten() {
                if next == start && !way.iter().any(|file| seen.contains(file)) {
                    seen.extend(way.iter().copied());
                    found.push(format!("{start} imports itself by way of {}", way[1..].join(", ")));
                } else if visited.insert(next) {
                    ways.push([&way[..], &[next]].concat());
                }
            }
        }
    }
    found
}
