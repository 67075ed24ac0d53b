//! Public link of a template, which makes a document for each visitor.

use serde_json::{Value, json};

use super::Pages;

async fn pages(template: Value) -> Pages {
    let mut item = json!({
        "token": "lease",
        "name": "Lease",
        "redirect_link": "https://rentals.example/thanks",
        "custom_intro": "Please answer",
        "inputs": [
            {"variable": "{{CITY}}", "label": "City", "help_text": "Where you live", "order": 2},
            {"variable": "{{PETS}}", "label": "Pets", "input_type": "radio", "options": "Cat; Dog", "order": 1},
            {"variable": "{{EXTRAS}}", "label": "Extras", "input_type": "checklist", "options": "Garage;Garden", "required": false, "order": 3},
            {"variable": "{{FLOOR}}", "label": "Floor", "input_type": "dopdown-list", "options": "1;2", "required": false, "order": 4},
            {"variable": "{{FROM}}", "label": "From", "input_type": "date", "required": false, "order": 5},
        ],
    });
    item.as_object_mut().expect("an object").extend(template.as_object().expect("an object").clone());
    Pages::new(json!({"templates": [item]})).await
}

#[tokio::test]
async fn each_visitor_gets_a_document() {
    let pages = pages(json!({})).await;
    pages.listen(&["doc_created"]).await;
    let shown = pages.get("/verificar/doc/lease").await;
    shown.assert_screen(200, "template");
    assert!(shown.body.contains("Please answer") && shown.body.contains("Where you live"), "{}", shown.body);
    assert!(shown.body.find("Pets").expect("it is there") < shown.body.find("City").expect("it is there"));
    let required = ["input-0", "input-1", "input-2"].map(|name| shown.control(name).contains(" required"));
    assert_eq!(required, [true, true, false], "{}", shown.body);
    assert!(pages.events().await.is_empty(), "a look makes no document");

    let entries = [
        ("name", "Ana Prado"),
        ("email", "ana@x.example"),
        ("phone_number", "119"),
        ("input-1", "Recife"),
        ("input-0", "Dog"),
        ("input-2", "Garage"),
        ("input-2", "Garden"),
        ("input-4", "2026-03-01"),
    ];
    let (first, second) =
        (pages.post("/verificar/doc/lease", &entries).await, pages.post("/verificar/doc/lease", &entries).await);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303), "{}", first.body);
    assert_ne!(first.location, second.location);
    assert_eq!(pages.events().await, ["doc_created"; 2]);

    let body = pages.sandbox.deliveries()[0].body();
    assert_eq!((&body["name"], &body["created_through"]), (&json!("Lease"), &json!("template")));
    let answers: Vec<_> =
        body["answers"].as_array().expect("a list").iter().map(|answer| answer["value"].clone()).collect();
    assert_eq!(answers, ["Dog", "Recife", "Garage; Garden", "", "2026-03-01"]);
    let signer = &body["signers"][0];
    for (field, value) in [
        ("name", "Ana Prado"),
        ("email", "ana@x.example"),
        ("phone_number", "119"),
        ("redirect_link", "https://rentals.example/thanks"),
    ] {
        assert_eq!(signer[field], value, "{field}");
    }
    pages.get(&first.location).await.assert_screen(200, "document");
}

#[tokio::test]
async fn an_answer_that_is_missing_or_not_on_offer_is_refused() {
    let pages = pages(json!({})).await;
    let entries =
        [("name", "Ana"), ("input-0", "Fish"), ("input-2", "Garage"), ("input-2", "Pool"), ("input-4", "soon")];
    let refused = pages.post("/verificar/doc/lease", &entries).await;
    refused.assert_screen(422, "template");
    for (name, error) in [
        ("input-0", "This is not one of the choices. Choose another."),
        ("input-1", "This field is empty. Fill it in."),
        ("input-2", "This is not one of the choices. Choose another."),
        ("input-4", "This is no date. Enter one such as 2026-02-28."),
    ] {
        assert!(refused.body.contains(&format!("id=\"{name}-error\">{error}</p>")), "{name}: {}", refused.body);
    }
    assert!(refused.body.contains("<fieldset aria-describedby=\"input-0-error\">"), "{}", refused.body);
    assert!(refused.control("name").contains("value=\"Ana\""));
    assert_eq!(pages.api("docs/").await["count"], 0);
}

#[tokio::test]
async fn the_settings_of_the_template_are_those_of_the_signer() {
    let first = json!({"name": "x", "auth_mode": "tokenEmail", "blank_phone": true, "lock_email": true});
    let inputs =
        json!([{"variable": "{{NAME}}", "label": "Your name", "input_type": "signer_fullname", "required": false}]);
    let pages = pages(json!({"signers": [first], "inputs": inputs})).await;
    let shown = pages.get("/verificar/doc/lease").await;
    assert!(shown.find_control("phone_number").is_none() && shown.find_control("name").is_none(), "{}", shown.body);
    let refused = pages.post("/verificar/doc/lease", &[]).await;
    for name in ["email", "input-0"] {
        assert!(refused.control(name).contains("aria-invalid"), "{}", refused.control(name));
    }
    let entries = [("email", "ana@x.example"), ("input-0", "Ana Prado")];
    let made = pages.post("/verificar/doc/lease", &entries).await;
    let signer = pages.signer(made.location.rsplit('/').next().expect("a token")).await;
    assert_eq!(
        ["name", "email", "auth_mode", "blank_phone", "lock_email"].map(|field| signer[field].clone()),
        [json!("Ana Prado"), json!("ana@x.example"), json!("tokenEmail"), json!(true), json!(true)]
    );
}

#[tokio::test]
async fn a_template_that_is_not_there_has_no_link() {
    let pages = pages(json!({"active": false})).await;
    for token in ["lease", "nobody"] {
        pages.get(&format!("/verificar/doc/{token}")).await.assert_screen(404, "unknown");
        pages.post(&format!("/verificar/doc/{token}"), &[("name", "Ana")]).await.assert_screen(404, "unknown");
    }
}
