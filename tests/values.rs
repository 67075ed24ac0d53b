//! Values of the generated types: states, deadlines, lists that may be absent, and what `Debug` shows of them.
#![allow(missing_docs)]

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use conformance::APIS;
use conformance::case::{ApiCases, at, bundle};
use serde_json::{Number, Value, json};
use zapsign_api::types::{
    CreateDocumentFromTemplate, Document, DocumentStatus, ListedSignerStatus, SignerStatus, SignerToken, TemplateToken,
    UpdateDocument,
};
use zapsign_api::{Secret, Timestamp};

/// Each line of the snapshot is a property with its parent, or with the operation or event of the body, whose text or
/// number goes into logs: neither secret, nor personal, nor an address.
#[test]
fn debug_shows_what_is_marked_and_nothing_else() {
    for cases in APIS {
        let lines: Vec<String> = shown(cases).into_iter().collect();
        insta::with_settings!({ snapshot_path => "snapshots/debug", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(cases.name, lines.join("\n"));
        });
    }
}

/// Returns the properties of all examples of which `Debug` shows the text or number.
fn shown(cases: &ApiCases) -> BTreeSet<String> {
    let bundle = bundle(cases.bundle);
    let mut found = BTreeSet::new();
    let mut printed = 0;
    for case in cases.bodies.iter().filter(|case| case.media == "application/json") {
        for example in case.examples {
            let mut body = at(&bundle, example.pointer).clone();
            let mut markers = Vec::new();
            mark(&mut body, case.operation, &mut markers);
            let text = (case.debug)(body.to_string().as_bytes());
            printed += usize::from(!text.is_empty());
            found.extend(markers.into_iter().filter(|(marker, _)| text.contains(marker)).map(|(_, key)| key));
        }
    }
    assert!(printed > 100, "{printed} bodies have a text");
    found
}

/// Replaces every text and number by a marker, and notes the name of its property after that of its parent.
fn mark(value: &mut Value, key: &str, markers: &mut Vec<(String, String)>) {
    let number = 7_000_001 + markers.len();
    match value {
        Value::Object(map) => {
            let parent = key.rsplit('.').next().unwrap_or_default();
            map.iter_mut().for_each(|(key, value)| mark(value, &format!("{parent}.{key}"), markers));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| mark(value, key, markers)),
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) => {
            *value = Number::from(number).into();
            markers.push((number.to_string(), key.to_owned()));
        }
        Value::String(_) => {
            *value = format!("marker-{number}").into();
            markers.push((format!("marker-{number}"), key.to_owned()));
        }
    }
}

#[test]
fn debug_of_an_answer_leaves_out_what_is_absent() {
    let document: Document = serde_json::from_value(json!({
        "token": "3f0c9d1e-0000-4000-8000-0000000000a1", "open_id": 472, "name": "Contract of Ana Prado", "status": "em-curso",
        "created_at": "2026-02-03T04:05:06.789012Z", "deleted": false, "signed_file": null,
        "original_file": "https://files.example/a?Signature=b", "lang": "tlh",
        "signers": [{"token": "3f0c9d1e-0000-4000-8000-0000000000b1", "status": "link-opened", "name": "Ana Prado",
            "email": "ana@acme.example", "times_viewed": 2, "geo_latitude": "-23.55"}],
    }))
    .expect("a document");
    assert_eq!(
        format!("{document:?}"),
        "Document { created_at: Timestamp(\"2026-02-03T04:05:06.789012Z\"), deleted: false, lang: Unknown(..), open_id: 472, \
         signers: [Signer { status: LinkOpened, times_viewed: 2, .. }], status: PendingPt, .. }"
    );
}

#[test]
fn a_state_has_one_question_whatever_its_spelling() {
    for (signed, pending, refused, last, text) in [
        (false, true, false, false, "pending em-curso"),
        (true, false, false, true, "signed assinado"),
        (false, false, true, true, "refused recusado"),
        (false, false, false, true, "lixeira"),
        (false, false, false, false, "archived Signed"),
    ] {
        for status in text.split(' ').map(DocumentStatus::from) {
            let found = (status.is_signed(), status.is_pending(), status.is_refused(), status.is_final());
            assert_eq!(found, (signed, pending, refused, last), "{status}");
        }
    }
    for (signed, pending, opened, last, text) in [
        (false, true, false, false, "new novo"),
        (false, true, true, false, "link-opened abriu-link"),
        (true, false, false, true, "signed assinou"),
        (false, false, false, true, "rejeitou"),
        (false, false, false, false, "expirou"),
    ] {
        for status in text.split(' ').map(SignerStatus::from) {
            let found = (status.is_signed(), status.is_pending(), status.is_opened(), status.is_final());
            assert_eq!(found, (signed, pending, opened, last), "{status}");
        }
    }
    for status in ListedSignerStatus::KNOWN {
        assert_ne!(status.is_pending(), status.is_final(), "{status}");
    }
    let template = |text| dialog360_api::types::TemplateStatus::from(text).is_pending();
    assert!(template("pending") && template("PENDING") && !template("approved"));
}

#[test]
fn an_optional_list_is_a_slice() {
    let document = |signers: Value| -> Document {
        serde_json::from_value(json!({"token": "t", "name": "n", "status": "pending", "signers": signers}))
            .expect("a document")
    };
    assert!(document(Value::Null).signers().is_empty());
    let document = document(json!([{"token": "t", "status": "assinou", "name": "Ana"}]));
    assert!(document.signers().iter().all(|signer| signer.status.is_signed()));
    assert_eq!(document.signers().len(), 1);
}

/// The vendor takes a date, or a point in time with six digits of a second; an update takes a date only.
#[test]
fn a_deadline_has_the_vendors_form() {
    let deadline = Timestamp::from(UNIX_EPOCH + Duration::new(1_777_593_599, 123_456_789));
    let template = TemplateToken::new("c1").expect("an id");
    let create = CreateDocumentFromTemplate::builder().template_id(template).signer_name("Ana Prado");
    let create = create.date_limit_to_sign(&deadline).build();
    assert_eq!(create.date_limit_to_sign.as_deref(), Some("2026-04-30T23:59:59.123456Z"));
    let update = UpdateDocument::builder().date_limit_to_sign(deadline.date().expect("it has a date")).build();
    assert_eq!(update.date_limit_to_sign.as_deref(), Some("2026-04-30"));
}

#[test]
fn values_compare_and_convert_as_text() {
    let unlisted = DocumentStatus::from("archived");
    assert!(DocumentStatus::Signed == "signed" && unlisted == *"archived");
    let token = SignerToken::new("b1").expect("an id");
    let text = String::from(&token);
    assert_eq!(token, text.as_str());
    let text = "api-token".to_owned();
    assert_eq!(Secret::from(&text).expose(), text);
}
