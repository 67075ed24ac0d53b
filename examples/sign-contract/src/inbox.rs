//! Inbox: the webhook at ZapSign, and the deliveries to it, each event once.

use std::io;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zapsign_api::Client;
use zapsign_api::types::CreateWebhook;
use zapsign_api::webhooks::{Event, SecretHeader};

use crate::folder::{Folder, Kind};

/// Header that proves that ZapSign sent a delivery.
const HEADER: &str = "X-Webhook-Secret";
/// Name of the file that keeps the registration.
const REGISTRATION: &str = "registration";

/// Webhook that was registered.
#[derive(Serialize, Deserialize)]
struct Registration {
    url: String,
    secret: String,
}

/// Registers a webhook for all documents, unless an earlier start has done it for this URL. Returns the header that its
/// deliveries carry. `is_new` stands for a vendor that knows of no earlier start.
pub(crate) async fn register(
    client: &Client,
    folder: &Folder,
    public_url: &str,
    is_new: bool,
) -> Result<SecretHeader, Box<dyn std::error::Error>> {
    let url = format!("{public_url}/zapsign");
    let known = folder.read::<Registration>(Kind::Registration, REGISTRATION)?;
    if let Some(known) = known.filter(|known| known.url == url && !is_new) {
        return Ok(SecretHeader::new(HEADER, known.secret)?);
    }
    let secret = Uuid::new_v4().simple().to_string() + &Uuid::new_v4().simple().to_string();
    let header = SecretHeader::new(HEADER, secret.as_str())?;
    let webhook = CreateWebhook::builder().url(&url).type_("".into()).headers(vec![(&header).into()]).build();
    client.create_webhook().body(&webhook).send().await?;
    folder.write(Kind::Registration, REGISTRATION, &Registration { url, secret })?;
    Ok(header)
}

/// Keeps the body of a delivery. Returns `false` if its event was delivered before.
///
/// ZapSign's deliveries have no id, so the key of the event tells. The body itself can't: the same event comes again with
/// other links in it.
pub(crate) fn keep(folder: &Folder, event: &Event, body: &[u8]) -> io::Result<bool> {
    folder.write_new(Kind::Delivery, &event.dedupe_key().to_string(), body)
}
