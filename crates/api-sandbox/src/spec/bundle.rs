//! OpenAPI bundle of one vendor, parsed once.

use std::sync::LazyLock;

use api_bundle::Schemas;
use http::Method;
use matchit::Router;
use serde_json::Value;

use super::event::Event;
use super::generated::BUNDLES;
use super::operation::{Operation, object};

/// Operations of the vendors' other APIs, by the name of the API whose state they belong to.
static ADDITIONS: [(&str, &str); 1] = [("dialog360", include_str!("messaging.openapi.json"))];

/// Operations of one API, found by method and path.
pub(crate) struct Bundle {
    /// Name of the API: its folder in `specs/`.
    pub(crate) name: String,
    pub(crate) operations: Vec<Operation>,
    /// Indices of the operations of each path template.
    paths: Router<Vec<usize>>,
    /// Longest prefix that all paths share, up to a slash.
    prefix: String,
    pub(crate) events: Vec<Event>,
    pub(crate) schemas: Schemas,
    document: Value,
}

/// Result of routing a method and a path.
pub(crate) enum RouteMatch<'b> {
    /// Operation, with the parameters of its path.
    Operation(&'b Operation, Vec<(String, String)>),
    /// Methods of the path, none of which is the requested one.
    MethodNotAllowed(Vec<&'b Method>),
    NotFound,
}

impl Bundle {
    /// Returns the bundles of all APIs, by name.
    pub(crate) fn all() -> &'static [Self] {
        static ALL: LazyLock<Vec<Bundle>> =
            LazyLock::new(|| BUNDLES.iter().map(|(name, text)| Bundle::parse(name, text).with_additions()).collect());
        &ALL
    }

    /// Parses a bundle. It panics on an invalid one: the bundles are part of this crate and tested with it.
    pub(crate) fn parse(name: &str, text: &str) -> Self {
        let document: Value = serde_json::from_str(text).expect("the bundle is JSON");
        let schemas = Schemas::of(&document).with_formats();
        let literal_starts = object(&document["paths"]).filter_map(|(path, _)| path.split('{').next());
        let prefix = literal_starts.reduce(shared_start).unwrap_or_default().to_owned();
        let events = Event::parse_all(&document);
        let (name, operations, paths) = (name.to_owned(), Vec::new(), Router::new());
        let mut bundle = Self { name, operations, paths, prefix, events, schemas, document: Value::Null };
        bundle.add_operations(&document);
        Self { document, ..bundle }
    }

    /// Adds the operations that the sandbox serves beside those of this bundle.
    fn with_additions(mut self) -> Self {
        for (name, text) in &ADDITIONS {
            if *name == self.name {
                self.add_operations(&serde_json::from_str(text).expect("the document is JSON"));
            }
        }
        self
    }

    fn add_operations(&mut self, document: &Value) {
        for (path, item) in object(&document["paths"]) {
            let mut indices = Vec::new();
            for (method, operation) in object(item) {
                let method = method.to_uppercase().parse().expect("a method");
                indices.push(self.operations.len());
                self.operations.push(Operation::parse(document, &self.schemas, method, operation));
            }
            self.paths.insert(path.clone(), indices).expect("a path that no other one hides");
        }
    }

    /// Returns the index of the bundle that has this path; if none has it, of the one with the longest prefix of the path.
    pub(crate) fn index_of_path(bundles: &[&Self], path: &str) -> Option<usize> {
        bundles.iter().position(|bundle| bundle.paths.at(path).is_ok()).or_else(|| {
            let possible = bundles.iter().enumerate().filter(|(_, bundle)| path.starts_with(&bundle.prefix));
            possible.max_by_key(|(_, bundle)| bundle.prefix.len()).map(|(index, _)| index)
        })
    }

    /// Finds the operation of a method and a path.
    pub(crate) fn route(&self, method: &Method, path: &str) -> RouteMatch<'_> {
        let Ok(found) = self.paths.at(path) else { return RouteMatch::NotFound };
        let operations = found.value.iter().map(|index| &self.operations[*index]);
        match operations.clone().find(|operation| operation.method == *method) {
            Some(operation) => {
                let parameters = found.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                RouteMatch::Operation(operation, parameters.collect())
            }
            None => RouteMatch::MethodNotAllowed(operations.map(|operation| &operation.method).collect()),
        }
    }

    /// Returns the OpenAPI document.
    pub(super) fn document(&self) -> &Value {
        &self.document
    }

    /// Returns the version of the API.
    pub(crate) fn version(&self) -> &str {
        self.document["info"]["version"].as_str().unwrap_or_default()
    }

    /// Returns the schemas of the components, by name.
    pub(crate) fn components(&self) -> &Value {
        &self.document["components"]["schemas"]
    }

    /// Returns the operation with this id.
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Returns the JSON pointers at which an error body may have its message, from `x-error`.
    pub(crate) fn error_message_pointers(&self) -> Vec<&str> {
        let message = &self.document["x-error"]["message"];
        match message.get("at").unwrap_or(message) {
            Value::Array(pointers) => pointers.iter().filter_map(Value::as_str).collect(),
            pointer => pointer.as_str().into_iter().collect(),
        }
    }

    /// Returns the event with this name.
    pub(crate) fn event(&self, name: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.name == name)
    }
}

/// Returns the longest prefix that two paths share, up to a slash.
fn shared_start<'p>(one: &'p str, other: &str) -> &'p str {
    let shared = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let slash = one.as_bytes()[..shared].iter().rposition(|byte| *byte == b'/');
    slash.map_or("", |slash| &one[..=slash])
}

#[cfg(test)]
mod tests {
    use super::super::operation::RateLimitScope;
    use super::*;

    fn operation(id: &str) -> &'static Operation {
        Bundle::all().iter().find_map(|bundle| bundle.operation(id)).expect("it is there")
    }

    #[test]
    fn every_operation_is_found_by_its_method_and_path() {
        let bundles: Vec<&Bundle> = Bundle::all().iter().collect();
        for (index, bundle) in bundles.iter().enumerate() {
            for (path, item) in object(&bundle.document["paths"]) {
                let path = path.replace(['{', '}'], "");
                assert_eq!(Bundle::index_of_path(&bundles, &path), Some(index));
                for (method, operation) in object(item) {
                    let method = method.to_uppercase().parse().expect("a method");
                    let RouteMatch::Operation(found, _) = bundle.route(&method, &path) else {
                        panic!("{method} {path}")
                    };
                    assert_eq!(found.id, operation["operationId"].as_str().expect("an id"));
                }
            }
        }
    }

    #[test]
    fn an_unknown_path_belongs_to_the_bundle_whose_paths_begin_as_it_does() {
        let bundles: Vec<&Bundle> = Bundle::all().iter().collect();
        let name = |path: &str| Bundle::index_of_path(&bundles, path).map(|index| bundles[index].name.as_str());
        assert_eq!(name("/api/v2/nothing"), Some("dialog360"));
        assert_eq!(name("/api/v1/nothing"), Some("zapsign"));
        assert_eq!((name("/api/v3/nothing"), name("/")), (None, None));
    }

    #[test]
    fn limits_and_open_operations_are_read() {
        let create = operation("create_client");
        let [limit] = &create.rate_limits[..] else { panic!("one limit") };
        assert_eq!((limit.requests, limit.per.as_secs(), limit.shared), (1, 5, false));
        assert!(matches!(&limit.scope, RateLimitScope::Body(pointer) if pointer == "/email"));
        let login = operation("obtain_access_token");
        assert!(!login.authenticated && login.rate_limits[0].shared);
    }
}
