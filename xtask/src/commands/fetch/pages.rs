//! Lists of pages: `pages.toml`, and the vendor's index.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pulldown_cmark::{Event, Parser, Tag};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::diagnostic::{Diagnostic, Result};

/// Content of `pages.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// URL of the vendor's index.
    pub index: Option<Url>,
    /// Path prefixes of wanted pages; all pages if empty.
    #[serde(default)]
    prefix: Vec<String>,
    #[serde(default)]
    pub page: Vec<Page>,
}

/// A page of `pages.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub url: Url,
    pub holds: PageKind,
}

/// Kind of a page's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageKind {
    /// OpenAPI documents, for `import`.
    Openapi,
    /// Tables and examples of one operation, for `import --against`.
    Operation,
    /// Text without a known structure.
    Prose,
    /// Links to pages.
    #[serde(skip_deserializing)]
    Index,
}

impl Pages {
    /// Returns the kind of a listed page.
    pub fn kind_of(&self, url: &Url) -> Option<PageKind> {
        self.page.iter().find(|page| page.url == *url).map(|page| page.holds)
    }

    /// Returns `true` if the path of a page has a wanted prefix.
    pub fn is_below_prefix(&self, url: &Url) -> bool {
        self.prefix.is_empty() || self.prefix.iter().any(|prefix| url.path().starts_with(prefix.as_str()))
    }
}

/// Reads `pages.toml`.
pub fn read(file: &Path) -> Result<Pages> {
    let text = fs::read_to_string(file).map_err(|e| Diagnostic::new(e.to_string()).in_file(file))?;
    let pages: Pages = toml::from_str(&text).map_err(|e| Diagnostic::new(e.to_string()).in_file(file))?;
    if let Some(prefix) = pages.prefix.iter().find(|prefix| !prefix.starts_with('/')) {
        let message = format!("the prefix `{prefix}` is no path: begin it with a slash");
        return Err(Diagnostic::new(message).in_file(file));
    }
    let mut known = BTreeSet::new();
    match pages.page.iter().find(|page| !known.insert(&page.url)) {
        Some(twin) => Err(Diagnostic::new(format!("{} stands there twice: delete one", twin.url)).in_file(file)),
        None => Ok(pages),
    }
}

/// Pages that an index links to, without duplicates, in order.
#[derive(Debug, Default, PartialEq)]
pub struct Links {
    pub pages: Vec<Url>,
    /// Pages on another host than the index.
    pub elsewhere: Vec<Url>,
}

/// Returns the pages that an index links to: targets whose path ends in `.md`.
pub fn links(text: &str, index: &Url) -> Links {
    let mut links = Links::default();
    for target in link_targets(text) {
        let Ok(mut url) = index.join(&target) else { continue };
        url.set_fragment(None);
        if !url.path().ends_with(".md") || url.path() == index.path() {
            continue;
        }
        let list = if url.origin() == index.origin() { &mut links.pages } else { &mut links.elsewhere };
        if !list.contains(&url) {
            list.push(url);
        }
    }
    links
}

/// Returns the root URL of the first absolute link to a page.
pub fn base_url(text: &str) -> Option<Url> {
    let url =
        link_targets(text).filter_map(|target| Url::parse(&target).ok()).find(|url| url.path().ends_with(".md"))?;
    url.join("/").ok()
}

fn link_targets(text: &str) -> impl Iterator<Item = String> {
    Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::load;
    use crate::workspace::api::Api;
    use serde_json::Value;

    fn urls(list: &[Url]) -> Vec<&str> {
        list.iter().map(Url::as_str).collect()
    }

    /// Calls `found` for each reference of a spec to a page of the vendor: evidence other than code, and links.
    fn named(value: &Value, found: &mut impl FnMut(&str, &str)) {
        match value {
            Value::Object(map) => {
                for evidence in map.get("x-evidence").and_then(Value::as_array).into_iter().flatten() {
                    if let (Some(source), Some(level)) = (evidence["source"].as_str(), evidence["level"].as_str()) {
                        found(source, level);
                    }
                }
                if let Some(url) = map.get("externalDocs").and_then(|docs| docs["url"].as_str()) {
                    found(url, "documented");
                }
                map.values().for_each(|value| named(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| named(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_page_that_a_spec_is_known_from_is_listed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for api in Api::all(&root).expect("there are specs") {
            let folder = root.join(api.specs());
            let pages = read(&folder.join("pages.toml")).expect("the list reads");
            let loaded = load::load(&folder).expect("the specs load");
            let mut count = 0;
            let mut lacking = BTreeSet::new();
            for fragment in loaded.fragments.iter().chain(&loaded.overlay) {
                named(&fragment.value, &mut |source, level| {
                    // Other evidence is prose or code.
                    if level == "observed" || !source.starts_with("http") {
                        return;
                    }
                    count += 1;
                    let url = Url::parse(&format!("{}.md", source.trim_end_matches(".md"))).expect("an address");
                    match pages.kind_of(&url) {
                        None => lacking.insert(format!("{url} is not listed")),
                        Some(PageKind::Openapi) => false,
                        Some(_) if level == "published" => lacking.insert(format!("{url} holds OpenAPI")),
                        Some(_) => false,
                    };
                });
            }
            assert!(count > 10, "{}: {count}", api.name());
            assert!(lacking.is_empty(), "{}: {lacking:#?}", api.specs().join("pages.toml").display());
        }
    }

    #[test]
    fn the_pages_of_an_index_are_those_of_its_host_each_once_in_order() {
        let index = Url::parse("https://ships.example/docs/llms.txt").expect("an address");
        let text = "# Ships\n\n- [B](https://ships.example/docs/b.md): Second\n- [A](a.md#top)\n- [A](/docs/a.md \"A\")\n\
                    - <https://ships.example/docs/c.md>\n- [Home](https://ships.example/docs/)\n\
                    - [Other](https://boats.example/d.md)\n- [Not](https://[broken/e.md)\n\n`[F](f.md)`\n";
        let links = links(text, &index);
        assert_eq!(
            urls(&links.pages),
            ["https://ships.example/docs/b.md", "https://ships.example/docs/a.md", "https://ships.example/docs/c.md"]
        );
        assert_eq!(urls(&links.elsewhere), ["https://boats.example/d.md"]);
        assert_eq!(base_url(text).expect("a base").as_str(), "https://ships.example/");
    }

    #[test]
    fn a_list_with_a_fault_names_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("pages.toml");
        let page = "[[page]]\nurl = \"https://ships.example/a.md\"\nholds = \"prose\"\n";
        for (text, expected) in [
            (page.repeat(2), "https://ships.example/a.md stands there twice: delete one"),
            (page.replace("prose", "poetry"), "unknown variant `poetry`"),
            (page.replace("https://ships.example", ""), "relative URL without a base"),
            ("prefix = [\"docs/\"]\n".to_owned(), "the prefix `docs/` is no path: begin it with a slash"),
        ] {
            fs::write(&file, text).expect("written");
            let said = read(&file).expect_err("it is refused").to_string();
            assert!(said.contains("pages.toml: ") && said.contains(expected), "expected {expected}\nfound    {said}");
        }
    }
}
