//! Generation of operations, parameters and bodies.

use serde_json::{Map, Value, json};

use super::samples::{EVENTS, HEADERS, MEDIA, NAMES, OPERATIONS, TAGS, VALUES};
use super::schemas::{Schemas, escaped, long};
use crate::spec::document::REF;

/// Names of the security schemes.
pub const SCHEMES: [&str; 5] = ["bearer", "key", "basic", "oauth", "other-key"];

impl Schemas<'_, '_> {
    /// Generates a path item with its operations.
    pub fn path_item(&mut self, path: &str, taken: &mut Vec<String>) -> Value {
        let mut item = Map::new();
        let names: Vec<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let mut shared = Vec::new();
        let mut own = Vec::new();
        for name in names {
            let parameter = self.path_parameter(name);
            if self.choices.one_in(3) { shared.push(parameter) } else { own.push(parameter) }
        }
        if self.choices.one_in(4) {
            shared.push(self.query_parameter());
        }
        if self.choices.one_in(120) {
            item.insert("servers".into(), json!([{"url": "https://other.ships.example/v1"}]));
        }
        if self.choices.one_in(12) {
            item.insert("summary".into(), long(self.choices).into());
        }
        for _ in 0..1 + self.choices.below(2) {
            let method = *self.choices.pick(&["get", "post", "put", "patch", "delete", "head", "options", "trace"]);
            let operation = self.operation(method, &own, taken);
            item.insert(method.into(), operation);
        }
        if !shared.is_empty() {
            item.insert("parameters".into(), shared.into());
        }
        item.into()
    }

    fn operation(&mut self, method: &str, parameters: &[Value], taken: &mut Vec<String>) -> Value {
        let mut operation = json!({"responses": self.responses()});
        if self.choices.below(4) > 0 {
            let id = *self.choices.pick(&OPERATIONS);
            // Two of one name are the odd case.
            if !taken.iter().any(|other| other == id) || self.choices.one_in(10) {
                taken.push(id.to_owned());
                operation["operationId"] = id.into();
            }
        }
        match self.choices.below(8) {
            0 => {}
            1 => operation["tags"] = json!([]),
            2 => operation["tags"] = json!([*self.choices.pick(&TAGS), *self.choices.pick(&TAGS)]),
            _ => operation["tags"] = json!([*self.choices.pick(&TAGS)]),
        }
        for key in ["summary", "description"] {
            if self.choices.one_in(2) {
                operation[key] = long(self.choices).into();
            }
        }
        let mut all = parameters.to_vec();
        for _ in 0..self.choices.below(4) {
            all.push(self.query_parameter());
        }
        for _ in 0..self.choices.below(3).saturating_sub(1) {
            all.push(self.header_parameter());
        }
        let mut seen = Vec::new();
        let once = !self.choices.one_in(40);
        all.retain(|parameter| {
            let key = (parameter["in"].clone(), parameter["name"].as_str().unwrap_or_default().to_ascii_lowercase());
            let first = parameter.get("$ref").is_some() || !seen.contains(&key);
            seen.push(key);
            first || !once
        });
        if !all.is_empty() {
            operation["parameters"] = all.into();
        }
        let with_body = if matches!(method, "post" | "put" | "patch") { 4 } else { 1 };
        if self.choices.below(5) < with_body {
            operation["requestBody"] = self.request();
        }
        match self.choices.below(16) {
            0 => operation["security"] = json!([]),
            1 => operation["security"] = json!([{}]),
            2 if self.choices.one_in(3) => operation["security"] = json!([{*self.choices.pick(&SCHEMES): []}]),
            3 => operation["security"] = json!([{}, {"bearer": []}]),
            4 if self.choices.one_in(10) => {
                operation["servers"] = json!([{"url": "https://{name}.ships.example/", "variables": {"name": {"default": "a", "enum": ["a"]}}}])
            }
            5 => operation["deprecated"] = true.into(),
            6 => operation["externalDocs"] = json!({"url": "https://ships.example/docs.md"}),
            7 => operation["x-odd"] = json!({"a": 1}),
            8 => {
                operation["callbacks"] =
                    json!({*self.choices.pick(&EVENTS): {"{$request.body#/url}": {"post": self.event()}}})
            }
            _ => {}
        }
        operation
    }

    /// Generates a webhook event.
    pub fn event(&mut self) -> Value {
        let schema = match self.objects.is_empty() || self.choices.one_in(2) {
            true => json!({"type": "object", "properties": {"a": self.schema(1)}}),
            false => json!({"$ref": format!("{REF}{}", escaped(self.choices.pick::<String>(&self.objects)))}),
        };
        json!({"summary": long(self.choices), "requestBody": {"content": {"application/json": {"schema": schema}}},
            "responses": {"200": {"description": ""}}})
    }

    fn path_parameter(&mut self, name: &str) -> Value {
        let schema = match self.choices.below(8) {
            0 => self.number(),
            1 => self.enumeration(),
            2 if self.choices.one_in(3) => self.reference(),
            3 => json!({"type": "string", "format": *self.choices.pick(&["uuid", "date", "password", "date-time"])}),
            4 => json!({"type": "array", "items": {"type": "string"}}),
            _ => self.text(),
        };
        let mut parameter = json!({"name": name, "in": "path", "required": true, "schema": schema});
        if self.choices.one_in(20) {
            parameter["style"] = (*self.choices.pick(&["simple", "label", "matrix"])).into();
        }
        self.add_examples(&mut parameter);
        parameter
    }

    fn query_parameter(&mut self) -> Value {
        let name = *self.choices.pick(&NAMES);
        if self.choices.one_in(16) {
            return json!({"$ref": *self.choices.pick(&["#/components/parameters/Page", "#/components/parameters/Alias"])});
        }
        let mut parameter = json!({"name": if name.is_empty() { "empty" } else { name }, "in": "query"});
        if self.choices.one_in(200) {
            parameter["in"] = "cookie".into();
        }
        match self.choices.below(16) {
            0 => parameter["content"] = json!({"application/json": {"schema": self.schema(2)}}),
            1 => {}
            2 => {
                parameter["schema"] = self.object(1);
                parameter["style"] = "deepObject".into();
                parameter["explode"] = true.into();
            }
            3 => parameter["schema"] = self.schema(2),
            4 | 5 => {
                let items = match self.choices.below(4) {
                    0 => self.reference(),
                    1 => self.enumeration(),
                    2 => self.number(),
                    _ => self.text(),
                };
                parameter["schema"] = json!({"type": "array", "items": items});
                if self.choices.one_in(2) {
                    parameter["style"] = (*self.choices.pick(&["form", "spaceDelimited", "pipeDelimited"])).into();
                }
                if self.choices.one_in(2) {
                    parameter["explode"] = self.choices.one_in(2).into();
                }
            }
            6 if self.choices.one_in(2) => parameter["schema"] = self.reference(),
            7 => parameter["schema"] = self.enumeration(),
            8 => parameter["schema"] = self.number(),
            9 => {
                parameter["schema"] = json!({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "string"}}]})
            }
            10 => parameter["schema"] = json!({"type": "boolean"}),
            11 => {
                parameter["schema"] = self.object(1);
                parameter["explode"] = self.choices.one_in(2).into();
            }
            _ => parameter["schema"] = self.text(),
        }
        if self.choices.one_in(3) {
            parameter["required"] = true.into();
        }
        self.add_examples(&mut parameter);
        parameter
    }

    fn header_parameter(&mut self) -> Value {
        let schema = match self.choices.below(6) {
            0 => json!({"type": "array", "items": self.text()}),
            1 => self.number(),
            2 => self.reference(),
            3 if self.choices.one_in(6) => json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            _ => self.text(),
        };
        let mut parameter = json!({"name": *self.choices.pick(&HEADERS), "in": "header", "schema": schema});
        if self.choices.one_in(3) {
            parameter["required"] = true.into();
        }
        self.add_examples(&mut parameter);
        parameter
    }

    /// Adds descriptions and examples.
    fn add_examples(&mut self, holder: &mut Value) {
        if self.choices.one_in(2) {
            holder["description"] = long(self.choices).into();
        }
        match self.choices.below(8) {
            0 => holder["example"] = (*self.choices.pick(&VALUES)).into(),
            1 => holder["examples"] = json!({"one": {"value": 1}, "two": {"$ref": "#/components/examples/Ship"}}),
            2 => holder["deprecated"] = true.into(),
            3 => holder["allowEmptyValue"] = true.into(),
            _ => {}
        }
    }

    fn media_type(&mut self, media: &str) -> Value {
        let mut content = json!({});
        let schema = match media {
            "multipart/form-data" => self.form(true),
            "application/x-www-form-urlencoded" => self.form(false),
            _ if media.contains("json") && self.choices.below(3) > 0 => self.reference(),
            _ if media.contains("json") => self.schema(2),
            _ => json!({"type": "string", "format": "binary"}),
        };
        if !self.choices.one_in(12) {
            content["schema"] = schema;
        }
        match self.choices.below(6) {
            0 => content["example"] = json!({"a": 1, "name": "x"}),
            1 => {
                content["examples"] =
                    json!({"one": {"value": {"a": null}}, "two": {"$ref": "#/components/examples/Ship"}})
            }
            2 if media.starts_with("multipart") => content["encoding"] = json!({"file": {"contentType": "image/png"}}),
            _ => {}
        }
        content
    }

    fn form(&mut self, files: bool) -> Value {
        let mut properties = Map::new();
        for _ in 0..1 + self.choices.below(4) {
            let schema = match self.choices.below(6) {
                0 if files => json!({"type": "string", "format": "binary"}),
                1 => self.number(),
                2 => self.enumeration(),
                3 => json!({"type": "boolean"}),
                4 if self.choices.one_in(3) => self.schema(1),
                _ => self.text(),
            };
            properties.insert((*self.choices.pick(&NAMES)).into(), schema);
        }
        let first = properties.keys().next().cloned().unwrap_or_default();
        let mut form = json!({"type": "object", "properties": properties});
        if self.choices.one_in(2) {
            form["required"] = json!([first]);
        }
        form
    }

    pub fn content(&mut self) -> Value {
        let mut content = Map::new();
        let count = if self.choices.one_in(5) { 2 } else { 1 };
        for _ in 0..count {
            let media = if self.choices.below(2) == 0 { MEDIA[0] } else { *self.choices.pick(&MEDIA) };
            content.insert(media.into(), self.media_type(media));
        }
        content.into()
    }

    fn request(&mut self) -> Value {
        if self.choices.one_in(12) {
            return json!({"$ref": "#/components/requestBodies/Ship"});
        }
        let mut request = json!({"content": self.content()});
        if self.choices.one_in(2) {
            request["required"] = self.choices.one_in(2).into();
        }
        request
    }

    fn responses(&mut self) -> Value {
        let mut responses = Map::new();
        let count = [1, 1, 2, 3][self.choices.below(4)];
        for _ in 0..count {
            let status = *self
                .choices
                .pick(&["200", "200", "200", "201", "202", "204", "2XX", "default", "303", "400", "4XX", "500"]);
            let response = self.response();
            responses.insert(status.into(), response);
        }
        responses.into()
    }

    pub fn response(&mut self) -> Value {
        let mut response = json!({"description": long(self.choices)});
        match self.choices.below(10) {
            0 => {}
            1 => {
                return json!({"$ref": *self.choices.pick(&["#/components/responses/Ship", "#/components/responses/Alias"])});
            }
            _ => response["content"] = self.content(),
        }
        match self.choices.below(10) {
            0 => {
                response["headers"] =
                    json!({"X-Total": {"schema": {"type": "integer"}}, "Y": {"$ref": "#/components/headers/H"}})
            }
            1 => response["links"] = json!({"next": {"operationId": "get_ship"}}),
            _ => {}
        }
        response
    }
}
