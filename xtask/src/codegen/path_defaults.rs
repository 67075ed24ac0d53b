//! Path parameters that calls may leave to the client (`x-client-default`).

use super::ir::Ir;
use super::refine::docs;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::names::Scope;

/// Path parameter for which a client has a value.
pub struct PathDefault<'i> {
    /// Name on the wire.
    name: &'i str,
    /// Name of the setter, of calls and of the client's builder.
    pub setter: &'i str,
    /// Type of the id.
    id: &'i str,
    description: &'i str,
}

/// Reads the parameters, one for each name, and claims their setters.
pub fn read<'i>(ir: &'i Ir, settings: &mut Scope) -> Result<Vec<PathDefault<'i>>> {
    let mut defaults: Vec<PathDefault<'i>> = Vec::new();
    for operation in &ir.operations {
        for parameter in &operation.parameters {
            let Some(id) = &parameter.client_default else { continue };
            let (name, setter) = (parameter.name.as_str(), parameter.rust.as_str());
            let fault = |what: &str| {
                let message = format!("`{name}` can't be left to the client: {what}; remove `x-client-default`");
                Err(Diagnostic::at(&operation.pointer, message))
            };
            match defaults.iter().find(|default| default.name == name) {
                Some(known) if known.id == id && known.setter == setter => {}
                Some(known) => {
                    return fault(&format!("another operation has it as `{}` of type `{}`", known.setter, known.id));
                }
                None if !settings.take(setter) => {
                    return fault(&format!("`{setter}` is another setter of the client's builder"));
                }
                None => defaults.push(PathDefault { name, setter, id, description: &parameter.description }),
            }
        }
    }
    Ok(defaults)
}

impl PathDefault<'_> {
    /// Generates the setter of the client's builder.
    pub fn setter(&self) -> String {
        let Self { name, setter, id, .. } = self;
        let text = format!("{} Calls without one of their own take it.", self.sentence());
        format!(
            "{}    pub fn {setter}(mut self, {setter}: &crate::types::{id}) -> Self {{\n        \
             self.pipeline = self.pipeline.path_default({name:?}, {setter}.as_ref());\n        self\n    }}\n\n",
            docs::comment("    ", &text)
        )
    }

    /// Generates the method of the client that makes another one.
    pub fn method(&self, method: &str) -> String {
        let Self { name, setter, id, .. } = self;
        let text = format!(
            "Returns this client with another `{setter}`, which calls without one of their own take. {} Everything else is \
             shared, the access token of a login included.",
            self.sentence()
        );
        format!(
            "\n{}    #[must_use]\n    pub fn {method}(&self, {setter}: &crate::types::{id}) -> Self {{\n        \
             Self {{ pipeline: self.pipeline.with_path_default({name:?}, {setter}.as_ref()) }}\n    }}\n",
            docs::comment("    ", &text)
        )
    }

    fn sentence(&self) -> String {
        match self.description.trim() {
            "" => format!("`{}` of the path.", self.name),
            text if text.ends_with('.') => text.to_owned(),
            text => format!("{text}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::lower;
    use crate::spec::document::Document;
    use serde_json::{Value, json};

    /// Returns what the parameter `fleet` of two operations becomes.
    fn outcome(first: Value, second: Value, name: &str) -> std::result::Result<String, String> {
        let operation = |id: &str, schema: Value| {
            json!({"operationId": id, "responses": {"204": {"description": ""}},
                "x-evidence": [{"source": "s", "seen": "2026-01-01", "level": "documented"}],
                "parameters": [{"name": name, "in": "path", "required": true, "x-client-default": true, "schema": schema}]})
        };
        let value = json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "paths": {format!("/fleets/{{{name}}}"): {"get": operation("get_fleet", first), "delete": operation("delete_fleet", second)}},
            "components": {"schemas": {
                "FleetId": {"type": "string", "x-path-id": true},
                "OtherId": {"type": "string", "x-path-id": true},
            }},
        });
        let mut document = Document { value, ..Document::default() };
        let ir = lower::lower(&mut document, &[]).map_err(|diagnostic| diagnostic.to_string())?;
        let defaults = read(&ir, &mut Scope::credentials()).map_err(|diagnostic| diagnostic.to_string())?;
        Ok(defaults.iter().map(|default| default.setter() + &default.method("with_it")).collect())
    }

    #[test]
    fn one_parameter_of_several_operations_is_one_setter() {
        let id = json!({"$ref": "#/components/schemas/FleetId"});
        let text = outcome(id.clone(), id, "fleetId").expect("a setter");
        assert_eq!(text.matches("pub fn fleet_id(mut self, fleet_id: &crate::types::FleetId)").count(), 1);
        assert!(text.contains("path_default(\"fleetId\", fleet_id.as_ref())"), "{text}");
        assert!(text.contains("pub fn with_it(&self, fleet_id: &crate::types::FleetId) -> Self"), "{text}");
    }

    #[test]
    fn a_parameter_that_no_client_can_have_is_refused() {
        let id = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        for (first, second, name, expected) in [
            (id("FleetId"), id("OtherId"), "fleet", "another operation has it as `fleet` of type `FleetId`"),
            (id("FleetId"), id("FleetId"), "environment", "`environment` is another setter of the client's builder"),
            (json!({"type": "string"}), id("FleetId"), "fleet", "only a parameter of the path with an `x-path-id`"),
        ] {
            let error = outcome(first, second, name).expect_err("it is refused");
            assert!(error.contains(expected) && error.contains("remove `x-client-default`"), "{error}");
        }
    }
}
