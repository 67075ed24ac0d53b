use std::borrow::Cow;
use std::iter;

use api_runtime::{__canonical_json, DedupeKey};

use crate::Timestamp;
use crate::generated::webhooks::Event;
use crate::types::{DocumentRefused, DocumentSigned, SignerToken};

/// Vendor that a key is of.
const VENDOR: &str = "zapsign";
/// Version of [`projection`]. Another one makes other keys of all events.
const VERSION: u32 = 1;
/// Parameters of a link that are made anew with each signature, beside those of `X-Amz-`.
const SIGNATURE_PARAMETERS: [&str; 6] = ["AWSAccessKeyId", "Signature", "Expires", "signature", "expires", "valid"];

/// Field of a key, absent or a text.
type Field<'e> = Option<Cow<'e, str>>;

impl Event {
    /// Returns the key by which an inbox knows that it has the event. A delivery has no id, so the key is made of what the
    /// event is about; [the documentation of the module](super#an-inbox) tells what is one event and what is two.
    ///
    /// ```
    /// use zapsign_api::webhooks::Event;
    ///
    /// let viewed = |file: &str| {
    ///     let document = r#""event_type":"doc_viewed","token":"3f0c9d1e","name":"Contract","status":"pending""#;
    ///     let signer = r#"{"token":"7a1b2c3d","name":"Ana","status":"link-opened"}"#;
    ///     let body = format!(r#"{{{document},"signer_who_viewed":{signer},"original_file":"{file}"}}"#);
    ///     Event::from_slice(body.as_bytes())
    /// };
    /// let first = viewed("https://files.zapsign.example/a.pdf?signature=1")?;
    /// let again = viewed("https://files.zapsign.example/a.pdf?signature=2")?;
    /// assert_eq!(first.dedupe_key(), again.dedupe_key());
    /// # Ok::<(), zapsign_api::webhooks::InvalidEvent>(())
    /// ```
    pub fn dedupe_key(&self) -> DedupeKey {
        let fields = projection(self).unwrap_or_else(|| vec![Some(body(self).into())]);
        DedupeKey::__new(VENDOR, VERSION, iter::once(text(self.name())).chain(fields))
    }
}

/// Returns the fields that identify an event, after its name; `None` if they are not known, or the body lacks one.
fn projection(event: &Event) -> Option<Vec<Field<'_>>> {
    let mut fields = match event.document_token() {
        Some(token) => vec![required(token.as_str())?],
        None => Vec::new(),
    };
    match event {
        Event::DocCreated(_) | Event::DocDeleted(_) => {}
        Event::DocSigned(event) => fields.extend(signed(event)?),
        Event::DocRefused(event) => fields.extend(refused(event)?),
        Event::DocViewed(event) => fields.push(known(event.signer_who_viewed.as_ref()?.token())?),
        Event::DocReadConfirmation(event) => fields.push(known(event.signer_who_read.as_ref()?.token())?),
        Event::CreatedSigner(event) => fields.push(known(event.created_signer.as_ref()?.token())?),
        Event::SignatureNotificationSent(event) => {
            let to = event.created_signer.as_ref()?;
            let channel = to.notification_channel.as_ref().map(|channel| channel.as_str());
            fields.extend([known(to.token())?, text(channel), text(to.notification_type.as_deref())]);
            fields.push(time(to.sent_at.as_ref())?);
        }
        // A signer's last try can be the last one again after a reset.
        Event::SignerAuthenticationFailed(event) => {
            let who = event.unauthenticated_signer.as_ref()?;
            let attempts = Some(who.attempts_used?.to_string().into());
            let reason = text(who.authentication_failure_reason.as_deref());
            fields.extend([known(who.token())?, attempts, reason, time(event.last_update_at.as_ref())?]);
        }
        // A deadline that was moved can pass again.
        Event::DocExpired(event) => fields.push(time(event.expiration_date.as_ref())?),
        Event::BackgroundCheckCompleted(event) => {
            fields.extend([required(event.check_id.as_str())?, required(event.status.as_str())?]);
        }
        // The body of an alert names the deadline, and not the days that are left; that of a bounce names no time.
        Event::DocExpirationAlert(_) | Event::EmailBounce(_) | Event::Unknown(_) => return None,
    }
    Some(fields)
}

/// Returns the fields of a signature, or else of the end of a document, which comes as the same event.
fn signed(event: &DocumentSigned) -> Option<[Field<'_>; 3]> {
    let status = || text(Some(event.status.as_str()));
    let Some(signer) = &event.signer_who_signed else {
        // As long as the document goes on, another signature can leave it in the same state.
        return event.status.is_final().then(|| [None, None, status()]);
    };
    let (token, signed_at) = (signer.token(), time(signer.signed_at.as_ref()));
    if event.status.is_refused() {
        // The signer may be one who has signed before.
        return Some([text(token.map(SignerToken::as_str)), signed_at.flatten(), status()]);
    }
    Some([known(token)?, signed_at?, None])
}

/// Returns the fields of a refusal, which does not name the signer who refused.
fn refused(event: &DocumentRefused) -> Option<Vec<Field<'_>>> {
    let signers =
        event.signers().iter().map(|signer| Some((signer.status.as_str(), required(signer.token()?.as_str())?)));
    let mut signers: Vec<_> = signers.collect::<Option<_>>().filter(|signers: &Vec<_>| !signers.is_empty())?;
    signers.sort_unstable();
    let signers = signers.into_iter().flat_map(|(status, token)| [text(Some(status)), token]);
    Some(iter::once(text(event.rejected_reason.as_deref())).chain(signers).collect())
}

/// Returns the JSON text of an event in a form that another delivery of it has as well: without the signatures of links,
/// which are made anew.
fn body(event: &Event) -> String {
    let keep: fn(&str) -> Cow<'_, str> = match event {
        // Nothing but the signatures of the links may tell the alerts of one deadline apart.
        Event::DocExpirationAlert(_) => |text| text.into(),
        _ => without_signature,
    };
    __canonical_json(event.text(), keep)
}

/// Returns a text, if it is a link without the parameters of its signature.
fn without_signature(text: &str) -> Cow<'_, str> {
    let is_link = (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(char::is_whitespace);
    let Some((address, rest)) = text.split_once('?').filter(|_| is_link) else { return text.into() };
    let (query, fragment) = rest.split_at(rest.find('#').unwrap_or(rest.len()));
    let is_signature = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or(parameter);
        name.starts_with("X-Amz-") || SIGNATURE_PARAMETERS.contains(&name)
    };
    let kept: Vec<&str> = query.split('&').filter(|parameter| !is_signature(parameter)).collect();
    match kept.is_empty() {
        true => format!("{address}{fragment}").into(),
        false => format!("{address}?{}{fragment}", kept.join("&")).into(),
    }
}

fn text(text: Option<&str>) -> Field<'_> {
    text.map(Cow::Borrowed)
}

/// Returns a time without which events would be taken for one.
fn time(time: Option<&Timestamp>) -> Option<Field<'_>> {
    required(time?.as_str())
}

/// Returns a field without which events would be taken for one; `None` if it is empty.
fn required(value: &str) -> Option<Field<'_>> {
    (!value.is_empty()).then_some(Some(Cow::Borrowed(value)))
}

fn known(token: Option<&SignerToken>) -> Option<Field<'_>> {
    required(token?.as_str())
}
