//! Names of the commands: a group for each tag, and a verb for each operation. They are public, so a snapshot holds them.

use api_runtime::Operation;

use crate::spec::Api;

/// Name of a command, such as `documents create`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandName {
    pub(crate) group: String,
    pub(crate) verb: String,
}

impl CommandName {
    /// Returns the name of an operation's command: its tag, and its id without the tag's noun. `create_document_async` with the
    /// tag `documents` is `documents create-async`.
    pub(crate) fn of(row: &Operation) -> Self {
        let tag: Vec<&str> = row.tag.split([' ', '_', '-']).collect();
        let noun: Vec<String> = tag.iter().map(|word| singular(&word.to_lowercase())).collect();
        let words: Vec<&str> = row.id.split('_').collect();
        // The first word is the verb, even if it is spelled as the noun is.
        let start = (1..words.len()).find(|start| {
            let here = words[*start..].iter().map(|word| singular(word)).take(noun.len());
            here.eq(noun.iter().cloned())
        });
        let verb: Vec<&str> = match start {
            Some(start) => [&words[..start], &words[start + noun.len()..]].concat(),
            None => words,
        };
        Self { group: tag.join("-").to_lowercase(), verb: verb.join("-") }
    }

    /// Returns the tag's noun in the singular, such as `document`.
    pub(crate) fn noun(&self) -> String {
        singular(&self.group)
    }
}

/// Returns the operation of a command, by group and verb.
pub(crate) fn find_operation(api: &Api, group: &str, verb: &str) -> Option<&'static Operation> {
    api.operations.iter().copied().find(|row| {
        let name = CommandName::of(row);
        name.group == group && name.verb == verb
    })
}

/// Returns an English noun in the singular.
pub(super) fn singular(noun: &str) -> String {
    match noun {
        _ if noun.ends_with("ss") => noun.to_owned(),
        _ => match (noun.strip_suffix("ies"), noun.strip_suffix('s')) {
            (Some(stem), _) => format!("{stem}y"),
            (None, Some(stem)) => stem.to_owned(),
            (None, None) => noun.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_is_found_by_it() {
        for api in Api::all() {
            let mut names = HashSet::new();
            for row in api.operations {
                let name = CommandName::of(row);
                let found = find_operation(api, &name.group, &name.verb).expect("it is found");
                assert!(std::ptr::eq(found, *row), "{} and {} are both {name:?}", found.id, row.id);
                assert!(!name.verb.is_empty() && names.insert(format!("{name:?}")));
            }
        }
    }

    #[test]
    fn a_noun_is_left_out_where_the_group_says_it() {
        for (id, group, verb) in [
            ("create_document_async", "documents", "create-async"),
            ("delete_signer_groups", "signers", "delete-groups"),
            ("place_signatures", "documents", "place-signatures"),
            ("get_plan", "account", "get-plan"),
            ("get_waba_account", "waba-accounts", "get"),
        ] {
            let row = Api::all().iter().flat_map(|api| api.operations).find(|row| row.id == id).expect("it is there");
            assert_eq!(CommandName::of(row), CommandName { group: group.to_owned(), verb: verb.to_owned() });
        }
    }
}
