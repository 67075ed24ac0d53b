//! Seeds that cannot be loaded.

use api_sandbox::Seed;
use serde_json::{Value, json};

use super::example;

fn refusal(text: &str) -> String {
    Seed::from_json(text).expect_err("it is refused").to_string()
}

#[test]
fn each_refusal_names_its_place_and_its_cause() {
    let document = |fields: Value| json!({"zapsign": {"documents": [fields]}});
    let channels =
        |channels: Value| json!({"dialog360": {"clients": [{"id": "acmeCL", "name": "Acme"}], "channels": channels}});
    for (seed, reason) in [
        (json!({"zapsing": {}}), "there is no key `zapsing`; the most similar one is `zapsign`"),
        (json!([]), "not an object: write `{\"zapsign\": {}}`"),
        (
            json!({"zapsign": {"document": []}}),
            "/zapsign: there is no key `document`; the most similar one is `documents`",
        ),
        (
            document(json!({"name": "Lease", "stauts": "signed"})),
            "/zapsign/documents/0: there is no key `stauts`; the most similar one is `status`",
        ),
        (
            document(json!({"name": "Lease", "signers": [{"name": "Ana"}, {"name": "Bento", "emial": "b@x.example"}]})),
            "/zapsign/documents/0/signers/1: there is no key `emial`; the most similar one is `email`",
        ),
        (
            json!({"dialog360": {"clients": [{"name": "Acme", "contact_info": {"contry": "BR"}}]}}),
            "/dialog360/clients/0/contact_info: there is no key `contry`; the most similar one is `country`",
        ),
        (document(json!({"name": 7})), r#"/zapsign/documents/0/name: the value is not of type "string""#),
        (
            document(json!({"name": "Lease", "status": "assinado"})),
            r#"/zapsign/documents/0/status: the value is none of "pending", "signed", "recusado""#,
        ),
        (
            json!({"dialog360": {"clients": [{"name": "Acme", "balance": {"balance": "7"}}]}}),
            r#"/dialog360/clients/0/balance/balance: the value is not of type "number""#,
        ),
        (document(json!({"token": "doc-1"})), "/zapsign/documents/0/name: this field may not be blank"),
        (
            document(json!({"name": "Lease", "signers": [{"name": "Ana", "email": "nonsense"}]})),
            "/zapsign/documents/0/signers/0/email: not a valid email address",
        ),
        (
            document(json!({"name": "Lease", "account": "Acne"})),
            "/zapsign/documents/0/account: there is no account `Acne`; the most similar one is `Sandbox`",
        ),
        (
            json!({"zapsign": {"accounts": [{"company_name": "Acme"}, {"company_name": "Acme"}],
                "documents": [{"name": "Lease", "account": "Acme"}]}}),
            "/zapsign/documents/0/account: several accounts have this name: give the `id` of one",
        ),
        (
            json!({"zapsign": {"documents": [{"name": "A", "token": "d"}, {"name": "B", "token": "d"}]}}),
            "/zapsign/documents/1/token: the id comes twice: give another, or leave it out, and one is generated",
        ),
        (
            document(json!({"name": "A", "token": "d", "extra_docs": [{"name": "B", "token": "d"}]})),
            "/zapsign/documents/0/extra_docs/0/token: the id comes twice: give another, or leave it out, and one is generated",
        ),
        (
            json!({"zapsign": {"accounts": [{"company_name": "Acme", "id": 100001}]}}),
            "/zapsign/accounts/0/id: the id comes twice: give another, or leave it out, and one is generated",
        ),
        (
            document(json!({"name": "Lease", "token": ""})),
            "/zapsign/documents/0/token: the id is empty: leave it out, and one is generated",
        ),
        (
            document(json!({"name": "Lease", "status": "signed"})),
            "/zapsign/documents/0/status: its signers make it `pending`: leave it out, or give each signer a fitting `status`",
        ),
        (
            document(json!({"name": "Lease", "status": "signed", "signers": [{"name": "Ana", "status": "new"}]})),
            "/zapsign/documents/0/status: its signers make it `pending`: leave it out, or give each signer a fitting `status`",
        ),
        (
            document(json!({"name": "Lease", "signers": [{"name": "Ana", "sign_url": "https://x.example"}]})),
            "/zapsign/documents/0/signers/0/sign_url: the sandbox fills this in: leave it out",
        ),
        (
            document(json!({"name": "Lease", "signers": [{"name": "Ana", "status_code": "signed"}]})),
            "/zapsign/documents/0/signers/0/status_code: the sandbox fills this in: leave it out",
        ),
        (
            document(json!({"name": "Lease", "auto_reminder": 1})),
            "/zapsign/documents/0/auto_reminder: the sandbox fills this in: leave it out",
        ),
        (
            document(json!({"name": "Lease", "deleted_at": "2026-02-03T04:05:06Z"})),
            "/zapsign/documents/0/deleted_at: the sandbox fills this in: leave it out",
        ),
        (
            document(json!({"name": "Lease", "signers": [{"name": "Ana", "signed_at": "2026-02-03T04:05:06Z"}]})),
            "/zapsign/documents/0/signers/0/signed_at: the signer has not signed: leave it out, or give the `status` `signed`",
        ),
        (
            document(json!({"name": "Lease", "signers": [
                {"name": "Ana", "status": "rejeitou"}, {"name": "Bento", "status": "rejeitou"},
            ]})),
            "/zapsign/documents/0/signers/1/status: another signer has refused, and a document is refused once",
        ),
        (
            document(json!({"name": "Lease", "url_pdf": "https://x.example/a.pdf", "base64_pdf": "JVBERi0xLjQK"})),
            "/zapsign/documents/0: the vendor takes one of `url_pdf`, `base64_pdf`: leave the others out",
        ),
        (
            document(json!({"name": "Lease", "extra_docs": [
                {"name": "A", "url_pdf": "https://x.example/a.pdf", "base64_pdf": "JVBERi0xLjQK"},
            ]})),
            "/zapsign/documents/0/extra_docs/0: the vendor takes one of `url_pdf`, `base64_pdf`: leave the others out",
        ),
        (
            json!({"zapsign": {"templates": [
                {"name": "Lease", "docx_url": "https://x.example/a.docx", "base64_docx": "UEsDBAo="},
            ]}}),
            "/zapsign/templates/0: the vendor takes one of `docx_url`, `base64_docx`: leave the others out",
        ),
        (
            json!({"zapsign": {"templates": [{"name": "Lease", "signers": []}]}}),
            "/zapsign/templates/0/signers: the value has less than 1 item",
        ),
        (
            json!({"zapsign": {"accounts": [{"company_name": "Acme", "id": -5}]}}),
            "/zapsign/accounts/0/id: the id is no whole number from 0: give one, or leave it out, and one is generated",
        ),
        (
            json!({"zapsign": {"webhooks": [{"url": "https://x.example", "id": 7.0}]}}),
            "/zapsign/webhooks/0/id: the id is no whole number from 0: give one, or leave it out, and one is generated",
        ),
        (
            json!({"zapsign": {"accounts": [{"company_name": "Acme", "api_token": "a.b.c"}]}}),
            "/zapsign/accounts/0/api_token: three parts with dots between make an access token: give another",
        ),
        (
            json!({"zapsign": {"webhooks": [{"url": "https://x.example", "doc_token": "doc-9"}]}}),
            "/zapsign/webhooks/0/doc_token: the account has no such document",
        ),
        (json!({"zapsign": {"webhooks": [{"url": "ftp://x.example"}]}}), "/zapsign/webhooks/0/url: not a valid URL"),
        (
            channels(json!([{"id": "acmeCH", "client_id": "acmeLC"}])),
            "/dialog360/channels/0/client_id: there is no client `acmeLC`; the most similar one is `acmeCL`",
        ),
        (
            channels(json!([{"id": "acmeCH"}])),
            "/dialog360/channels/0: one of waba_business_id or client_id must be given",
        ),
        (
            channels(json!([{"client_id": "acmeCL", "status": "runing"}])),
            r#"/dialog360/channels/0/status: the value is none of "created", "unverified", "verified", "ready", "running", "modified", "imported", "new_name_requested", "certificate_declined", "consents_signed", "error", "porting_ready", "ready_for_migration", "waiting_for_migration_code", "migration_code_requested", "pending""#,
        ),
        (
            channels(json!([
                {"client_id": "acmeCL", "waba_external_id": "1", "waba_account_id": "aWA"},
                {"client_id": "acmeCL", "waba_external_id": "1", "waba_account_id": "bWA"},
            ])),
            "/dialog360/channels/1/waba_account_id: the account of this `waba_external_id` has another id: leave one of the two out",
        ),
        (
            channels(json!([{"client_id": "acmeCL", "client": {}}])),
            "/dialog360/channels/0/client: the sandbox fills this in: leave it out",
        ),
        (
            channels(json!([{"client_id": "acmeCL", "cilent": {}}])),
            "/dialog360/channels/0: there is no key `cilent`; the most similar one is `client_id`",
        ),
        (
            json!({"dialog360": {"templates": [{
                "name": "hello", "language": "en", "category": "UTILITY", "waba_account_id": "aWA",
            }]}}),
            "/dialog360/templates/0/waba_account_id: there is no account of a channel `aWA`",
        ),
        (
            json!({"dialog360": {"templates": [{"name": "hello", "language": "en", "waba_account_id": "aWA"}]}}),
            "/dialog360/templates/0: the key `category` is missing",
        ),
        (json!({"behaviors": {}}), "/behaviors: not a list"),
        (json!({"faults": [{"faults": [], "next": 1}]}), "/faults/0: `faults` is empty: name at least one"),
    ] {
        assert_eq!(refusal(&seed.to_string()), reason);
    }
    let behavior = refusal(r#"{"behaviors": ["no-plan"]}"#);
    assert!(behavior.starts_with("/behaviors/0: there is no behavior `no-plan`; there are "), "{behavior}");
    let rule = refusal(r#"{"faults": [{"fault": []}]}"#);
    assert!(rule.starts_with("/faults/0: not a fault rule: unknown field `fault`, expected one of `faults`"), "{rule}");
    assert!(refusal("{").starts_with("not JSON: EOF"));
    let unread = Seed::from_path("/nowhere/seed.json").expect_err("there is no such file").to_string();
    assert!(unread.starts_with("can't be read: "), "{unread}");
}

#[test]
fn all_faults_of_the_form_are_told_at_once_and_no_value() {
    let seed = json!({"zapsign": {"accounts": [{"company_name": 7, "api_token": ["s3cret"], "name": "s3cret"}]}});
    let told = refusal(&seed.to_string());
    assert_eq!(told.lines().count(), 3, "{told}");
    let twice = json!({"zapsign": {"accounts": [
        {"company_name": "Acme", "api_token": "s3cret"}, {"company_name": "Other", "api_token": "s3cret"},
    ]}});
    let told = told + &refusal(&twice.to_string());
    assert!(told.contains("/zapsign/accounts/1/api_token: the id comes twice") && !told.contains("s3cret"), "{told}");
    let seed = Seed::from_json(&example("https://x.example/?s3cret").to_string()).expect("a seed");
    assert_eq!(
        format!("{seed:?}"),
        r#"Seed { parts: ["zapsign", "dialog360"], behaviors: {NoAuditLog}, fault_rules: 1 }"#
    );
}
