//! Reader of the file of profiles.

use std::collections::BTreeMap;
use std::path::Path;

use toml_edit::{Document, Item, TableLike};

use super::profile_keys::keys;
use super::profile_section::ProfileSection;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::spec::Api;

/// Reader of the file, whose failures have the place in it and no value.
pub(super) struct ProfileReader<'r> {
    path: &'r Path,
    text: &'r str,
    sections: Vec<ProfileSection>,
}

impl<'r> ProfileReader<'r> {
    /// Reads the text of a file. Returns the name of the default profile, and the sections in the order of the file.
    pub(super) fn read(path: &'r Path, text: &'r str) -> Result<(Option<String>, Vec<ProfileSection>), Failure> {
        let mut reader = Self { path, text, sections: Vec::new() };
        let default = reader.read_document()?;
        Ok((default, reader.sections))
    }

    /// Reads the sections. Returns the default.
    fn read_document(&mut self) -> Result<Option<String>, Failure> {
        // The parser's own message shows the line, and with it the secret.
        let document = Document::parse(self.text)
            .map_err(|error| self.fault(error.span().map(|span| span.start), "is no TOML here; look at its quotes"))?;
        let mut default = None;
        for (key, item, at) in entries(document.as_table()) {
            match key {
                "default" => default = Some(self.text_of(key, item, at)?),
                "profiles" => self.read_profiles(self.table_of(item, at)?)?,
                _ => return Err(self.unknown(at, "default, profiles")),
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
            for (name, item, at) in entries(self.table_of(item, at)?) {
                let names: Vec<_> = Api::all().iter().map(|api| api.name).collect();
                let api = Api::find(name).ok_or_else(|| self.unknown(at, &names.join(", ")))?;
                let section = self.read_section(profile, api, self.table_of(item, at)?, at)?;
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
            let key = key.ok_or_else(|| self.unknown(at, &names.join(", ")))?;
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

    fn table_of<'i>(&self, item: &'i Item, at: Option<usize>) -> Result<&'i dyn TableLike, Failure> {
        item.as_table_like().ok_or_else(|| self.fault(at, "has a key that is no table"))
    }

    fn text_of(&self, key: &str, item: &Item, at: Option<usize>) -> Result<String, Failure> {
        match item.as_str() {
            Some("") => Err(self.fault(at, &format!("has a key {key:?} whose value is empty"))),
            Some(text) => Ok(text.to_owned()),
            None => Err(self.fault(at, &format!("has a key {key:?} whose value is no text in quotes"))),
        }
    }

    /// Creates the failure of a key, which is not shown: it may be a secret that is in the place of its key.
    fn unknown(&self, at: Option<usize>, known: &str) -> Failure {
        self.fault(at, &format!("has an unknown key; known here are {known}"))
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
        let failure = ProfileReader::read(Path::new("p.toml"), text).expect_err(text);
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
            ("[profiles.a.zapsign]\ntoken = \"s3cret\"", "line 2 has an unknown key; known here are api_token"),
            ("[profiles.a.zapsgin]\napi_token = \"s3cret\"", "line 1 has an unknown key; known here are dial"),
            ("[profile.a.zapsign]\napi_token = \"s3cret\"", "line 1 has an unknown key; known here are default"),
            ("s3cret = \"api_token\"", "line 1 has an unknown key"),
            ("[profiles.a.zapsign]\n\"s3cret\" = \"api_token\"", "line 2 has an unknown key"),
            ("[profiles.a]\ns3cret = \"api_token\"", "line 2 has an unknown key"),
            ("[profiles]\ns3cret = \"api_token\"", "line 2 has a key that is no table"),
            ("profiles = \"s3cret\"", "line 1 has a key that is no table"),
            ("[profiles]\na = \"s3cret\"", "line 2 has a key that is no table"),
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
}
