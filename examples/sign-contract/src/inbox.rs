//! Inbox: the webhook at ZapSign, and the deliveries to it, each event once.

use std::error::Error;
use std::io;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zapsign_api::Client;
use zapsign_api::types::{CreateWebhook, WebhookType};
use zapsign_api::webhooks::{Event, SecretHeader};

use crate::folder::{Folder, Kind};

/// Header that proves that ZapSign sent a delivery.
const HEADER: &str = "X-Webhook-Secret";
/// Name of the file that keeps the registration.
const REGISTRATION: &str = "registration";

/// Webhook of an account.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Registration {
    account: String,
    url: String,
    secret: String,
    /// `true` once ZapSign has answered.
    done: bool,
}

/// Registers a webhook for all documents of an account, unless an earlier start has done it for this URL. Returns the header
/// that its deliveries carry.
///
/// # Errors
///
/// An error if the folder belongs to another account, whose documents this one can't read.
pub(crate) async fn register(
    client: &Client,
    folder: &Folder,
    account: &str,
    public_url: &str,
) -> Result<SecretHeader, Box<dyn Error>> {
    let url = format!("{public_url}/zapsign");
    let known = folder.read::<Registration>(Kind::Registration, REGISTRATION)?;
    if known.as_ref().is_some_and(|known| known.account != account) {
        return Err("the folder has contracts of another account; choose another one with --folder".into());
    }
    // The secret is kept before ZapSign is told, so that the deliveries are known even if the answer is lost.
    let secret = || Uuid::new_v4().simple().to_string() + &Uuid::new_v4().simple().to_string();
    let mut registration = known.filter(|known| known.url == url).unwrap_or_else(|| Registration {
        account: account.to_owned(),
        url,
        secret: secret(),
        done: false,
    });
    let header = SecretHeader::new(HEADER, registration.secret.as_str())?;
    if !registration.done {
        folder.write(Kind::Registration, REGISTRATION, &registration)?;
        let webhook = CreateWebhook::builder().url(&*registration.url).type_(WebhookType::AllDocumentEvents);
        client.create_webhook().body(&webhook.headers(vec![(&header).into()]).build()).send().await?;
        registration.done = true;
        folder.write(Kind::Registration, REGISTRATION, &registration)?;
    }
    Ok(header)
}

/// Keeps the body of a delivery. Returns `false` if its event was delivered before.
///
/// ZapSign's deliveries have no id, so the key of the event tells. The body itself can't: the same event comes again with
/// other links in it.
pub(crate) fn keep(folder: &Folder, event: &Event, body: &[u8]) -> io::Result<bool> {
    folder.write_new(Kind::Delivery, &event.dedupe_key().to_string(), body)
}
