//! Files as a client downloads them: links that expire on the way, connections that break, and waits for the end.

use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage};
use zapsign_api::{DownloadError, Until};

use super::files::{base64, upload};
use super::signed_files::pdf;
use super::{Partner, document_token};

#[tokio::test]
async fn a_file_is_downloaded_although_its_link_expires_on_the_way() {
    let partner = Partner::start().await;
    let uploaded = pdf(&["Lease"]);
    let document = upload(&partner.client, "Lease", base64(&uploaded)).await;
    let token = document_token(&document);

    partner.sandbox.inject(FaultRule::next(1, Fault::CutBody).path_contains("/files/"));
    let mut stream = partner.client.download_original_file(&token).stream().await.expect("it starts");
    assert_eq!(stream.content_type(), Some("application/pdf"));
    let mut file = stream.try_next().await.expect("half of it came").expect("bytes").to_vec();
    partner.sandbox.advance(Duration::from_secs(61 * 60));
    while let Some(bytes) = stream.try_next().await.expect("the rest comes") {
        file.extend_from_slice(&bytes);
    }
    assert_eq!(file, uploaded);
    let requests = partner.sandbox.requests();
    let files: Vec<_> = requests.iter().filter(|request| request.uri.path().starts_with("/files/")).collect();
    let statuses: Vec<_> = files.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), Some(403), Some(206)]);
    assert!(files.iter().all(|request| !request.headers.contains_key("authorization")));
}

#[tokio::test]
async fn the_signed_file_is_there_when_somebody_has_signed() {
    let partner = Partner::start().await;
    let document = upload(&partner.client, "Lease", base64(&pdf(&["Lease"]))).await;
    let token = document_token(&document);
    let download = || partner.client.download_signed_file(&token);
    let error = download().to_writer(&mut Vec::new()).await.expect_err("nobody has signed");
    assert!(matches!(error, DownloadError::NotThere), "{error}");

    partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
    let end = partner.client.wait_for(&token, Until::finished()).await.expect("it ends");
    assert!(end.is_signed());
    let mut file = Vec::new();
    let told = download().to_writer(&mut file).await.expect("it is there");
    assert!(file.starts_with(b"%PDF") && told.bytes == file.len() as u64);
    let error = download().max_bytes(told.bytes - 1).to_writer(&mut Vec::new()).await.expect_err("too large");
    assert!(matches!(error, DownloadError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_page_of_a_proxy_is_no_file_and_a_folder_that_is_missing_costs_no_call() {
    let partner = Partner::start().await;
    let token = document_token(&upload(&partner.client, "Lease", base64(&pdf(&["Lease"]))).await);
    for (path, audit_log) in [("/files/", false), ("/signer-log/", true)] {
        let page = Fault::Html { stage: FaultStage::AfterHandler };
        partner.sandbox.inject(FaultRule::next(1, page).path_contains(path));
        let download = match audit_log {
            true => partner.client.download_audit_log(&token),
            false => partner.client.download_original_file(&token),
        };
        let error = download.to_writer(&mut Vec::new()).await.expect_err("it is no file");
        assert!(error.to_string().ends_with("the response is an HTML page, which a proxy may have sent"), "{error}");
    }
    assert!(partner.sandbox.unused_faults().is_empty());

    let before = partner.sandbox.request_count();
    let folder = std::env::temp_dir().join("api-sandbox-no-such-folder");
    let error = partner.client.download_original_file(&token).to_file(folder.join("lease.pdf")).await;
    assert!(matches!(error, Err(DownloadError::Write(_))));
    assert_eq!(partner.sandbox.request_count(), before);
}
