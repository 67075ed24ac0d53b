//! Links and pages of others.

use api_sandbox::{Sandbox, Seed};
use dialog360_api::Secret;
use dialog360_api::onboarding::{SignUpLink, SignatureEncoding};

use super::{Browser, DONE, partner, query};

#[tokio::test]
async fn a_page_keeps_its_opener_and_lets_a_form_lead_away() {
    let browser = Browser::start().await;
    let answer = browser.get("/dashboard/app/sandboxPA").await;
    assert!(!answer.headers.contains_key("cross-origin-opener-policy"));
    let policy = answer.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("form-action") && !policy.contains("sandbox"), "{policy}");
    assert!(!answer.page.contains("noopener"));
}

#[tokio::test]
async fn hostile_text_does_nothing() {
    let browser = Browser::start().await;
    let hostile = "\"'><script>alert(1)</script>";
    let given = [("name", hostile), ("email", hostile), ("number", hostile), ("state", hostile), (hostile, hostile)];
    let fields = [("name", hostile), ("email", "it@acme.example"), ("number", "49301234567")];
    let path = format!("/dashboard/app/sandboxPA?{}", query(&given));
    let second = format!("{path}&{}", query(&[("redirect_url", DONE), ("plan_selection", hostile)]));
    let permissions = browser.sign_up(&second, &fields).await;
    for page in [browser.get(&path).await, browser.post(&path, &given).await, browser.get(&permissions).await] {
        assert!(page.page.contains("alert(1)") && !page.page.contains("<script>alert"), "{}", page.page);
        assert!(!page.page.contains("\"'>"), "{}", page.page);
    }
    let redirect = browser.finish(&permissions, &[("permit_new", "true")]).await;
    assert_eq!((redirect.other["state"].as_str(), redirect.other.len()), (hostile, 2));

    for address in
        ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/x", "http://a b/", "ftp://h/", "http://"]
    {
        let path = format!("/dashboard/app/sandboxPA?{}", query(&[("redirect_url", address)]));
        browser.get(&path).await.assert_screen(400, "error");
        browser.post(&path, &fields).await.assert_screen(400, "error");
        let finish =
            permissions.split('?').next().expect("a path").to_owned() + "?" + &query(&[("redirect_url", address)]);
        browser.post(&finish, &[("permit_new", "true")]).await.assert_screen(400, "error");
    }
}

#[tokio::test]
async fn ids_of_a_seed_with_odd_characters_lead_to_their_pages() {
    let seed = r#"{"dialog360": {
        "clients": [{"id": "a b/ü?&#\"", "name": "Acme", "email": "it@acme.example"}],
        "channels": [{"id": "c]&x=1", "client_id": "a b/ü?&#\"", "status": "running", "phone_number": "4930111"}]
    }}"#;
    let browser = Browser::of(Sandbox::builder().load(Seed::from_json(seed).expect("a seed"))).await;
    let path = format!("/dashboard/app/sandboxPA?{}", query(&[("redirect_url", DONE)]));
    let permissions = browser.sign_up(&path, &[("name", "Acme"), ("email", "it@acme.example")]).await;
    assert!(
        permissions.starts_with("/dashboard/app/sandboxPA/permissions/a%20b%2F%C3%BC%3F%26%23%22?"),
        "{permissions}"
    );
    let done = browser.post(&permissions, &[("permit", "c]&x=1")]).await;
    let parameters = "&client=a%20b%2F%C3%BC%3F%26%23%22&channels=[c%5D%26x%3D1]#top";
    assert_eq!(done.location, DONE.replace("#top", parameters));
}

#[tokio::test]
async fn a_page_shows_no_value_that_may_be_a_secret() {
    let browser = Browser::start().await;
    let given = [("state", "tenant-7"), ("io_token", "hidden"), ("io_timestamp", "5")];
    let page = browser.get(&format!("/onboarding/sandboxPA?{}", query(&given))).await.page;
    assert!(page.contains("<dt>io_token</dt>") && page.contains("<dd>tenant-7</dd>"), "{page}");
    // The address of the page has it, and links on the page keep it.
    assert_eq!(page.matches("hidden").count(), 1, "{page}");
}

#[tokio::test]
async fn a_page_of_another_origin_signs_nobody_up() {
    let browser = Browser::start().await;
    let url = format!("{}/dashboard/app/sandboxPA", browser.sandbox.url());
    let send = async |origin: &str| {
        let body = query(&[("name", "Acme"), ("email", "it@acme.example"), ("number", "49301234567")]);
        browser.send(browser.http.post(&url).header("origin", origin).body(body)).await.status
    };
    assert_eq!(send("http://evil.example").await, 403);
    assert_eq!(send(browser.sandbox.url()).await, 303);
}

#[tokio::test]
async fn a_signed_link_is_good_for_one_sign_up() {
    let browser = Browser::start().await;
    let fields = [("name", "Acme"), ("email", "it@acme.example"), ("number", "49301234567")];
    let link = |secret: &str, seconds: u64, encoding: SignatureEncoding| {
        let link = SignUpLink::new(&partner()).base_url("http://h/dashboard/app").redirect_url(DONE);
        let link = link.sign(&Secret::new(secret), seconds, encoding).expect("a secret").url().expect("a link");
        link.replace("http://h", "")
    };
    let secret = browser.sandbox.credentials().platform_secret.clone().expect("a secret");
    for (seconds, encoding) in [(1, SignatureEncoding::Hex), (2, SignatureEncoding::Base64)] {
        let path = link(&secret, seconds, encoding);
        // Neither looking at the page nor a mistake in the form uses the signature.
        browser.get(&path).await.assert_screen(200, "sign-up");
        browser.post(&path, &[]).await.assert_screen(422, "sign-up");
        let permissions = browser.sign_up(&path, &fields).await;
        browser.finish(&permissions, &[("permit_new", "true")]).await;
        browser.get(&path).await.assert_screen(410, "error");
        browser.post(&path, &fields).await.assert_screen(410, "error");
    }
    let right = link(&secret, 3, SignatureEncoding::Hex);
    let wrong = [
        link("another secret", 3, SignatureEncoding::Hex),
        right.replace("io_timestamp=3", "io_timestamp=4"),
        right.replace("io_timestamp=3", ""),
        format!("/dashboard/app/sandboxPA?{}", query(&[("io_signature", "zz"), ("io_timestamp", "3")])),
        format!("/dashboard/app/sandboxPA?{}", query(&[("io_signature", ""), ("io_timestamp", "3")])),
    ];
    for path in wrong {
        browser.get(&path).await.assert_screen(403, "error");
        browser.post(&path, &fields).await.assert_screen(403, "error");
    }
    browser.get(&right).await.assert_screen(200, "sign-up");
    let unsigned = Browser::of(Sandbox::builder().sign_deliveries(false)).await;
    unsigned.get(&right).await.assert_screen(403, "error");
    browser.sandbox.reset();
    let signed = link(&secret, 1, SignatureEncoding::Hex);
    browser.get(&signed).await.assert_screen(200, "sign-up");
}
