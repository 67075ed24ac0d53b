//! Security requirements and servers of operations.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{join, object, text};

/// Credential of an operation.
pub struct Authentication {
    /// The client's credential is sent.
    pub authenticated: bool,
    /// Header and scheme of an API key that is passed with each call instead.
    pub key: Option<(String, String)>,
}

/// Reads the security requirement of an operation.
///
/// # Errors
///
/// `Diagnostic` if the client can't satisfy any alternative.
pub fn read(document: &Value, pointer: &str, operation: &Value) -> Result<Authentication> {
    let Some(own) = operation["security"].as_array() else {
        return Ok(Authentication { authenticated: true, key: None });
    };
    let client = Authentication { authenticated: true, key: None };
    let alternatives: Vec<BTreeSet<&String>> = own
        .iter()
        .map(|requirement| requirement.as_object().into_iter().flatten().map(|(name, _)| name).collect())
        .collect();
    if alternatives.iter().all(BTreeSet::is_empty) {
        return Ok(Authentication { authenticated: false, key: None });
    }
    let of_client: BTreeSet<&String> = match document["security"].as_array() {
        Some(list) => list.iter().filter_map(Value::as_object).flat_map(|requirement| requirement.keys()).collect(),
        None => object(&document["components"], "securitySchemes").map(|(name, _)| name).collect(),
    };
    if alternatives.iter().any(|names| !names.is_empty() && names.is_subset(&of_client)) {
        return Ok(client);
    }
    let at = join(pointer, "security");
    let schemes = &document["components"]["securitySchemes"];
    for names in &alternatives {
        let Some(name) = names.first().filter(|_| names.len() == 1) else { continue };
        let scheme = &schemes[name.as_str()];
        if scheme.is_null() {
            return Err(Diagnostic::at(
                at,
                format!("there is no security scheme `{name}`; describe it in the overlay"),
            ));
        }
        if let (Some("apiKey"), Some("header"), Some(header)) =
            (text(scheme, "type"), text(scheme, "in"), text(scheme, "name"))
        {
            return Ok(Authentication { authenticated: false, key: Some((header.to_owned(), (*name).clone())) });
        }
    }
    Err(Diagnostic::at(
        at,
        "the operation asks for another credential than the client has; remove `security` in the overlay to send the \
         client's own, or `paths` of the operation to leave it out",
    ))
}

/// Returns the server of an operation, if it differs from that of the API.
pub fn server(document: &Value, pointer: &str, operation: &Value) -> Result<Option<String>> {
    let Some(first) = operation["servers"].as_array().and_then(|servers| servers.first()) else { return Ok(None) };
    let at = join(&join(pointer, "servers"), "0");
    let url = address(first, &at)?;
    let root = document["servers"].as_array().and_then(|servers| servers.first());
    if root.is_some_and(|root| address(root, "/servers/0").is_ok_and(|root| root == url)) {
        return Ok(None);
    }
    if !url.starts_with("https://") {
        return Err(Diagnostic::at(
            at,
            format!("`{url}` is no whole address; write it with `https://` in the overlay"),
        ));
    }
    Ok(Some(url.trim_end_matches('/').to_owned()))
}

/// Returns the URL of a server, with its variables replaced by their defaults.
pub fn address(server: &Value, at: &str) -> Result<String> {
    let mut url = text(server, "url").unwrap_or_default().to_owned();
    for (name, variable) in object(server, "variables") {
        let Some(default) = text(variable, "default") else {
            return Err(Diagnostic::at(
                join(&join(at, "variables"), name),
                "the variable has no default; give it one in the overlay",
            ));
        };
        url = url.replace(&format!("{{{name}}}"), default);
    }
    if url.contains('{') {
        return Err(Diagnostic::at(
            at,
            format!("`{url}` has a variable that is not described; describe it in the overlay"),
        ));
    }
    Ok(url)
}
