//! `cargo xtask fetch`: downloads the vendors' pages into a cache folder, and reports what has changed.

mod cache;
mod client;
mod pages;

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::diagnostic::{Diagnostic, Result};
use crate::workspace::api::Api;
use cache::{Cache, Record};
use client::{Client, redacted};
use pages::{PageKind, Pages};

/// Options of `cargo xtask fetch`.
#[derive(clap::Args)]
pub struct Options {
    /// Only the pages of this API.
    #[arg(long)]
    pub api: Option<String>,
    /// Take the addresses from a vendor's list of pages (llms.txt or sitemap.md), by address or as a file.
    #[arg(long, value_name = "INDEX", requires = "api")]
    pub from: Option<String>,
    /// Folder for the pages, instead of `partner-apis-pages/API` in the user's cache folder.
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Milliseconds between two pages of one host; 500 unless given, and none on this machine.
    #[arg(long, value_name = "MS")]
    pub pause_ms: Option<u64>,
}

/// Downloads the pages one by one. Returns `true` if all downloads succeeded.
pub fn fetch(root: &Path, options: &Options, print: &mut dyn FnMut(String)) -> Result<bool> {
    let mut client = Client::new(options.pause_ms.map(Duration::from_millis));
    let mut complete = true;
    for api in &Api::select(root, options.api.as_deref())? {
        let cache = match &options.cache {
            Some(folder) => Cache::new(folder.clone()),
            None => Cache::of_user(api)?,
        };
        let file = api.specs().join("pages.toml");
        let listed = root.join(&file).exists().then(|| pages::read(&root.join(&file))).transpose()?;
        let listed = match (&options.from, listed) {
            (_, Some(pages)) => pages,
            (Some(_), None) => Pages::default(),
            (None, None) => {
                let message = "there is no list of pages: write one, or give a vendor's index with `--from`";
                return Err(Diagnostic::new(message).in_file(&file));
            }
        };
        let mut run = Run { cache, client: &mut client, counts: Counts::default(), print };
        match &options.from {
            Some(index) => run.index(index, &listed)?,
            None => run.listed(&listed, &file),
        }
        let Counts { new, changed, unchanged, failed } = run.counts;
        let all = new + changed + unchanged + failed;
        print(format!(
            "{}: {all} pages, {new} new, {changed} changed, {unchanged} unchanged, {failed} failed",
            api.name()
        ));
        complete &= failed == 0;
    }
    Ok(complete)
}

#[derive(Default)]
struct Counts {
    new: usize,
    changed: usize,
    unchanged: usize,
    failed: usize,
}

/// State of downloading the pages of one API.
struct Run<'r> {
    cache: Cache,
    client: &'r mut Client,
    counts: Counts,
    print: &'r mut dyn FnMut(String),
}

impl Run<'_> {
    /// Downloads the pages of `pages.toml`, and reports pages of the vendor's index that it lacks.
    fn listed(&mut self, listed: &Pages, file: &Path) {
        for page in &listed.page {
            self.page(&page.url, Some(page.holds));
        }
        let Some(index) = &listed.index else { return };
        let Some(text) = self.page(index, Some(PageKind::Index)) else { return };
        let links = pages::links(&text, index);
        let wanted: Vec<&Url> = links.pages.iter().filter(|url| listed.is_below_prefix(url)).collect();
        if wanted.is_empty() {
            let why = "the index names no page below a `prefix`; correct `index` or `prefix`";
            self.failed(index, &format!("{why} in {}", file.display()));
        }
        for url in wanted.into_iter().filter(|url| listed.kind_of(url).is_none()) {
            (self.print)(format!("unlisted: {url}: add it to {}", file.display()));
        }
    }

    /// Downloads the pages that an index names.
    fn index(&mut self, index: &str, listed: &Pages) -> Result<()> {
        let links = if index.starts_with("http://") || index.starts_with("https://") {
            let url = Url::parse(index).map_err(|e| Diagnostic::new(format!("`{index}` is no address: {e}")))?;
            let Some(text) = self.page(&url, Some(PageKind::Index)) else { return Ok(()) };
            pages::links(&text, &url)
        } else {
            let file = Path::new(index);
            let text = std::fs::read_to_string(file).map_err(|e| Diagnostic::new(e.to_string()).in_file(file))?;
            let base = pages::base_url(&text).or_else(|| listed.index.clone()).ok_or_else(|| {
                Diagnostic::new("the index names no page by its whole address; give the address of the index instead")
                    .in_file(file)
            })?;
            pages::links(&text, &base)
        };
        for url in &links.elsewhere {
            (self.print)(format!("left out: {}: it stands on another host than the index", redacted(url)));
        }
        let (wanted, others): (Vec<&Url>, Vec<&Url>) = links.pages.iter().partition(|url| listed.is_below_prefix(url));
        if !others.is_empty() {
            (self.print)(format!("left out: {} pages that are not below a `prefix` of pages.toml", others.len()));
        }
        if wanted.is_empty() {
            return Err(Diagnostic::new(format!(
                "{index} names no page that is wanted; it has to be Markdown with links to .md pages below a `prefix`"
            )));
        }
        for url in wanted {
            self.page(url, listed.kind_of(url));
        }
        Ok(())
    }

    /// Downloads one page, prints the result, and returns the text.
    fn page(&mut self, url: &Url, holds: Option<PageKind>) -> Option<String> {
        match self.update(url, holds) {
            Ok(text) => Some(text),
            Err(diagnostic) => {
                self.failed(url, &diagnostic.to_string());
                None
            }
        }
    }

    fn failed(&mut self, url: &Url, why: &str) {
        self.counts.failed += 1;
        (self.print)(format!("failed: {}: {why}", redacted(url)));
    }

    fn update(&mut self, url: &Url, holds: Option<PageKind>) -> Result<String> {
        let known = self.cache.read(url);
        let answer = self.client.get(url, known.as_ref().and_then(|known| known.record.as_ref()))?;
        let (state, count) = match (&answer.page, &known) {
            (Some(page), Some(known)) if page.text != known.text => ("changed", &mut self.counts.changed),
            (Some(_), None) => ("new", &mut self.counts.new),
            _ => ("unchanged", &mut self.counts.unchanged),
        };
        let before = known.as_ref().and_then(|known| known.record.as_ref());
        let (text, etag, last_modified) = match answer.page {
            Some(page) => (page.text, page.etag, page.last_modified),
            None => (
                known.as_ref().map(|known| known.text.clone()).unwrap_or_default(),
                before.and_then(|record| record.etag.clone()),
                before.and_then(|record| record.last_modified.clone()),
            ),
        };
        let record = Record::new(url, holds, etag, last_modified, &text);
        let file = self.cache.write(url, (state != "unchanged").then_some(text.as_str()), &record)?;
        *count += 1;
        if let Some(target) = answer.redirected {
            (self.print)(format!(
                "redirected: {} -> {}: correct the address where it is listed",
                redacted(url),
                redacted(&target)
            ));
        }
        (self.print)(format!("{state}: {} -> {}", redacted(url), file.display()));
        Ok(text)
    }
}
