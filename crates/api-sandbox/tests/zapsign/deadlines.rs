//! Deadlines and reminders of documents, by the sandbox's clock.

use std::time::{Duration, SystemTime};

use api_sandbox::{Delivery, Sandbox, SignerError};
use jiff::Timestamp;
use serde_json::{Value, json};
use zapsign_api::types::{self, ListedSignerStatus, WebhookType};
use zapsign_api::{Client, Error, Until, WaitOutcome};

use super::observed::real_pause;
use super::{Partner, document_token, get, hold_clock, receiver, status, value};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Receiver that refuses connections; the log of deliveries is enough.
const NOBODY: &str = "http://127.0.0.1:9/";

fn time(text: &str) -> SystemTime {
    text.parse::<Timestamp>().expect("a time").into()
}

/// Returns the time by the sandbox's clock without its fraction.
fn seconds(time: SystemTime) -> String {
    Timestamp::try_from(time).expect("a time").strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

async fn start() -> Partner {
    let partner = Partner::start().await;
    partner.sandbox.set_clock(time("2100-01-01T00:00:00Z")).expect("it is ahead");
    partner
}

async fn subscribe(client: &Client, url: &str, events: &[WebhookType]) {
    for event in events {
        let body = types::CreateWebhook::builder().url(url).type_(event.clone()).build();
        client.create_webhook().body(&body).send().await.expect("it is registered");
    }
}

fn of_deadlines() -> [WebhookType; 2] {
    [WebhookType::DocumentExpirationAlert, WebhookType::DocumentExpired]
}

async fn create_until(client: &Client, name: &str, deadline: &str) -> Value {
    let body = types::CreateDocument::builder()
        .name(name)
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .date_limit_to_sign(deadline)
        .signers(vec![types::NewSigner::builder().name("ana").email("ana@x.example").build()]);
    value(client.create_document().body(&body.build()).send().await)
}

fn token(document: &Value) -> &str {
    document["signers"][0]["token"].as_str().expect("a token")
}

/// Returns name, time and document of each event.
fn told(sandbox: &Sandbox) -> Vec<(String, String, String)> {
    let told = |delivery: Delivery| {
        let name = delivery.body()["name"].as_str().expect("a name").to_owned();
        (delivery.event, seconds(delivery.time), name)
    };
    sandbox.deliveries().into_iter().map(told).collect()
}

#[tokio::test]
async fn time_passes_without_waiting() {
    let partner = start().await;
    let (client, sandbox) = (&partner.client, &partner.sandbox);
    let (url, mut came) = receiver().await;
    subscribe(client, &url, &of_deadlines()).await;
    let document = create_until(client, "Lease", "2100-01-15").await;
    let doc_token = document_token(&document);

    // A link of 61 minutes.
    let answers = async |document: &Value| {
        reqwest::get(document["original_file"].as_str().expect("a link")).await.expect("an answer").status()
    };
    assert_eq!(answers(&document).await, 200);
    sandbox.advance(61 * MINUTE);
    assert_eq!(answers(&document).await, 403);
    assert_eq!(answers(&get(client, &document).await).await, 200);

    // A cool-down.
    let remind = async || client.resend_notifications().doc_token(&doc_token).send().await;
    remind().await.expect("nobody was reminded before");
    assert!(remind().await.expect_err("it cools down").is_cooldown());
    sandbox.advance(6 * HOUR);
    remind().await.expect("6 hours are longer than the first cool-down");

    // The alerts and the end, each at its own time and in order.
    sandbox.set_clock(time("2100-02-01T00:00:00Z")).expect("it is ahead");
    sandbox.delivered().await;
    let (alert, end) = ("doc_expiration_alert", "doc_expired");
    let expected = [(alert, "08"), (alert, "12"), (alert, "14"), (end, "15")];
    let expected = expected.map(|(event, day)| (event.into(), format!("2100-01-{day}T23:59:59"), "Lease".into()));
    assert_eq!(told(sandbox), expected);
    for (event, ..) in expected {
        let (_, body) = came.recv().await.expect("it was delivered");
        let body: Value = serde_json::from_str(&body).expect("json");
        assert_eq!((&body["event_type"], &body["status"]), (&json!(event), &json!("pending")));
        assert_eq!(body["expiration_date"], "2100-01-15T23:59:59.000999+00:00");
    }

    // Nobody can sign any more, although the document is pending.
    assert_eq!(sandbox.sign(token(&document)), Err(SignerError::Expired));
    assert_eq!(get(client, &document).await["status"], "pending");
    let page = client.list_documents().include_signers(true).send().await.expect("a page").into_inner();
    let signer = &page.results[0].signers.as_ref().expect("they were asked for")[0];
    assert_eq!(signer.status(), Some(&ListedSignerStatus::Expired));
    let Err(Error::Api(failure)) = remind().await else { panic!("it is over") };
    assert_eq!(failure.body().code(), Some("document_not_in_progress"));
}

#[tokio::test]
async fn the_owner_signs_nothing_that_has_expired() {
    let partner = start().await;
    let credentials = partner.sandbox.credentials();
    let document = create_until(&partner.client, "Lease", "2100-01-02").await;
    let signer = types::UpdateSigner::builder().email(credentials.owner.as_str()).build();
    let signer_token = super::signer_token(&document["signers"][0]);
    partner.client.update_signer().signer_token(&signer_token).body(&signer).send().await.expect("it is changed");
    let body = types::SignDocuments::builder()
        .user_token(credentials.user_token.as_str())
        .signer_tokens(vec![signer_token])
        .build();
    for (days, signed) in [(3, false), (0, true)] {
        partner.sandbox.advance(days * DAY);
        if signed {
            let later = types::UpdateDocument::builder().date_limit_to_sign("2100-03-01").build();
            let token = document_token(&document);
            partner.client.update_document().doc_token(&token).body(&later).send().await.expect("it is changed");
        }
        assert_eq!(status(partner.client.sign_documents().body(&body).send().await), 200);
        let expected = if signed { "signed" } else { "pending" };
        assert_eq!(get(&partner.client, &document).await["status"], expected, "a later deadline counts");
    }
}

#[tokio::test]
async fn the_state_decides_what_expires() {
    let partner = start().await;
    let (client, sandbox) = (&partner.client, &partner.sandbox);
    subscribe(client, NOBODY, &of_deadlines()).await;
    let mut documents = Vec::new();
    for name in ["Signed", "Deleted", "Cancelled", "Moved", "Expired"] {
        documents.push(create_until(client, name, "2100-01-02T12:00:00Z").await);
    }
    let [signed, deleted, cancelled, moved, _] = &documents[..] else { panic!("five") };
    sandbox.sign(token(signed)).expect("she signs");
    client.delete_document().doc_token(&document_token(deleted)).send().await.expect("it is deleted");
    let cancel = types::CancelDocument::builder().doc_token(document_token(cancelled)).rejected_reason("a mistake");
    client.cancel_document().body(&cancel.build()).send().await.expect("it is cancelled");
    let later = types::UpdateDocument::builder().date_limit_to_sign("2100-01-05").build();
    client.update_document().doc_token(&document_token(moved)).body(&later).send().await.expect("it is changed");
    sandbox.advance(9 * DAY);
    let expected = [
        ("doc_expiration_alert", "2100-01-01T12:00:00", "Expired"),
        ("doc_expiration_alert", "2100-01-02T23:59:59", "Moved"),
        ("doc_expired", "2100-01-02T12:00:00", "Expired"),
        ("doc_expiration_alert", "2100-01-04T23:59:59", "Moved"),
        ("doc_expired", "2100-01-05T23:59:59", "Moved"),
    ];
    let mut expected = expected.map(|(event, time, name)| (event.to_owned(), time.to_owned(), name.to_owned()));
    expected.sort_by(|one, other| one.1.cmp(&other.1));
    assert_eq!(told(sandbox), expected);
}

#[tokio::test]
async fn a_deadline_in_the_past_is_over_at_once() {
    let partner = start().await;
    let client = &partner.client;
    subscribe(client, NOBODY, &[WebhookType::DocumentCreated]).await;
    subscribe(client, NOBODY, &of_deadlines()).await;
    let document = create_until(client, "Lease", "2099-12-30").await;
    assert_eq!(partner.sandbox.sign(token(&document)), Err(SignerError::Expired));
    let body = types::CreateTemplate::builder()
        .name("Lease")
        .file(types::CreateTemplateFile::DocxUrl("https://files.x.example/lease.docx".into()));
    let template = client.create_template().body(&body.build()).send().await.expect("it is created").token.clone();
    let body = types::CreateDocumentFromTemplate::builder()
        .template_id(template)
        .signer_name("ana")
        .date_limit_to_sign("2099-12-30");
    client.create_document_from_template().body(&body.build()).send().await.expect("it is created");
    let events: Vec<_> = partner.sandbox.deliveries().into_iter().map(|delivery| delivery.event).collect();
    assert_eq!(events, ["doc_created", "doc_expired", "doc_created", "doc_expired"], "there is nothing to alert of");
}

#[tokio::test]
async fn reminders_go_to_those_who_were_sent_the_link() {
    let partner = start().await;
    let (client, sandbox) = (&partner.client, &partner.sandbox);
    let notified = [WebhookType::SignatureNotificationSent];
    let signers = || {
        let signer = |name: &str| types::NewSigner::builder().name(name).email(format!("{name}@x.example"));
        vec![signer("ana").send_automatic_email(true).build(), signer("bento").build()]
    };
    let create = async |name: &str, deadline: &str| {
        let body = types::CreateDocument::builder()
            .name(name)
            .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
            .reminder_every_n_days(2)
            .date_limit_to_sign(deadline)
            .signers(signers());
        value(client.create_document().body(&body.build()).send().await)
    };
    let open = create("Open", "").await;
    create("Expired", "2100-01-03T12:00:00Z").await;
    let signed = create("Signed", "").await;
    subscribe(client, NOBODY, &notified).await;
    sandbox.advance(3 * DAY);
    sandbox.sign(token(&signed)).expect("she signs");
    sandbox.advance(30 * DAY);
    let expected =
        [("03", "Open"), ("03", "Expired"), ("03", "Signed"), ("05", "Open"), ("07", "Open")].map(|(day, name)| {
            let day = format!("2100-01-{day}");
            (day, name.to_owned())
        });
    let told: Vec<_> = told(sandbox).into_iter().map(|(_, time, name)| (time[..10].to_owned(), name)).collect();
    assert_eq!(told, expected);
    for delivery in sandbox.deliveries() {
        assert_eq!(delivery.body()["created_signer"]["name"], "ana");
    }
    let open = get(client, &open).await;
    let count = |signer: usize| open["signers"][signer]["resend_attempts"]["email"].as_i64();
    assert_eq!((count(0), count(1)), (Some(3), Some(0)));
}

#[tokio::test(start_paused = true)]
async fn under_a_paused_clock_the_waits_of_a_client_take_no_time() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let dialog360 = dialog360_api::Client::builder().api_key(sandbox.credentials().api_key.as_str());
    let dialog360 = dialog360.base_url(sandbox.url()).build().expect("it builds");
    let partner = dialog360_api::types::PartnerId::new(sandbox.credentials().partner_id.as_str()).expect("an id");
    let (start, began) = (sandbox.now(), std::time::Instant::now());
    let passed = || sandbox.now().duration_since(start).expect("the clock goes ahead");
    for _ in 0..2 {
        // One in 5 seconds, which both the client and the sandbox keep.
        let body = dialog360_api::types::CreateClient::builder().name("Acme").email("it@acme.example").build();
        dialog360.create_client().partner_id(&partner).body(&body).send().await.expect("it is created");
    }
    assert!(passed() >= Duration::from_secs(5), "{:?}", passed());

    let zapsign = Client::builder().api_token(sandbox.credentials().api_token.as_str()).base_url(sandbox.url());
    let zapsign = zapsign.build().expect("it builds");
    let deadline = sandbox.now() + 2 * HOUR;
    let document = create_until(&zapsign, "Lease", zapsign_api::Timestamp::from(deadline).as_str()).await;
    let outcome = zapsign.wait_for(&document_token(&document), Until::finished().deadline(deadline)).await;
    assert!(matches!(outcome, Ok(WaitOutcome::Expired(_))), "{outcome:?}");
    assert!(passed() >= 2 * HOUR && began.elapsed() < HOUR, "{:?}", passed());
}

#[tokio::test(start_paused = true)]
async fn what_is_due_happens_when_real_time_passes() {
    let _hold = hold_clock();
    let partner = Partner::start().await;
    let (url, mut came) = receiver().await;
    subscribe(&partner.client, &url, &of_deadlines()).await;
    let deadline = Timestamp::try_from(partner.sandbox.now() + 25 * HOUR).expect("a time");
    create_until(&partner.client, "Lease", &deadline.to_string()).await;
    for (hours, event) in [(1, "doc_expiration_alert"), (24, "doc_expired")] {
        // No request and no call of the sandbox makes it look.
        tokio::time::advance(hours * HOUR + Duration::from_millis(1)).await;
        let mut polls = 0;
        let (_, body) = loop {
            match came.try_recv() {
                Ok(delivery) => break delivery,
                Err(_) => real_pause().await,
            }
            polls += 1;
            assert!(polls < 20_000, "{event} does not come");
        };
        assert_eq!(serde_json::from_str::<Value>(&body).expect("json")["event_type"], event);
    }
}
