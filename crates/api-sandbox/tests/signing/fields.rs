//! Fields of the form, as the settings of a signer say.

use serde_json::json;

use super::{Answer, Pages};

async fn form(pages: &Pages) -> Answer {
    pages.get("/verificar/ana").await;
    pages.get("/verificar/ana/form").await
}

#[tokio::test]
async fn a_locked_field_is_shown_and_not_changed() {
    let signer = json!({"email": "ana@x.example", "lock_name": true, "lock_email": true, "lock_phone": true, "phone_number": "119"});
    let pages = Pages::of_ana(signer).await;
    let form = form(&pages).await;
    for (name, value) in [("name", "Ana Prado"), ("email", "ana@x.example"), ("phone_number", "119")] {
        let control = form.control(name);
        assert!(control.contains("readonly") && control.contains(&format!("value=\"{value}\"")), "{control}");
    }
    let entries = [("name", "Eve"), ("email", "eve@x.example"), ("phone_number", "666"), ("typed_signature", "Ana")];
    pages.post("/verificar/ana/sign", &entries).await.assert_redirect("/verificar/ana/signed");
    let signer = pages.signer("ana").await;
    assert_eq!(
        ["name", "email", "phone_number"].map(|field| signer[field].clone()),
        ["Ana Prado", "ana@x.example", "119"]
    );
}

#[tokio::test]
async fn a_field_that_is_blank_or_hidden_is_not_asked_for() {
    for (signer, email, phone) in [
        (json!({}), true, true),
        (json!({"blank_email": true, "email": "ana@x.example"}), false, true),
        (json!({"hide_email": true, "blank_phone": true, "email": "ana@x.example"}), false, false),
        (json!({"hide_phone": true}), true, false),
    ] {
        let pages = Pages::of_ana(signer.clone()).await;
        let form = form(&pages).await;
        let found = ["email", "phone_number"].map(|name| form.find_control(name).is_some());
        assert_eq!(found, [email, phone], "{signer}");
        assert!(form.find_control("cpf").is_none() && form.find_control("code").is_none());
        let entries = [("name", "Ana"), ("email", "eve@x.example"), ("typed_signature", "Ana")];
        pages.post("/verificar/ana/sign", &entries).await.assert_redirect("/verificar/ana/signed");
        let stored = if email { "eve@x.example" } else { signer["email"].as_str().unwrap_or_default() };
        assert_eq!(pages.signer("ana").await["email"], stored);
    }
}

#[tokio::test]
async fn an_error_stands_at_its_field_and_the_entries_are_kept() {
    let pages = Pages::of_ana(json!({"require_cpf": true})).await;
    let entries = [("name", " "), ("email", "ana"), ("phone_number", "none"), ("cpf", "111.111.111-12")];
    let refused = pages.post("/verificar/ana/sign", &entries).await;
    refused.assert_screen(422, "form");
    for (name, error) in [
        ("name", "This field is empty. Fill it in."),
        ("email", "This is no e-mail address. Enter one such as ana@example.com."),
        ("phone_number", "This is no phone number. Enter its digits."),
        ("cpf", "This is no CPF. Check its 11 digits."),
    ] {
        assert!(refused.body.contains(&format!("id=\"{name}-error\">{error}</p>")), "{name}: {}", refused.body);
        let control = refused.control(name);
        assert!(control.contains("aria-invalid=\"true\"") && control.contains(&format!("{name}-error\"")), "{control}");
        assert_eq!(control.contains("autofocus"), name == "name", "{control}");
    }
    assert!(refused.control("email").contains("value=\"ana\""));
    assert!(refused.control("typed_signature").contains("aria-describedby=\"typed-hint signature-error\""));
    assert_ne!(pages.signer("ana").await["status"], "signed");

    let entries = [("name", "Ana"), ("cpf", "529.982.247-25"), ("typed_signature", "Ana")];
    pages.post("/verificar/ana/sign", &entries).await.assert_redirect("/verificar/ana/signed");
    assert_eq!(pages.signer("ana").await["cpf"], "529.982.247-25");
}

#[tokio::test]
async fn every_control_has_a_label() {
    let pages = Pages::of_ana(json!({"require_cpf": true, "auth_mode": "assinaturaTela-tokenEmail"})).await;
    let form = form(&pages).await;
    for name in ["name", "email", "phone_number", "cpf", "typed_signature", "code"] {
        assert!(form.control(name).contains(&format!("id=\"{name}\"")), "{}", form.control(name));
        assert!(form.body.contains(&format!("<label for=\"{name}\">")), "{name}");
    }
}

#[tokio::test]
async fn a_code_goes_to_the_address_of_now() {
    let pages = Pages::of_ana(json!({"email": "old@x.example", "auth_mode": "tokenEmail"})).await;
    assert!(form(&pages).await.body.contains("to old@x.example"));
    let update = pages.browser.post(format!("{}/api/v1/signers/ana/", pages.sandbox.url()));
    let update = update.bearer_auth(&pages.sandbox.credentials().api_token).header("content-type", "application/json");
    update.body(json!({"email": "new@x.example"}).to_string()).send().await.expect("it is changed");
    let form = form(&pages).await;
    assert!(form.body.contains("to new@x.example") && !form.body.contains("old@x.example"), "{}", form.body);
    assert!(form.find_control("typed_signature").is_none(), "a code alone");

    let code = form.body.split("enter ").nth(1).expect("a code")[..6].to_owned();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused =
        pages.post("/verificar/ana/sign", &[("name", "Ana"), ("email", "new@x.example"), ("code", wrong)]).await;
    refused.assert_screen(422, "form");
    assert!(refused.body.contains("This is not the code."), "{}", refused.body);
    let entries = [("name", "Ana"), ("email", "new@x.example"), ("code", &code)];
    pages.post("/verificar/ana/sign", &entries).await.assert_redirect("/verificar/ana/signed");
}

#[tokio::test]
async fn a_code_names_no_hidden_address() {
    for (mode, hidden) in [("tokenEmail", "hide_email"), ("tokenSms", "hide_phone"), ("tokenWhatsapp", "hide_phone")] {
        let mut signer = json!({"email": "ana@x.example", "phone_number": "11988887777", "auth_mode": mode});
        signer[hidden] = true.into();
        let form = form(&Pages::of_ana(signer).await).await;
        let address = if hidden == "hide_email" { "ana@x.example" } else { "11988887777" };
        assert!(form.body.contains("nothing is sent") && !form.body.contains(address), "{mode}: {}", form.body);
    }
}

#[tokio::test]
async fn the_mode_says_what_is_asked_for() {
    for (mode, signature, code, cpf) in [
        ("assinaturaTela", true, false, false),
        ("tokenEmail", false, true, false),
        ("assinaturaTela-tokenEmail", true, true, false),
        ("tokenSms", false, true, false),
        ("assinaturaTela-tokenSms", true, true, false),
        ("tokenWhatsapp", false, true, false),
        ("assinaturaTela-tokenWhatsapp", true, true, false),
        ("certificadoDigital", false, false, false),
        ("CPF", false, false, true),
        ("assinaturaTela-cpf", true, false, true),
    ] {
        let pages = Pages::of_ana(json!({"auth_mode": mode})).await;
        let form = form(&pages).await;
        let found = ["typed_signature", "code", "cpf"].map(|name| form.find_control(name).is_some());
        assert_eq!(found, [signature, code, cpf], "{mode}");
    }
}

#[tokio::test]
async fn steps_that_are_left_out_are_named() {
    let signer = json!({"require_selfie_photo": true, "require_document_photo": true, "selfie_validation_type": "liveness-NXCD"});
    let pages = Pages::of_ana(signer).await;
    let form = form(&pages).await;
    for step in ["photos of an identity document", "a photo of the face", "liveness-NXCD"] {
        assert!(form.body.contains(step), "{step}: {}", form.body);
    }
}

#[tokio::test]
async fn a_hidden_address_is_not_in_the_signed_file() {
    for hidden in [false, true] {
        let signer = json!({"email": "ana@x.example", "hide_email": hidden, "qualification": "Witness"});
        let pages = Pages::of_ana(signer).await;
        assert!(form(&pages).await.body.contains("<bdi>Witness</bdi>"));
        pages
            .post("/verificar/ana/sign", &[("name", "Ana"), ("email", "ana@x.example"), ("typed_signature", "Ana")])
            .await;
        let link = pages.api("docs/lease/").await["signed_file"].as_str().expect("a link").to_owned();
        let file = pages.browser.get(link).send().await.expect("an answer").bytes().await.expect("a file");
        let file = lopdf::Document::load_mem(&file).expect("a PDF");
        let text = file.extract_text(&file.get_pages().into_keys().collect::<Vec<_>>()).expect("text");
        assert!(text.contains("Signer 1: Ana"), "{text}");
        assert_eq!(text.contains("E-mail"), !hidden, "{text}");
    }
}
