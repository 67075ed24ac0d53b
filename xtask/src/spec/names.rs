//! Names of generated code: conversion to Rust identifiers, and scopes in which each name is used once.
//!
//! A name that is reserved or taken gets a suffix: first a word for its kind, then a number.

use std::collections::BTreeSet;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Tag of an operation that has none, as documentation tools show it.
pub const DEFAULT_TAG: &str = "default";

/// Modules of the generated code that do not depend on tags.
const MODULES: [&str; 11] =
    ["builders", "calls", "enums", "events", "filters", "ids", "mod_", "operations", "schemas", "shared", "types"];

/// Types that generated code names without a path, and hand-written types of the crates.
const TYPES: [&str; 30] = [
    "ApiError",
    "BTreeMap",
    "Base64",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Error",
    "Fn",
    "From",
    "Into",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "Result",
    "Secret",
    "Self",
    "Send",
    "Some",
    "String",
    "Sync",
    "Timestamp",
    "Vec",
];

/// Methods of every client, and constants beside the operations in their table.
const METHODS: [&str; 10] =
    ["all", "builder", "client", "clone", "from_env", "new", "operation", "request", "servers", "with_login"];

/// Setters, methods and fields that every call has, and what stands beside its parameters where it is sent.
const SETTERS: [&str; 17] = [
    "attempt_timeout",
    "body",
    "clone",
    "deadline",
    "header",
    "into",
    "items",
    "max_decoded_bytes",
    "max_wait",
    "options",
    "pipeline",
    "request",
    "response",
    "retry",
    "send",
    "time_limit",
    "timeout",
];

/// Methods of every client's builder.
const SETTINGS: [&str; 22] = [
    "allow_plain_http",
    "attempt_timeout",
    "base_url",
    "build",
    "clone",
    "configure_http",
    "connect_timeout",
    "danger_http_client",
    "deadline",
    "environment",
    "from_env",
    "into",
    "login",
    "max_response_bytes",
    "max_wait",
    "on_drift",
    "rate_limit_by_address",
    "rate_limiting",
    "retry",
    "time_limit",
    "timeout",
    "user_agent",
];

/// Methods that every builder of a body has.
const FIELDS: [&str; 5] = ["build", "builder", "clone", "into", "try_into"];

/// Variants and constants that every open enum has.
const VARIANTS: [&str; 3] = ["KNOWN", "Self", "Unknown"];

/// A scope of names, each of which is used once.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Names that generated code or the language uses for something else.
    reserved: BTreeSet<String>,
    given: BTreeSet<String>,
    /// Suffix for a name that is reserved.
    suffix: &'static str,
}

impl Scope {
    fn new(reserved: &[&str], suffix: &'static str) -> Self {
        let reserved = reserved.iter().map(|name| (*name).to_owned()).collect();
        Self { reserved, given: BTreeSet::new(), suffix }
    }

    /// Returns the scope of tags, which are modules and, with hyphens, features of a manifest that has these features
    /// of its own.
    pub fn tags(features: &[String]) -> Self {
        let mut scope = Self::new(&MODULES, "operations");
        scope.reserved.insert(DEFAULT_TAG.to_owned());
        scope.reserved.extend(features.iter().map(|feature| feature.to_snake_case()));
        scope
    }

    /// Returns the scope of types.
    pub fn types() -> Self {
        Self::new(&TYPES, "type")
    }

    /// Returns the scope of the client's methods.
    pub fn methods() -> Self {
        Self::new(&METHODS, "operation")
    }

    /// Returns the scope of one call's setters.
    pub fn setters() -> Self {
        Self::new(&SETTERS, "parameter")
    }

    /// Returns the names of the setters of a client's credentials.
    pub fn credentials() -> Self {
        Self::new(&SETTINGS, "credential")
    }

    /// Returns the scope of the methods that make a client of another one, beside those of the operations.
    pub fn clients<'n>(operations: impl Iterator<Item = &'n str>) -> Self {
        let mut scope = Self::new(&METHODS, "client");
        scope.reserved.extend(operations.map(ToOwned::to_owned));
        scope
    }

    /// Returns the scope of one type's fields, each of which may be a setter of its builder.
    pub fn fields() -> Self {
        Self::new(&FIELDS, "field")
    }

    /// Returns the scope of one enum's variants.
    pub fn variants() -> Self {
        Self::new(&VARIANTS, "value")
    }

    /// Reserves a name that is assigned elsewhere.
    pub fn reserve(&mut self, name: &str) {
        self.reserved.insert(name.to_owned());
    }

    /// Claims a name exactly as given. Returns `false` if it is reserved or taken.
    pub fn take(&mut self, name: &str) -> bool {
        !self.reserved.contains(name) && self.given.insert(spelled(name))
    }

    /// Claims a name in snake case: the wanted one, or that with a suffix.
    pub fn snake(&mut self, wanted: &str) -> String {
        let base = snake(wanted);
        let base = if base.is_empty() { self.suffix.to_owned() } else { base };
        let suffix = format!("_{}", self.suffix);
        keyword_escaped(&self.free(&base, &suffix, "_"))
    }

    /// Claims a name in upper camel case: the wanted one, or that with a suffix.
    pub fn camel(&mut self, wanted: &str) -> String {
        let base = camel(wanted);
        let base = if base.is_empty() { self.suffix.to_upper_camel_case() } else { base };
        let suffix = self.suffix.to_upper_camel_case();
        self.free(&base, &suffix, "")
    }

    fn free(&mut self, base: &str, suffix: &str, separator: &str) -> String {
        let mut name = base.to_owned();
        if self.reserved.contains(base) {
            name.push_str(suffix);
        }
        let mut number = 2;
        while self.reserved.contains(&name) || self.given.contains(&spelled(&name)) {
            name = format!("{base}{separator}{number}");
            number += 1;
        }
        self.given.insert(spelled(&name));
        name
    }
}

/// Returns the key by which names are compared: without underscores, which other cases lose.
fn spelled(name: &str) -> String {
    name.replace('_', "")
}

/// Converts a text to ASCII snake case that begins with a letter. May be empty.
pub fn snake(text: &str) -> String {
    let name = ascii(text).to_snake_case();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("n{name}") } else { name }
}

/// Converts a text to ASCII upper camel case that begins with a letter. Converting the result again does not change
/// it. May be empty.
pub fn camel(text: &str) -> String {
    let mut name = ascii(text).to_upper_camel_case();
    loop {
        let again = name.to_upper_camel_case();
        if again == name {
            break;
        }
        name = again;
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("N{name}") } else { name }
}

/// Converts a tag to the name of a module, in ASCII since it is also a file name; `tag` if nothing is left.
pub fn module(tag: &str) -> String {
    let name = ascii(tag).to_snake_case();
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() || is_keyword(&name) {
        format!("tag_{name}").trim_end_matches('_').to_owned()
    } else {
        name
    }
}

/// Transliterates a text to ASCII letters, digits and separators.
fn ascii(text: &str) -> String {
    let words = signs(text);
    deunicode::deunicode(&words).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Replaces a value of punctuation alone by the names of its characters, so that `+` and `-` differ.
fn signs(text: &str) -> String {
    if text.chars().any(char::is_alphanumeric) {
        return text.to_owned();
    }
    let name = |sign: char| match sign {
        '+' => "plus",
        '-' => "minus",
        '*' => "star",
        '/' => "slash",
        '<' => "less",
        '>' => "greater",
        '=' => "equal",
        '!' => "not",
        '&' => "and",
        '|' => "or",
        '%' => "percent",
        '.' => "dot",
        ',' => "comma",
        '#' => "hash",
        '@' => "at",
        '$' => "dollar",
        '~' => "tilde",
        '?' => "question",
        ':' => "colon",
        _ => "",
    };
    text.chars().map(name).collect::<Vec<_>>().join("_")
}

/// Returns `true` if a word can't be an identifier.
pub fn is_keyword(name: &str) -> bool {
    // A keyword since the edition of 2024, which the parser does not know.
    name == "gen" || syn::parse_str::<syn::Ident>(name).is_err()
}

/// Appends an underscore to a keyword, as fields and setters need it.
fn keyword_escaped(name: &str) -> String {
    if is_keyword(name) { format!("{name}_") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_another_by_rule() {
        let mut setters = Scope::setters();
        let wanted = ["send", "Send", "client-id", "client_id", "type", "", "360dialog", "período", "文"];
        let given: Vec<String> = wanted.iter().map(|name| setters.snake(name)).collect();
        assert_eq!(
            given,
            [
                "send_parameter",
                "send_2",
                "client_id",
                "client_id_2",
                "type_",
                "parameter",
                "n360dialog",
                "periodo",
                "wen"
            ]
        );
    }

    #[test]
    fn types_do_not_hide_what_code_names_without_a_path() {
        let mut types = Scope::types();
        let wanted = ["Option", "option", "_Meta", "Limits", "limits", "2d", "Ship-Out"];
        let given: Vec<String> = wanted.iter().map(|name| types.camel(name)).collect();
        assert_eq!(given, ["OptionType", "Option2", "Meta", "Limits", "Limits2", "N2d", "ShipOut"]);
    }

    #[test]
    fn operations_do_not_hide_what_stands_beside_them() {
        let mut methods = Scope::methods();
        let given: Vec<String> = ["ALL", "servers", "builder", "list"].iter().map(|name| methods.snake(name)).collect();
        assert_eq!(given, ["all_operation", "servers_operation", "builder_operation", "list"]);
        let mut clients = Scope::clients(["with_token"].into_iter());
        assert_eq!(["with_token", "with_key"].map(|name| clients.snake(name)), ["with_token_client", "with_key"]);
    }

    #[test]
    fn signs_have_names() {
        let mut variants = Scope::variants();
        let given: Vec<String> =
            ["<=", "+", "-", "", "24h", "Self", "Unknown"].iter().map(|v| variants.camel(v)).collect();
        assert_eq!(given, ["LessEqual", "Plus", "Minus", "Value", "N24h", "SelfValue", "UnknownValue"]);
    }

    #[test]
    fn a_tag_is_a_module_and_a_feature_of_its_own() {
        let features = ["default".to_owned(), "native-tls".to_owned()];
        for (tag, expected) in [
            ("Account Sharing", "account_sharing"),
            ("360dialog Payments", "tag_360dialog_payments"),
            ("default", "default_operations"),
            ("Native TLS", "native_tls_operations"),
            ("Type", "tag_type"),
            ("Enums", "enums_operations"),
            ("Documentação", "documentacao"),
            ("!", "not"),
        ] {
            let mut tags = Scope::tags(&features);
            assert_eq!(tags.snake(&module(tag)), expected, "{tag}");
        }
    }
}
