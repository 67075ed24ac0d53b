use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Rows;

/// Returns the row of a schema, and the constants that it needs.
fn row(components: Value, schema: Value) -> (String, String) {
    let bundle = json!({"components": {"schemas": components}});
    let mut rows = Rows { bundle: &bundle, names: BTreeMap::new(), waiting: Vec::new(), inside: 0, depth: 0 };
    let row = rows.row(&schema);
    let constants = rows.components().lines().filter(|line| !line.starts_with("///")).collect::<Vec<_>>().join("\n");
    (row, constants.replace("static ", "").replace(": SchemaRow", "").trim().to_owned())
}

fn inline(schema: Value) -> String {
    row(json!({}), schema).0.replace("\n    ", "").replace(",\n", "")
}

#[test]
fn plain_schemas() {
    for (schema, expected) in [
        (json!({}), "&Any"),
        (json!(true), "&Any"),
        (json!({"type": "string", "format": "date-time"}), "&String"),
        (json!({"type": "string", "nullable": true}), "&Nullable(&String)"),
        (json!({"type": "string", "enum": ["a", "b\"c"]}), "&Enum(&[\"a\", \"b\\\"c\"])"),
        (json!({"enum": ["a", null]}), "&Nullable(&Enum(&[\"a\"]))"),
        (json!({"type": "integer", "enum": [1, 2]}), "&IntegerEnum(&[1, 2])"),
        (json!({"type": "number"}), "&Number"),
        (json!({"type": "array", "items": {"type": "boolean"}}), "&Array(&Boolean)"),
        (json!({"type": "array"}), "&Array(&Any)"),
    ] {
        assert_eq!(inline(schema.clone()), expected, "{schema}");
    }
}

#[test]
fn objects_are_closed_open_or_free() {
    let name = json!({"name": {"type": "string"}});
    for (schema, expected) in [
        (
            json!({"type": "object", "properties": name, "required": ["name"]}),
            "&Object(&[Required(\"name\", &String)])",
        ),
        (json!({"properties": name}), "&Object(&[Optional(\"name\", &String)])"),
        (json!({"properties": name, "additionalProperties": false}), "&Object(&[Optional(\"name\", &String)])"),
        (json!({"properties": name, "additionalProperties": {}}), "&OpenObject(&[Optional(\"name\", &String)], &Any)"),
        (json!({"type": "object", "additionalProperties": {"type": "integer"}}), "&OpenObject(&[], &Integer)"),
        (json!({"type": "object"}), "&OpenObject(&[], &Any)"),
        (json!({"type": "object", "additionalProperties": false}), "&Object(&[])"),
    ] {
        assert_eq!(inline(schema.clone()), expected, "{schema}");
    }
}

#[test]
fn parts_of_all_of_are_one_object() {
    let base = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "n": {"type": "number"}}});
    let (row, constants) = row(
        json!({"Base": base}),
        json!({"nullable": true, "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {"properties": {"n": {"type": "integer"}, "more": {"$ref": "#/components/schemas/Base"}}},
            {"required": ["more"]}
        ]}),
    );
    let expected =
        "&Nullable(&Object(&[Required(\"id\", &String),Optional(\"n\", &Integer),Optional(\"more\", &BASE)]))";
    assert_eq!(row.replace("\n    ", "").replace(",\n", ""), expected);
    assert_eq!(constants, "BASE = Object(&[\n    Required(\"id\", &String),\n    Optional(\"n\", &Number),\n]);");
    // What can't be one schema may be anything.
    assert_eq!(inline(json!({"allOf": [{"type": "string"}, {"type": "object"}]})), "&Any");
}

#[test]
fn a_component_may_contain_itself_and_be_another_one() {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let (row, constants) = row(
        json!({
            "tree-node": {"properties": {"next": {"allOf": [to("Alias")], "nullable": true}}},
            "Alias": to("tree-node"),
            "TreeNode": {"type": "string"}
        }),
        json!({"type": "array", "items": {"oneOf": [to("Alias"), to("TreeNode")]}}),
    );
    assert_eq!(row, "&Array(&OneOf(&[&TREE_NODE, &TREE_NODE_2]))");
    assert_eq!(
        constants,
        "TREE_NODE = Object(&[\n    Optional(\"next\", &Nullable(&TREE_NODE)),\n]);\n\nTREE_NODE_2 = String;"
    );
}

#[test]
fn alternatives_are_told_apart_as_the_text_says() {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let kind =
        |values: Value| json!({"required": ["kind"], "properties": {"kind": {"type": "string", "enum": values}}});
    let components = json!({"A": kind(json!(["a"])), "B": kind(json!(["b", "c"]))});
    let of = |schema: Value| row(components.clone(), schema).0;
    let list = json!([to("A"), to("B")]);
    assert_eq!(of(json!({"oneOf": list})), "&Discriminated(\"kind\", &[(\"a\", &A), (\"b\", &B), (\"c\", &B)])");
    let discriminator = json!({"propertyName": "sort", "mapping": {"x": "#/components/schemas/A", "y": "A"}});
    assert_eq!(
        of(json!({"oneOf": list, "discriminator": discriminator})),
        "&Discriminated(\"sort\", &[(\"x\", &A), (\"y\", &A), (\"B\", &B)])"
    );
    assert_eq!(
        of(json!({"anyOf": [{"type": "integer"}, {"enum": [null]}, {"type": "string"}]})),
        "&Nullable(&OneOf(&[&Integer, &String]))"
    );
    assert_eq!(of(json!({"anyOf": [to("A"), {}]})), "&Any");
    assert_eq!(of(json!({"oneOf": [to("A")], "nullable": true})), "&Nullable(&A)");
}

#[test]
fn heirs_are_the_alternatives_of_their_base() {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let heir = |key: &str| json!({"allOf": [to("Pet"), {"properties": {key: {"type": "boolean"}}}]});
    let (row, constants) = row(
        json!({
            "Pet": {"required": ["kind"], "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}},
            "Cat": heir("meows"),
            "Dog": heir("barks")
        }),
        to("Pet"),
    );
    assert_eq!(row, "&PET");
    let fields = "Required(\"kind\", &String),";
    assert_eq!(
        constants.replace("\n    ", "").replace(",\n]", ",]"),
        format!(
            "CAT = Object(&[{fields}Optional(\"meows\", &Boolean),]);\n\nDOG = Object(&[{fields}Optional(\"barks\", &Boolean),]);\n\n\
             PET = Discriminated(\"kind\", &[(\"Cat\", &CAT), (\"Dog\", &DOG), (\"Pet\", &Object(&[{fields}]))]);"
        )
    );
}

#[test]
fn alternatives_that_take_each_other_in_come_to_an_end() {
    let to = json!({"$ref": "#/components/schemas/Tree"});
    let tree = json!({"properties": {"id": {"type": "string"}}, "oneOf": [
        {"properties": {"left": {"allOf": [to, {"properties": {"a": {}}}]}}},
        {"properties": {"right": {"allOf": [to, {"properties": {"b": {}}}]}}}
    ]});
    let (_, constants) = row(json!({"Tree": tree}), to);
    assert!(constants.len() < 1_000_000, "{}", constants.len());
}

#[test]
fn a_component_that_is_another_one_has_its_row() {
    let of = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let (_, constants) = row(
        json!({"Ship": {"oneOf": [of("Boat")]}, "Boat": {"oneOf": [of("Raft")]}, "Raft": {"type": "string", "enum": ["a"]}}),
        json!({"type": "object", "properties": {"ship": of("Ship")}}),
    );
    assert_eq!(constants, "BOAT = Enum(&[\"a\"]);\n\nRAFT = Enum(&[\"a\"]);\n\nSHIP = Enum(&[\"a\"]);");
    let (_, constants) = row(json!({"Ship": {"oneOf": [of("Boat")]}, "Boat": {"oneOf": [of("Ship")]}}), of("Ship"));
    assert_eq!(constants, "BOAT = Any;\n\nSHIP = Any;");
}
