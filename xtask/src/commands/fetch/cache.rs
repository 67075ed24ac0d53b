//! Cache of downloaded pages, each with a record beside it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use super::pages::PageKind;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::load::sha256_hex;
use crate::workspace::api::Api;
use crate::workspace::files::write_atomically;

/// Maximum length of a file name in bytes, which leaves room for the suffix of the record.
const MAX_NAME_BYTES: usize = 200;

/// Cache folder.
pub struct Cache {
    folder: PathBuf,
}

/// A cached page.
pub struct Cached {
    pub text: String,
    /// Its record, if the hash matches the text.
    pub record: Option<Record>,
}

/// Record of a cached page.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    url: Url,
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    holds: Option<PageKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    sha256: String,
    /// Day on which the server last confirmed the page.
    fetched: String,
}

impl Record {
    pub fn new(
        url: &Url,
        holds: Option<PageKind>,
        etag: Option<String>,
        last_modified: Option<String>,
        text: &str,
    ) -> Self {
        let fetched = jiff::Timestamp::now().to_string().chars().take(10).collect();
        Self { url: url.clone(), holds, etag, last_modified, sha256: sha256_hex(text), fetched }
    }
}

impl Cache {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the cache of an API in the user's cache folder.
    pub fn of_user(api: &Api) -> Result<Self> {
        let given = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = given("XDG_CACHE_HOME").or_else(|| given("HOME").map(|home| home.join(".cache")));
        let folder = folder.ok_or_else(|| {
            Diagnostic::new("neither XDG_CACHE_HOME nor HOME names a folder for the pages: give one with `--cache`")
        })?;
        Ok(Self::new(folder.join("partner-apis-pages").join(api.name())))
    }

    pub fn read(&self, url: &Url) -> Option<Cached> {
        let file = self.folder.join(file_name(url));
        let text = fs::read_to_string(&file).ok()?;
        let record = fs::read_to_string(record_of(&file)).ok();
        let record = record.and_then(|record| toml::from_str::<Record>(&record).ok());
        let record = record.filter(|record| record.url == *url && record.sha256 == sha256_hex(&text));
        Some(Cached { text, record })
    }

    /// Writes the record, and the text if it changed. Returns the file of the page.
    pub fn write(&self, url: &Url, text: Option<&str>, record: &Record) -> Result<PathBuf> {
        let file = self.folder.join(file_name(url));
        if let Some(text) = text {
            write_atomically(&file, text).map_err(|e| Diagnostic::new(e.to_string()).in_file(&file))?;
        }
        let beside = record_of(&file);
        let fault = |message: String| Diagnostic::new(message).in_file(&beside);
        let record = toml::to_string(record).map_err(|e| fault(e.to_string()))?;
        write_atomically(&beside, &record).map_err(|e| fault(e.to_string()))?;
        Ok(file)
    }
}

fn record_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".toml");
    name.into()
}

/// Returns the file name for a URL: its portable characters, and a hash if others were replaced.
fn file_name(url: &Url) -> String {
    let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
    let path = url.path().trim_start_matches('/');
    let (stem, ending) = match path.rsplit_once('.') {
        Some((stem, ending @ ("md" | "txt"))) => (stem, ending),
        _ => (path, "md"),
    };
    let whole = format!("{}{port}/{stem}", url.host_str().unwrap_or_default());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    // An underscore stands for a slash, and only some file systems tell capitals from small letters.
    let mut unclear = url.query().is_some() || !path.ends_with(&format!(".{ending}"));
    let mut name = String::new();
    for c in whole.chars() {
        name.push(match c {
            '/' => '_',
            c if plain(c) => c,
            c => {
                unclear = true;
                if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }
            }
        });
    }
    if name.starts_with('.') || name.len() > MAX_NAME_BYTES {
        unclear = true;
        name = name.trim_start_matches('.').chars().take(MAX_NAME_BYTES - 16).collect();
    }
    if unclear {
        let hash = sha256_hex(url.as_str());
        name = format!("{name}-{}", hash.get(..12).unwrap_or_default());
    }
    format!("{name}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_address_has_a_safe_name_of_its_own() {
        let name = |url: &str| file_name(&Url::parse(url).expect("an address"));
        assert_eq!(name("https://docs.example/a/b-c.md"), "docs.example_a_b-c.md");
        assert_eq!(name("https://docs.example/llms.txt"), "docs.example_llms.txt");
        let odd: Vec<String> = [
            "https://docs.example/a/b.md",
            "https://docs.example/a_b.md",
            "https://docs.example/A/b.md",
            "https://docs.example/a/b",
            "https://docs.example/a/b.md?c",
            "https://docs.example/a/b.md?d",
            "https://docs.example/a/%2e%2e/b.md",
            "https://docs.example/a/..%2fb.md",
            "https://docs.example/a%2fb.md",
            "https://docs.example:8443/a/b.md",
            "https://docs.example//a/b.md",
            "https://docs.example/a/b.md.toml",
            "https://docs.example/",
            "https://docs.example",
            "http://[::1]:80/a/b.md",
            &format!("https://docs.example/{}.md", "a".repeat(4000)),
            &format!("https://docs.example/{}.md", "a".repeat(4001)),
        ]
        .iter()
        .map(|url| name(url))
        .collect();
        // Two addresses that are the same to every server, and two paths of dots that the parser takes away.
        let distinct: BTreeSet<String> = odd.iter().map(|name| name.to_ascii_lowercase()).collect();
        assert_eq!(distinct.len(), odd.len() - 2, "{odd:#?}");
        for name in &odd {
            assert!(name.len() <= 255 - ".toml".len() && name.ends_with(".md") && !name.starts_with('.'), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{name}");
        }
    }

    #[test]
    fn a_record_that_is_not_of_the_text_counts_for_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache::new(folder.path().join("pages"));
        let url = Url::parse("https://docs.example/a.md").expect("an address");
        assert!(cache.read(&url).is_none());
        let record = Record::new(&url, Some(PageKind::Prose), Some("\"1\"".to_owned()), None, "# A\n");
        let file = cache.write(&url, Some("# A\n"), &record).expect("written");
        let etag = || cache.read(&url).expect("it is there").record.and_then(|record| record.etag);
        assert_eq!(etag().as_deref(), Some("\"1\""));
        let text = fs::read_to_string(record_of(&file)).expect("a record");
        assert!(text.contains("holds = \"prose\"\n") && text.contains("etag = '\"1\"'\n"), "{text}");
        fs::write(&file, "# B\n").expect("written");
        assert_eq!(etag(), None);
        fs::write(&file, "# A\n").expect("written");
        fs::write(record_of(&file), text.replace("a.md", "b.md")).expect("written");
        assert_eq!(etag(), None);
        fs::write(record_of(&file), "no = [toml").expect("written");
        assert_eq!(etag(), None);
    }
}
