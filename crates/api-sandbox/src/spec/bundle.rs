//! What a bundle says of its operations, read once.

use std::sync::LazyLock;

use api_bundle::Schemas;
use http::Method;
use matchit::Router;
use serde_json::Value;

use super::operation::{Operation, object};
use crate::api::Api;

static DIALOG360: LazyLock<Bundle> =
    LazyLock::new(|| Bundle::read(include_str!("../../bundles/dialog360.openapi.json")));
static ZAPSIGN: LazyLock<Bundle> = LazyLock::new(|| Bundle::read(include_str!("../../bundles/zapsign.openapi.json")));

/// One vendor's API.
pub(crate) struct Bundle {
    pub(crate) operations: Vec<Operation>,
    /// The operations of each path.
    paths: Router<Vec<usize>>,
    document: Value,
}

/// What a method and a path lead to.
pub(crate) enum RouteMatch<'b> {
    Operation(&'b Operation, Vec<(String, String)>),
    /// The path has other methods only.
    MethodNotAllowed(Vec<&'b Method>),
    NotFound,
}

impl Bundle {
    pub(crate) fn of(api: Api) -> &'static Self {
        match api {
            Api::Dialog360 => &DIALOG360,
            Api::Zapsign => &ZAPSIGN,
        }
    }

    /// The bundles are part of this crate and tested with it, so one that can't be read is a bug here.
    fn read(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).expect("the bundle is JSON");
        let schemas = Schemas::of(&document).with_formats();
        let mut operations = Vec::new();
        let mut paths = Router::new();
        for (path, item) in object(&document["paths"]) {
            let mut here = Vec::new();
            for (method, operation) in object(item) {
                let method = method.to_uppercase().parse().expect("a method");
                here.push(operations.len());
                operations.push(Operation::read(&document, &schemas, method, operation));
            }
            paths.insert(path.clone(), here).expect("a path that no other one hides");
        }
        Self { operations, paths, document }
    }

    pub(crate) fn route(&self, method: &Method, path: &str) -> RouteMatch<'_> {
        let Ok(at) = self.paths.at(path) else { return RouteMatch::NotFound };
        let here = at.value.iter().map(|index| &self.operations[*index]);
        match here.clone().find(|operation| operation.method == *method) {
            Some(operation) => {
                let parameters = at.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                RouteMatch::Operation(operation, parameters.collect())
            }
            None => RouteMatch::MethodNotAllowed(here.map(|operation| &operation.method).collect()),
        }
    }

    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The example of an event's delivery.
    pub(crate) fn event(&self, name: &str) -> Option<&Value> {
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
