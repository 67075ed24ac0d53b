//! OpenAPI bundle of one vendor, parsed once.

use std::sync::LazyLock;

use api_bundle::Schemas;
use http::Method;
use matchit::Router;
use serde_json::Value;

use super::operation::{Operation, object};
use crate::api::Api;

static DIALOG360: LazyLock<Bundle> =
    LazyLock::new(|| Bundle::parse(include_str!("../../bundles/dialog360.openapi.json")));
static ZAPSIGN: LazyLock<Bundle> = LazyLock::new(|| Bundle::parse(include_str!("../../bundles/zapsign.openapi.json")));

/// Operations of one API, found by method and path.
pub(crate) struct Bundle {
    pub(crate) operations: Vec<Operation>,
    /// Indices of the operations of each path template.
    paths: Router<Vec<usize>>,
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
    /// Returns the bundle of an API.
    pub(crate) fn of(api: Api) -> &'static Self {
        match api {
            Api::Dialog360 => &DIALOG360,
            Api::Zapsign => &ZAPSIGN,
        }
    }

    /// Parses a bundle. It panics on an invalid one: the bundles are part of this crate and tested with it.
    fn parse(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).expect("the bundle is JSON");
        let schemas = Schemas::of(&document).with_formats();
        let mut operations = Vec::new();
        let mut paths = Router::new();
        for (path, item) in object(&document["paths"]) {
            let mut indices = Vec::new();
            for (method, operation) in object(item) {
                let method = method.to_uppercase().parse().expect("a method");
                indices.push(operations.len());
                operations.push(Operation::parse(&document, &schemas, method, operation));
            }
            paths.insert(path.clone(), indices).expect("a path that no other one hides");
        }
        Self { operations, paths, document }
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

    /// Returns the operation with this id.
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Returns the example of an event's body.
    pub(crate) fn event_example(&self, name: &str) -> Option<&Value> {
        let operations = object(&self.document["paths"]).flat_map(|(_, item)| object(item));
        let callbacks = operations.filter_map(|(_, operation)| operation.get("callbacks")?.get(name));
        let bodies = callbacks.flat_map(object).filter_map(|(_, path)| {
            let content = path["post"]["requestBody"]["content"].get("application/json")?;
            Some(object(&content["examples"]).next()?.1)
        });
        bodies.filter_map(|example| example.get("value")).next()
    }
}

#[cfg(test)]
mod tests {
    use super::super::operation::RateLimitScope;
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_method_and_path() {
        for api in [Api::Dialog360, Api::Zapsign] {
            let bundle = Bundle::of(api);
            for (path, item) in object(&bundle.document["paths"]) {
                let path = path.replace(['{', '}'], "");
                assert_eq!(Api::of_path(&path), Some(api));
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
    fn limits_and_open_operations_are_read() {
        let create = Bundle::of(Api::Dialog360).operation("create_client").expect("it is there");
        let [limit] = &create.rate_limits[..] else { panic!("one limit") };
        assert_eq!((limit.requests, limit.seconds, limit.shared), (1, 5, false));
        assert!(matches!(&limit.scope, RateLimitScope::Body(pointer) if pointer == "/email"));
        let login = Bundle::of(Api::Zapsign).operation("obtain_access_token").expect("it is there");
        assert!(!login.authenticated && login.rate_limits[0].shared);
    }
}
