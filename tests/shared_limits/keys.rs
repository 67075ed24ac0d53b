//! Names of what a store keeps: nobody who reads them learns a token or an e-mail address.

use api_runtime::{RateLimits, RetryPolicy};
use conformance::recorder::{Recorder, Reply};
use conformance::redis_server::RedisServer;
use dialog360_api::types::{ChannelId, CreateClient, MessagingCurrency, PartnerId};
use zapsign_api::types::DocumentToken;

use crate::engine::{DIVIDE, connect, logs, settled};

#[tokio::test]
async fn no_key_and_no_member_has_a_token_or_an_email_address() {
    const SECRETS: [&str; 7] = ["example-token", "example-key", "robin", "acme", "exmplepa", "exmplech", "3f0c9d1e"];
    let Some(server) = RedisServer::start() else { return };
    let recorder = Recorder::start(Reply::new(429, "application/json", "{}").header("retry-after", "5")).await;
    let limits = RateLimits::shared(connect(&server).await, DIVIDE);
    let zapsign = zapsign_api::Client::builder().api_token("example-token").rate_limits(limits.clone());
    let zapsign = zapsign.rate_limit_by_address(true).retry(RetryPolicy::never()).base_url(recorder.url());
    let zapsign = zapsign.build().expect("it builds");
    let dialog360 = dialog360_api::Client::builder().api_key("example-key").rate_limits(limits.clone());
    let dialog360 = dialog360.retry(RetryPolicy::never()).base_url(recorder.url()).build().expect("it builds");

    let document = DocumentToken::new("3f0c9d1e-0000-4000-8000-0000000000a1").expect("a token");
    zapsign.get_document().doc_token(&document).send().await.expect_err("it is refused");
    let partner = PartnerId::new("exmplePA").expect("an id");
    let client = CreateClient::builder().name("Acme Trading").email("robin@acme.example").user_name("Robin Example");
    let client = client.send_client_email(false).is_initial_onboarding_client(true);
    let client = client.client_messaging_currency(MessagingCurrency::Eur).build();
    dialog360.create_client().partner_id(&partner).body(&client).send().await.expect_err("it is refused");
    let channel = ChannelId::new("exmpleCH").expect("an id");
    let call = dialog360.create_channel_api_key().partner_id(&partner).channel_id(&channel);
    call.send().await.expect_err("it is refused");
    settled(&server).await;

    let (keys, logs) = (server.texts(&["KEYS", "*"]), logs(&server));
    assert_eq!(
        (logs.len(), keys.len()),
        (4, 7),
        "two windows of ZapSign and two of 360dialog, and three holds: {keys:?}"
    );
    let members = logs.iter().flat_map(|log| server.texts(&["ZRANGE", log, "0", "-1"]));
    for text in keys.iter().cloned().chain(members) {
        let lower = text.to_lowercase();
        assert!(!SECRETS.iter().any(|secret| lower.contains(secret)) && !text.contains('@'), "{text}");
    }
    // Those of ZapSign are in one slot, whatever the credential, because it may count by address.
    assert!(
        keys.iter().all(|key| key.starts_with("rate-limit:{zapsign") || key.starts_with("rate-limit:{dialog360")),
        "{keys:?}"
    );
}
