use std::borrow::Cow;
use std::iter;

use api_runtime::{__Omission, __canonical_json, DedupeKey};

use crate::Timestamp;
use crate::generated::webhooks::Event;
use crate::types::{
    DocumentRefused, DocumentSigned, EmailBounce, SignatureNotificationSent, SignerAuthenticationFailed, SignerToken,
};

/// Vendor that a key is of.
const VENDOR: &str = "zapsign";
/// Version of [`projection`]. Another one makes other keys of all events.
const VERSION: u32 = 1;
/// Times of the document that say nothing of the event.
const DOCUMENT_TIMES: [&str; 3] = ["created_at", "deleted_at", "last_update_at"];

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
        Event::DocRefused(event) => fields.extend(refused(event)),
        Event::DocViewed(event) => fields.push(known(event.signer_who_viewed.as_ref()?.token())?),
        Event::DocReadConfirmation(event) => fields.push(known(event.signer_who_read.as_ref()?.token())?),
        Event::CreatedSigner(event) => fields.push(known(event.created_signer.as_ref()?.token())?),
        Event::SignatureNotificationSent(event) => fields.extend(notified(event)?),
        Event::SignerAuthenticationFailed(event) => fields.extend(unauthenticated(event)?),
        // A deadline that was moved can pass again.
        Event::DocExpired(event) => fields.push(time(event.expiration_date.as_ref())),
        Event::EmailBounce(event) => {
            let EmailBounce { token, email, type_, status, error, .. } = &**event;
            fields.extend([token, email, type_, status, error].map(|field| text(field.as_deref())));
            fields.push(event.status_code.as_ref().map(|code| code.to_string().into()));
        }
        Event::BackgroundCheckCompleted(event) => {
            fields.extend([required(event.check_id.as_str())?, text(Some(event.status.as_str()))]);
        }
        // The body of an alert names the deadline, and not the days that are left.
        Event::DocExpirationAlert(_) | Event::Unknown(_) => return None,
    }
    Some(fields)
}

/// Returns the fields of a signature, or else of the end of a document, which comes as the same event.
fn signed(event: &DocumentSigned) -> Option<[Field<'_>; 3]> {
    let status = || text(Some(event.status.as_str()));
    let Some(signer) = &event.signer_who_signed else { return Some([None, None, status()]) };
    let (token, signed_at) = (signer.token(), time(signer.signed_at.as_ref()));
    if event.status.is_refused() {
        // The signer may be one who has signed before.
        return Some([text(token.map(SignerToken::as_str)), signed_at, status()]);
    }
    Some([known(token)?, Some(signed_at?), None])
}

/// Returns the fields of a refusal, which does not name the signer who refused.
fn refused(event: &DocumentRefused) -> Vec<Field<'_>> {
    let mut signers: Vec<_> = event.signers().iter().map(|signer| (signer.status.as_str(), signer.token())).collect();
    signers.sort_unstable_by_key(|(status, token)| (*status, token.map(SignerToken::as_str)));
    let signers = signers.into_iter().flat_map(|(status, token)| [Some(status), token.map(SignerToken::as_str)]);
    iter::once(event.rejected_reason.as_deref()).chain(signers).map(text).collect()
}

/// Returns the fields of a message to a signer: the time of its sending, or else what else counts messages.
fn notified(event: &SignatureNotificationSent) -> Option<Vec<Field<'_>>> {
    let to = event.created_signer.as_ref()?;
    let channel = to.notification_channel.as_ref().map(|channel| channel.as_str());
    let mut fields = vec![known(to.token())?, text(channel), text(to.notification_type.as_deref())];
    match &to.sent_at {
        Some(sent_at) => fields.push(time(Some(sent_at))),
        None => {
            let attempts =
                to.resend_attempts.as_ref().map(|attempts| __canonical_json(attempts, __Omission::NONE).into());
            fields.extend([None, attempts, time(event.last_update_at.as_ref())]);
        }
    }
    Some(fields)
}

/// Returns the fields of a signer's last try, which can be the last one again after a reset.
fn unauthenticated(event: &SignerAuthenticationFailed) -> Option<[Field<'_>; 4]> {
    let who = event.unauthenticated_signer.as_ref()?;
    let attempts = who.attempts_used.map(|attempts| attempts.to_string().into());
    let reason = text(who.authentication_failure_reason.as_deref());
    Some([known(who.token())?, attempts, reason, time(event.last_update_at.as_ref())])
}

/// Returns the body of an event in a form that another delivery of it has as well: without the queries of links, which are
/// signed anew, and without the times of the document.
fn body(event: &Event) -> String {
    let omission = match event {
        // Nothing but the signatures of the links may tell the alerts of one deadline apart.
        Event::DocExpirationAlert(_) => __Omission::NONE,
        _ => __Omission { key: |key| DOCUMENT_TIMES.contains(&key), text: without_query },
    };
    __canonical_json(event, omission)
}

fn without_query(text: &str) -> &str {
    let is_link = text.starts_with("https://") || text.starts_with("http://");
    text.split('?').next().filter(|_| is_link).unwrap_or(text)
}

fn text(text: Option<&str>) -> Field<'_> {
    text.map(Cow::Borrowed)
}

fn time(time: Option<&Timestamp>) -> Field<'_> {
    text(time.map(Timestamp::as_str))
}

/// Returns a field without which events would be taken for one; `None` if it is empty.
fn required(value: &str) -> Option<Field<'_>> {
    (!value.is_empty()).then_some(Some(Cow::Borrowed(value)))
}

fn known(token: Option<&SignerToken>) -> Option<Field<'_>> {
    required(token?.as_str())
}
