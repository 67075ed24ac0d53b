//! Operation of an API, with its parameters and its body.

use api_runtime::Operation;
use serde_json::Value;

use super::api::Api;
use super::body::BodySpec;
use super::parameter::ParameterSpec;

/// Operation that a command stands for.
pub(crate) struct OperationSpec {
    pub(crate) api: &'static Api,
    pub(crate) row: &'static Operation,
    pub(crate) parameters: Vec<ParameterSpec>,
    pub(crate) body: Option<BodySpec>,
    /// Order in which pages of a list are asked for; `None` if the answer is no page.
    pub(crate) pagination: Option<Pagination>,
    definition: &'static Value,
}

/// Pages of a list, from `x-pagination`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pagination {
    pub(crate) style: PageStyle,
    /// Query parameter that selects the page.
    pub(crate) parameter: &'static str,
    /// JSON pointer to the items of a page.
    pub(crate) items: &'static str,
}

/// Way to ask for the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageStyle {
    /// By its number, as long as there is a value at this pointer.
    Number { next: &'static str },
    /// By the number of items before it, up to the total at this pointer.
    Offset { total: &'static str },
    /// By the value at this pointer.
    Cursor { next: &'static str },
    /// By the value that the parameter has in the address at this pointer.
    Link { next: &'static str },
}

impl OperationSpec {
    /// Reads an operation.
    pub(crate) fn read(api: &'static Api, row: &'static Operation) -> Self {
        let definition = api.definition(row);
        let schemas = api.schemas();
        let parameters = definition["parameters"].as_array().into_iter().flatten();
        let parameters = parameters.filter_map(|parameter| ParameterSpec::parse(schemas, parameter));
        Self {
            api,
            row,
            parameters: parameters.filter(|parameter| !parameter.is_of_client()).collect(),
            body: definition.get("requestBody").and_then(|body| BodySpec::parse(schemas, body)),
            pagination: definition.get("x-pagination").and_then(Pagination::parse),
            definition,
        }
    }

    /// Returns the summary of the spec: a phrase without a full stop.
    pub(crate) fn summary(&self) -> &'static str {
        self.definition["summary"].as_str().unwrap_or_default()
    }

    /// Returns the description of the spec.
    pub(crate) fn description(&self) -> &'static str {
        self.definition["description"].as_str().unwrap_or_default()
    }

    /// Returns the address of the vendor's page.
    pub(crate) fn page(&self) -> Option<&'static str> {
        self.definition["externalDocs"]["url"].as_str()
    }

    /// Returns the schema of the JSON body of the response with a status, or else of that with another 2xx status.
    pub(crate) fn response_schema(&self, status: u16) -> Option<&'static Value> {
        let schema = |response: &'static Value| response["content"]["application/json"].get("schema");
        let responses = self.definition["responses"].as_object()?;
        let own = responses.get(&status.to_string()).and_then(schema);
        own.or_else(|| {
            responses.iter().filter(|(status, _)| status.starts_with('2')).find_map(|(_, response)| schema(response))
        })
    }

    /// Returns the media types that the response with a status, or else one with another 2xx status, may have.
    pub(crate) fn response_media_types(&self, status: u16) -> Vec<&'static str> {
        let Some(responses) = self.definition["responses"].as_object() else { return Vec::new() };
        let success = || responses.iter().find(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
        let content = responses.get(&status.to_string()).or_else(success).map(|response| &response["content"]);
        let types = content.and_then(Value::as_object).into_iter().flatten();
        types.map(|(media_type, _)| media_type.as_str()).collect()
    }
}

impl Pagination {
    /// Reads the extension; `None` for a style that this program does not know.
    fn parse(pagination: &'static Value) -> Option<Self> {
        let text = |name: &str| pagination[name].as_str().unwrap_or_default();
        let (style, default) = match text("style") {
            "page" => (PageStyle::Number { next: text("next") }, "page"),
            "offset" => (PageStyle::Offset { total: text("total") }, "offset"),
            "cursor" => (PageStyle::Cursor { next: text("next") }, ""),
            "link" => (PageStyle::Link { next: text("next") }, ""),
            _ => return None,
        };
        let parameter = pagination["parameter"].as_str().unwrap_or(default);
        Some(Self { style, parameter, items: text("items") })
    }
}
