//! File of profiles: TOML, with a section for each profile and API.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, TableLike, value};

use super::private_file;
use super::profile_keys::credentials;
use super::profile_reader::ProfileReader;
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
        let (default, sections) = ProfileReader::read(path, &text)?;
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
        let written = |error: io::Error| failed(&self.path, &format!("can't be written: {error}"));
        let _lock = private_file::lock(&self.path).map_err(written)?;
        // Another run may have changed it meanwhile.
        let text = Self::load(&self.path)?.text;
        // It was parsed before, so it can be.
        let mut document: DocumentMut = text.parse().map_err(|_| failed(&self.path, "is no TOML"))?;
        change(&mut document).ok_or_else(|| failed(&self.path, "has another structure; change it by hand"))?;
        let changed = Self::parse(&self.path, document.to_string())?;
        private_file::write(&self.path, &changed.text).map_err(written)?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
