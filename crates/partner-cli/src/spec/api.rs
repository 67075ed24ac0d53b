//! API with its bundle.

use std::sync::OnceLock;

use api_bundle::Schemas;
use api_runtime::Operation;
use serde_json::Value;

/// API that there is a client of.
pub(crate) struct Api {
    /// Name in commands: that of the API's folder in `specs/`.
    pub(crate) name: &'static str,
    /// Name for people.
    pub(crate) title: &'static str,
    /// Rows of all operations, in the order of the spec.
    pub(crate) operations: &'static [&'static Operation],
    bundle: &'static str,
    document: OnceLock<(Value, Schemas)>,
}

static APIS: [Api; 2] = [
    Api::new(
        "dialog360",
        "360dialog Partner API",
        dialog360_api::operations::ALL,
        include_str!("../../bundles/dialog360.openapi.json"),
    ),
    Api::new(
        "zapsign",
        "ZapSign API",
        zapsign_api::operations::ALL,
        include_str!("../../bundles/zapsign.openapi.json"),
    ),
];

impl Api {
    pub(crate) const fn new(
        name: &'static str,
        title: &'static str,
        operations: &'static [&'static Operation],
        bundle: &'static str,
    ) -> Self {
        Self { name, title, operations, bundle, document: OnceLock::new() }
    }

    /// Returns every API.
    pub(crate) fn all() -> &'static [Self] {
        &APIS
    }

    /// Returns the API with this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        APIS.iter().find(|api| api.name == name)
    }

    /// Returns the OpenAPI document. It is parsed once, when it is first needed, and panics on an invalid one: the bundles are part
    /// of this crate and tested with it.
    pub(crate) fn document(&self) -> &Value {
        &self.parsed().0
    }

    /// Returns the Operation Object of a row; `null` if the document has none.
    pub(crate) fn definition(&self, row: &Operation) -> &Value {
        &self.document()["paths"][row.path][row.method.as_str().to_lowercase()]
    }

    /// Returns the schemas of the document's components.
    pub(crate) fn schemas(&self) -> &Schemas {
        &self.parsed().1
    }

    fn parsed(&self) -> &(Value, Schemas) {
        self.document.get_or_init(|| {
            let document: Value = serde_json::from_str(self.bundle).expect("the bundle is JSON");
            let schemas = Schemas::of(&document).with_formats();
            (document, schemas)
        })
    }
}
