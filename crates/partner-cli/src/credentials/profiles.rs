//! File of profiles: TOML, with a section for each profile and API.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml_edit::{Document, DocumentMut, Item, TableLike, value};

use super::private_file;
use super::profile_keys::{credentials, keys};
use super::profile_section::ProfileSection;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::spec::Api;

/// Profiles of a file.
pub(crate) struct Profiles {
    pub(crate) path: PathBuf,
    text: String,
    /// Profile that is taken if none is named.
    pub(crate) default: Option<String>,
    /// Sections by the name of their profile, in the order of the file.
    pub(crate) sections: Vec<ProfileSection>,
}

/// Returns the path of the file: `PARTNER_CONFIG`, or else `partner/profiles.toml` in the user's folder of configurations.
pub(crate) fn profile_path(variables: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let variable = |name: &str| variables(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = variable("PARTNER_CONFIG") {
        return Some(path);
    }
    let folder = if cfg!(windows) {
        variable("APPDATA")
    } else {
        // A relative path is ignored, as the XDG Base Directory Specification asks.
        let named = variable("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute());
        named.or_else(|| variable("HOME").map(|home| home.join(".config")))
    };
    Some(folder?.join("partner").join("profiles.toml"))
}

impl Profiles {
    /// Loads the profiles of a file; none if there is no file.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let fault = |fault: String| Failure::new(ExitCode::Credential, format!("profile file {path:?} {fault}"));
        let text = private_file::read(path).map_err(fault)?.unwrap_or_default();
        Self::parse(path, text)
    }

    fn parse(path: &Path, text: String) -> Result<Self, Failure> {
        let mut reader = Reader { path, text: &text, sections: Vec::new() };
        let default = reader.read()?;
        let sections = reader.sections;
        Ok(Self { path: path.to_owned(), default, sections, text })
    }

    /// Returns the names of the profiles, in the order of the file.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.sections.iter().map(|section| section.profile.as_str()).collect();
        names.dedup();
        names
    }

    /// Returns what a profile has for an API.
    pub(crate) fn section(&self, profile: &str, api: &Api) -> Option<&ProfileSection> {
        self.sections.iter().find(|section| section.profile == profile && section.api.name == api.name)
    }

    /// Returns the failure of a profile that is not there.
    pub(crate) fn unknown(&self, profile: &str) -> Failure {
        let names = self.names();
        let known = if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
        Failure::usage(format!("there is no profile {profile:?} in {:?}; {known}", self.path))
    }

    /// Sets keys of a section, which is made if it is missing. A credential replaces one of another kind.
    pub(crate) fn set(&mut self, profile: &str, api: &Api, values: &BTreeMap<&str, String>) -> Result<(), Failure> {
        self.edit(|document| {
            let profiles = table(document.as_table_mut(), "profiles")?;
            let section = table(table(profiles, profile)?, api.name)?;
            let replaces = |all: &&&[&str]| all.iter().any(|key| values.contains_key(key));
            if credentials(api).iter().any(|all| replaces(&all)) {
                credentials(api).iter().flat_map(|all| all.iter()).for_each(|key| drop(section.remove(key)));
            }
            for (one, other) in [("url", "environment"), ("environment", "url")] {
                if values.contains_key(one) {
                    section.remove(other);
                }
            }
            for (key, text) in values {
                section.insert(key, value(text));
            }
            Some(())
        })
    }

    /// Removes a profile.
    pub(crate) fn remove(&mut self, profile: &str) -> Result<(), Failure> {
        if !self.names().contains(&profile) {
            return Err(self.unknown(profile));
        }
        let is_default = self.default.as_deref() == Some(profile);
        self.edit(|document| {
            if is_default {
                document.remove("default");
            }
            document.get_mut("profiles")?.as_table_like_mut()?.remove(profile).map(drop)
        })
    }

    /// Makes a profile the one that is taken if none is named.
    pub(crate) fn set_default(&mut self, profile: &str) -> Result<(), Failure> {
        if !self.names().contains(&profile) {
            return Err(self.unknown(profile));
        }
        self.edit(|document| {
            document.insert("default", value(profile));
            Some(())
        })
    }

    /// Changes the document, checks the result, and writes it.
    fn edit(&mut self, change: impl FnOnce(&mut DocumentMut) -> Option<()>) -> Result<(), Failure> {
        let failed =
            |path: &Path, fault: &str| Failure::new(ExitCode::Failed, format!("profile file {path:?} {fault}"));
        // It was parsed before, so it can be.
        let mut document: DocumentMut = self.text.parse().map_err(|_| failed(&self.path, "is no TOML"))?;
        change(&mut document).ok_or_else(|| failed(&self.path, "has another structure; change it by hand"))?;
        let changed = Self::parse(&self.path, document.to_string())?;
        private_file::write(&self.path, &changed.text)
            .map_err(|error| failed(&self.path, &format!("can't be written: {error}")))?;
        *self = changed;
        Ok(())
    }
}

/// The path and the names, and no value.
impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiles").field("path", &self.path).field("names", &self.names()).finish_non_exhaustive()
    }
}

/// Returns a table in a table, which is made if it is missing.
fn table<'t>(parent: &'t mut dyn TableLike, name: &str) -> Option<&'t mut dyn TableLike> {
    parent
        .entry(name)
        .or_insert_with(|| {
            let mut table = toml_edit::Table::new();
            // Only the innermost table has a line of its own, which `[profiles.acme.zapsign]` is.
            table.set_implicit(true);
            Item::Table(table)
        })
        .as_table_like_mut()
}

/// Reader of the file, whose failures have the place in it and no value.
struct Reader<'r> {
    path: &'r Path,
    text: &'r str,
    sections: Vec<ProfileSection>,
}

impl Reader<'_> {
    /// Reads the sections. Returns the default.
    fn read(&mut self) -> Result<Option<String>, Failure> {
        // The parser's own message shows the line, and with it the secret.
        let document = Document::parse(self.text)
            .map_err(|error| self.fault(error.span().map(|span| span.start), "is no TOML here; look at its quotes"))?;
        let mut default = None;
        for (key, item, at) in entries(document.as_table()) {
            match key {
                "default" => default = Some(self.text_of(key, item, at)?),
                "profiles" => self.read_profiles(self.table_of(key, item, at)?)?,
                other => return Err(self.unknown(other, at, "default, profiles")),
            }
        }
        match &default {
            Some(name) if self.sections.iter().all(|section| section.profile != *name) => {
                let at = document.as_table().key("default").and_then(toml_edit::Key::span).map(|span| span.start);
                Err(self.fault(at, "has a key \"default\" that names none of its profiles"))
            }
            _ => Ok(default),
        }
    }

    fn read_profiles(&mut self, profiles: &dyn TableLike) -> Result<(), Failure> {
        for (profile, item, at) in entries(profiles) {
            for (name, item, at) in entries(self.table_of(profile, item, at)?) {
                let names: Vec<_> = Api::all().iter().map(|api| api.name).collect();
                let api = Api::find(name).ok_or_else(|| self.unknown(name, at, &names.join(", ")))?;
                let section = self.read_section(profile, api, self.table_of(name, item, at)?, at)?;
                self.sections.push(section);
            }
        }
        Ok(())
    }

    fn read_section(
        &self,
        profile: &str,
        api: &'static Api,
        table: &dyn TableLike,
        at: Option<usize>,
    ) -> Result<ProfileSection, Failure> {
        let mut section = ProfileSection { profile: profile.to_owned(), api, values: BTreeMap::new() };
        for (name, item, at) in entries(table) {
            let names: Vec<_> = keys(api).iter().map(|key| key.name).collect();
            let key = keys(api).iter().find(|key| key.name == name);
            let key = key.ok_or_else(|| self.unknown(name, at, &names.join(", ")))?;
            section.values.insert(key.name, self.text_of(name, item, at)?);
        }
        match section.fault() {
            Some((key, fault)) => {
                let at = entries(table).find(|(name, ..)| *name == key).map_or(at, |(.., at)| at);
                Err(self.fault(at, &format!("has a key {key:?} that {fault}")))
            }
            None => Ok(section),
        }
    }

    fn table_of<'i>(&self, key: &str, item: &'i Item, at: Option<usize>) -> Result<&'i dyn TableLike, Failure> {
        item.as_table_like().ok_or_else(|| self.fault(at, &format!("has a key {key:?} that is no table")))
    }

    fn text_of(&self, key: &str, item: &Item, at: Option<usize>) -> Result<String, Failure> {
        match item.as_str() {
            Some("") => Err(self.fault(at, &format!("has a key {key:?} whose value is empty"))),
            Some(text) => Ok(text.to_owned()),
            None => Err(self.fault(at, &format!("has a key {key:?} whose value is no text in quotes"))),
        }
    }

    fn unknown(&self, key: &str, at: Option<usize>, known: &str) -> Failure {
        self.fault(at, &format!("has an unknown key {key:?}; known here are {known}"))
    }

    fn fault(&self, at: Option<usize>, fault: &str) -> Failure {
        let line =
            at.map(|at| self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|b| **b == b'\n').count() + 1);
        let line_text = line.map(|line| format!(", line {line}")).unwrap_or_default();
        let failure = Failure::new(ExitCode::Credential, format!("profile file {:?}{line_text} {fault}", self.path));
        let failure = failure.with("path", self.path.to_string_lossy());
        line.into_iter().fold(failure, |failure, line| failure.with("line", line))
    }
}

/// Returns the entries of a table with the places of their keys.
fn entries(table: &dyn TableLike) -> impl Iterator<Item = (&str, &Item, Option<usize>)> {
    table.iter().map(|(name, item)| {
        let at = table.key(name).and_then(toml_edit::Key::span).map(|span| span.start);
        (name, item, at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        let failure = Profiles::parse(Path::new("p.toml"), text.to_owned()).expect_err(text);
        assert_eq!(failure.code, ExitCode::Credential);
        let all = format!("{failure} {failure:?} {}", failure.report(crate::command::OutputFormat::Json));
        assert!(!all.contains("s3cret"), "{all}");
        failure.to_string()
    }

    #[test]
    fn a_fault_has_its_line_and_key_and_no_value() {
        for (text, expected) in [
            ("a = \"s3cret", "line 1 is no TOML here"),
            ("\n\ns3cret-text", "line 3 is no TOML here"),
            ("[profiles.a.zapsign]\napi_token = s3cret", "line 2 is no TOML here"),
            ("[profiles.a.zapsign]\napi_token = \"s3cret\"\napi_token = \"s3cret\"", "line 3 is no TOML here"),
            (
                "[profiles.a.zapsign]\ntoken = \"s3cret\"",
                "line 2 has an unknown key \"token\"; known here are api_token",
            ),
            (
                "[profiles.a.zapsgin]\napi_token = \"s3cret\"",
                "line 1 has an unknown key \"zapsgin\"; known here are dial",
            ),
            ("[profile.a.zapsign]\napi_token = \"s3cret\"", "line 1 has an unknown key \"profile\""),
            ("profiles = \"s3cret\"", "line 1 has a key \"profiles\" that is no table"),
            ("[profiles]\na = \"s3cret\"", "line 2 has a key \"a\" that is no table"),
            ("[profiles.a.zapsign]\napi_token = [\"s3cret\"]", "line 2 has a key \"api_token\" whose value is no text"),
            ("[profiles.a.dialog360]\napi_key = 7\n", "line 2 has a key \"api_key\" whose value is no text"),
            ("[profiles.a.dialog360]\napi_key = \"\"\n", "line 2 has a key \"api_key\" whose value is empty"),
            (
                "[profiles.a.dialog360]\napi_key = \"s3cret\"\nbearer_token = \"s3cret\"",
                "line 3 has a key \"bearer_token\" that is a second",
            ),
            ("[profiles.a.dialog360]\n\npassword = \"s3cret\"", "line 3 has a key \"password\" that needs login_name"),
            (
                "[profiles.a.zapsign]\nurl = \"http://s3cret\"\nenvironment = \"sandbox\"",
                "line 3 has a key \"environment\" that says",
            ),
            ("[profiles.a.zapsign]\nenvironment = \"s3cret\"", "it has production, sandbox, brazil"),
            ("default = \"s3cret\"\n", "line 1 has a key \"default\" that names none"),
        ] {
            let fault = fault(text);
            assert!(fault.starts_with("profile file \"p.toml\"") && fault.contains(expected), "{text}: {fault}");
        }
    }

    #[test]
    fn neither_debug_has_a_value() {
        let text =
            "[profiles.a.zapsign]\norganization_id = \"s3cret\"\nlogin_name = \"s3cret\"\npassword = \"s3cret\"\n";
        let profiles = Profiles::parse(Path::new("p.toml"), text.to_owned()).expect("it is valid");
        let section = &profiles.sections[0];
        let shown = format!("{profiles:?} {section:?} {:?}", section.credential());
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("organization_id") && shown.contains("login"), "{shown}");
    }

    #[test]
    fn the_path_is_that_of_the_variables_alone() {
        let path = |pairs: &'static [(&str, &str)]| {
            profile_path(&move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(path(&[]), None);
        assert_eq!(path(&[("PARTNER_CONFIG", "x.toml"), ("HOME", "/h")]), Some("x.toml".into()));
        if cfg!(unix) {
            assert_eq!(
                path(&[("PARTNER_CONFIG", ""), ("HOME", "/h")]),
                Some("/h/.config/partner/profiles.toml".into())
            );
            assert_eq!(path(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]), Some("/x/partner/profiles.toml".into()));
            assert_eq!(
                path(&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")]),
                Some("/h/.config/partner/profiles.toml".into())
            );
        }
    }
}
