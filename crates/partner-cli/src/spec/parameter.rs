//! Parameter of an operation.

use api_bundle::Schemas;
use serde_json::Value;

use super::field::Field;

/// Parameter Object.
#[derive(Debug)]
pub(crate) struct ParameterSpec {
    pub(crate) location: ParameterLocation,
    /// `true` if the value is sent as JSON text.
    pub(crate) is_json: bool,
    /// `true` if a list is one value with commas.
    pub(crate) is_joined: bool,
    /// `true` if the client can have a value for all calls.
    pub(crate) has_client_default: bool,
    /// Value of the spec's example.
    pub(crate) example: Option<Value>,
    pub(crate) field: Field,
}

/// Part of a request that a parameter is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterLocation {
    Path,
    Query,
    Header,
}

impl ParameterSpec {
    /// Parses a Parameter Object. Returns `None` for one in a place where the clients send none, such as a cookie.
    pub(super) fn parse(schemas: &Schemas, parameter: &Value) -> Option<Self> {
        let json = parameter["content"].get("application/json");
        let schema = json.map_or(&parameter["schema"], |content| &content["schema"]);
        let name = parameter["name"].as_str()?;
        Some(Self {
            location: match parameter["in"].as_str()? {
                "path" => ParameterLocation::Path,
                "query" => ParameterLocation::Query,
                "header" => ParameterLocation::Header,
                _ => return None,
            },
            is_json: json.is_some(),
            is_joined: parameter["explode"] == false,
            has_client_default: parameter["x-client-default"] == true,
            example: parameter.get("example").cloned(),
            field: Field::new(schemas, name, schema, parameter["required"] == true, parameter["description"].as_str()),
        })
    }

    /// Returns `true` if the client itself sends the header, and takes no other value.
    pub(super) fn is_of_client(&self) -> bool {
        let headers = ["accept", "authorization", "content-type", "user-agent"];
        self.location == ParameterLocation::Header && headers.contains(&self.field.name.to_lowercase().as_str())
    }

    /// Returns `true` if the value is a part of the path.
    pub(crate) fn is_in_path(&self) -> bool {
        self.location == ParameterLocation::Path
    }
}
