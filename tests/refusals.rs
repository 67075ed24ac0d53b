//! Invalid input: rejected before it is sent if the vendor documents the rule, and sent otherwise.
#![allow(missing_docs)]

use conformance::recorder::{Recorder, Reply};
use serde_json::json;
use zapsign_api::types::{
    CreateDocument, CreateDocumentContent, CreateUser, CreateWebhook, DocumentToken, NewSigner, PlaceSignatures,
    Rubrica, SignerToken,
};
use zapsign_api::{Base64, Client, Error};

async fn set_up() -> (Recorder, Client) {
    let answer = json!({"token": "t", "status": "pending", "name": "n", "message": "done"});
    let recorder = Recorder::start(Reply::new(200, "application/json", answer.to_string())).await;
    let client = Client::builder().api_token("token").base_url(recorder.url()).build().expect("it builds");
    (recorder, client)
}

fn text() -> CreateDocumentContent {
    CreateDocumentContent::MarkdownText("# Contract".to_owned())
}

fn refused(error: &Error) -> (&str, String) {
    let Error::InvalidRequest(refused) = error else { panic!("{error}") };
    (refused.field().expect("the field is named"), error.to_string())
}

#[tokio::test]
async fn a_file_is_refused_only_by_the_plan_that_was_stated() {
    let (recorder, client) = set_up().await;
    let ten = 10 * 1024 * 1024;
    let body = |bytes: usize| {
        let file = CreateDocumentContent::Base64Pdf(Base64::from_bytes(vec![0; bytes]));
        CreateDocument::builder().name("Contract").content(file).build()
    };
    client.create_document().body(&body(2 * ten)).send().await.expect("nobody has stated a plan");
    let stated = Client::builder().api_token("token").base_url(recorder.url()).max_file_bytes(ten).build();
    let client = stated.expect("it builds");
    client.create_document().body(&body(ten)).send().await.expect("the plan allows it");
    assert_eq!(recorder.take().len(), 2);
    let error = client.create_document().body(&body(ten + 1)).send().await.expect_err("the plan does not");
    let said = "create_document was not sent: `base64_pdf` is a file of more than 10 MB (10485760 bytes), which this \
                client was told is what the plan allows";
    assert_eq!(refused(&error), ("base64_pdf", said.to_owned()));
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn documented_limits_name_the_field() {
    let (recorder, client) = set_up().await;
    let long = CreateDocument::builder().name("n".repeat(256)).content(text()).build();
    let error = client.create_document().body(&long).send().await.expect_err("too long");
    assert_eq!(refused(&error).0, "name");

    let observers =
        CreateDocument::builder().name("n").content(text()).observers(vec!["a@b.example".to_owned(); 21]).build();
    let error = client.create_document().body(&observers).send().await.expect_err("too many");
    assert_eq!(refused(&error).0, "observers");

    let nobody = CreateUser::builder().email("nonsense").build();
    let error = client.create_user().body(&nobody).send().await.expect_err("no address");
    assert_eq!(refused(&error), ("email", "create_user was not sent: `email` is no e-mail address".to_owned()));

    let blank = CreateWebhook::builder().url("https://crm.example/?secret=a b").type_("".into()).build();
    let error = client.create_webhook().body(&blank).send().await.expect_err("no url");
    let said =
        "create_webhook was not sent: `url` is no absolute url, as in https://crm.example/hook, or has a blank in it";
    assert_eq!(refused(&error), ("url", said.to_owned()));

    let document = DocumentToken::new("d").expect("an id");
    let outside = Rubrica::builder()
        .page(0)
        .relative_position_bottom(100.5)
        .relative_position_left(0.0)
        .relative_size_x(10.0)
        .relative_size_y(10.0)
        .signer_token(SignerToken::new("s").expect("an id"))
        .build();
    let body = PlaceSignatures::builder().rubricas(vec![outside]).build();
    let error = client.place_signatures().doc_token(&document).body(&body).send().await.expect_err("off the page");
    assert_eq!(
        refused(&error),
        (
            "rubricas[0].relative_position_bottom",
            "place_signatures was not sent: `rubricas[0].relative_position_bottom` is more than 100".to_owned()
        )
    );
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn exactly_one_content_is_sent() {
    let (recorder, client) = set_up().await;
    let body = CreateDocument::builder().name("n").content(text()).build();
    client.create_document().body(&body).send().await.expect("it is sent");
    let sent: serde_json::Value = serde_json::from_slice(&recorder.take()[0].body).expect("JSON");
    assert_eq!(sent, json!({"name": "n", "markdown_text": "# Contract"}));

    // A body that was decoded may have none or several.
    let said = "create_document was not sent: `content` is not given by exactly one of `url_pdf`, `base64_pdf`, `url_docx`, \
                `base64_docx`, `markdown_text`";
    for odd in
        [json!({"name": "n"}), json!({"name": "n", "url_pdf": "https://x.example/a.pdf", "markdown_text": "# A"})]
    {
        let body: CreateDocument = serde_json::from_value(odd).expect("it decodes");
        let error = client.create_document().body(&body).send().await.expect_err("it has no content, or two");
        assert_eq!(refused(&error), ("content", said.to_owned()));
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn what_no_page_forbids_is_passed_through() {
    let (recorder, client) = set_up().await;
    // No page documents a range for reminders, or that a new document needs a signer.
    let body = CreateDocument::builder()
        .name("n")
        .content(text())
        .reminder_every_n_days(9999)
        .signers(Vec::<NewSigner>::new())
        .build();
    client.create_document().body(&body).send().await.expect("it is sent");
    let sent: serde_json::Value = serde_json::from_slice(&recorder.take()[0].body).expect("JSON");
    assert_eq!(sent, json!({"name": "n", "markdown_text": "# Contract", "reminder_every_n_days": 9999, "signers": []}));
}

#[tokio::test]
async fn an_e_mail_in_a_path_is_escaped_and_can_not_leave_it() {
    let (recorder, client) = set_up().await;
    client.delete_user().user_email("ana+b c@aurora.example").send().await.expect("it is sent");
    assert_eq!(recorder.take()[0].uri, "/api/v1/users/ana%2Bb%20c%40aurora.example/");
    // The vendor does not document the form of an address, and this one is a single segment.
    client.delete_user().user_email("not-an-address").send().await.expect("it is sent");
    recorder.take();
    for bad in ["", "..", "a/b@aurora.example", "a?b@aurora.example", "a#b"] {
        let error = client.delete_user().user_email(bad).send().await.expect_err(bad);
        assert_eq!(refused(&error).0, "user_email");
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn a_header_that_frames_the_request_is_refused() {
    let (recorder, client) = set_up().await;
    let document = DocumentToken::new("d").expect("an id");
    for (name, field) in
        [("Host", "host"), ("content-length", "content-length"), ("Transfer-Encoding", "transfer-encoding")]
    {
        let call = client.get_document().doc_token(&document).header(name, "1");
        let error = call.send().await.expect_err(name);
        let said = format!("get_document was not sent: header `{field}` is the client's own to send; leave it out");
        assert_eq!(refused(&error), (field, said));
        let error = client.request(reqwest::Method::GET, "/ships").header(name, "1").send().await.expect_err(name);
        assert_eq!(refused(&error).0, field);
    }
    assert!(recorder.take().is_empty());
}

#[tokio::test]
async fn a_url_is_sent_as_long_as_one_can_be() {
    let (recorder, client) = set_up().await;
    let query = |bytes: usize| client.request(reqwest::Method::GET, "/").query("q", "a".repeat(bytes));
    let most = api_runtime::MAX_URL_BYTES - format!("{}/?q=", recorder.url()).len();
    query(most).send().await.expect("it is sent");
    assert_eq!(recorder.take().len(), 1);
    let error = query(most + 1).send().await.expect_err("it is too long");
    assert_eq!(
        error.to_string(),
        "request was not sent: its url has 65535 bytes, which is more than 65534; put less into its parameters"
    );
    assert!(recorder.take().is_empty());
}
