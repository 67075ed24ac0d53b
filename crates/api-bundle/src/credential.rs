//! Credentials: the headers that a document's security schemes are sent in.

use serde_json::Value;

/// Header of a request that carries a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialHeader {
    /// Name, as the document spells it.
    pub name: String,
    /// Text before the credential, such as `Bearer `.
    pub prefix: &'static str,
    /// Environment variable that holds the credential, such as `ZAPSIGN_API_TOKEN`.
    pub variable: String,
}

/// Returns the headers that carry credentials, in the order of the document. The variable is that of `x-env`, or else one that
/// begins with the name of the API.
pub fn credential_headers(document: &Value, api: &str) -> Vec<CredentialHeader> {
    let schemes = document["components"]["securitySchemes"].as_object().into_iter().flatten();
    let headers = schemes.filter_map(|(id, scheme)| {
        let (name, prefix) = match (scheme["type"].as_str()?, scheme["scheme"].as_str()) {
            ("apiKey", _) if scheme["in"] == "header" => (scheme["name"].as_str()?, ""),
            ("http", Some("basic")) => ("Authorization", "Basic "),
            ("http", Some("bearer")) | ("oauth2" | "openIdConnect", _) => ("Authorization", "Bearer "),
            _ => return None,
        };
        let named = || {
            let credential = scheme["x-rust-name"].as_str().unwrap_or(id);
            format!("{api}_{credential}").to_uppercase()
        };
        let variable = scheme["x-env"].as_str().map_or_else(named, str::to_owned);
        Some(CredentialHeader { name: name.to_owned(), prefix, variable })
    });
    headers.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_scheme_that_is_a_header_has_a_variable() {
        let document = json!({"components": {"securitySchemes": {
            "Key": {"type": "apiKey", "in": "header", "name": "X-Key", "x-env": "SHIPS_KEY"},
            "Query": {"type": "apiKey", "in": "query", "name": "key"},
            "Token": {"type": "http", "scheme": "bearer", "x-rust-name": "access_token"},
        }}});
        let header = |name: &str, prefix, variable: &str| CredentialHeader {
            name: name.to_owned(),
            prefix,
            variable: variable.to_owned(),
        };
        let mut found = credential_headers(&document, "ships");
        found.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(found, [header("Authorization", "Bearer ", "SHIPS_ACCESS_TOKEN"), header("X-Key", "", "SHIPS_KEY")]);
        assert!(credential_headers(&json!({}), "ships").is_empty());
    }
}
