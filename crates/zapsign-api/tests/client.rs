//! The builder of a client and its environments.
#![allow(missing_docs)]

use zapsign_api::{Client, Environment};

/// Returns the `Debug` text of a client.
fn shown(environment: Environment) -> String {
    // Plain HTTP needs no TLS, and the others are only asked for their address.
    let builder = Client::builder().api_token("token").danger_http_client(reqwest::Client::new());
    format!("{:?}", builder.environment(environment).build().expect("it builds"))
}

#[test]
fn of_an_address_no_secret_is_shown() {
    let address = Environment::Url("https://user:canary@sign.example:8443/canary/v1?key=canary".to_owned());
    assert_eq!(format!("{address:?}"), r#"Url(Some("https://sign.example:8443"))"#);
    assert_eq!(format!("{:?}", Environment::Url("canary".to_owned())), "Url(None)");
    assert_eq!(format!("{:?}", Environment::Sandbox), "Sandbox");

    let shown = shown(Environment::Url("https://sign.example/canary/v1".to_owned()));
    assert!(shown.contains("https://sign.example") && !shown.contains("canary"), "{shown}");
}

#[test]
fn each_environment_has_its_host() {
    for (environment, origin) in [
        (Environment::Production, "https://api.zapsign.com.br"),
        (Environment::Sandbox, "https://sandbox.api.zapsign.com.br"),
        (Environment::Brazil, "https://br.api.zapsign.com.br"),
        (Environment::Url("http://127.0.0.1:9/".to_owned()), "http://127.0.0.1:9"),
    ] {
        let shown = shown(environment);
        assert!(shown.contains(&format!("{origin:?}")), "{shown}");
    }
    assert_eq!(Environment::default(), Environment::Production);
}
