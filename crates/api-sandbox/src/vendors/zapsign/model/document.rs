//! Documents with their attachments and signers.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::signer::Signer;
use super::signer_error::SignerError;
use crate::behavior::Behavior;
use crate::spec::Rejection;
use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::json::{format_time, set_fields};
use crate::vendors::zapsign::storage::{FileKind, url};

/// Time for which the signers of a new document have no token, with [`Behavior::LateSignerTokens`].
const TOKEN_DELAY: SignedDuration = SignedDuration::from_secs(5);

/// Document, with what no response shows.
#[derive(Clone)]
pub(crate) struct Document {
    /// Number of the account that it belongs to.
    pub(crate) account: String,
    /// JSON of the API, without the signers and without the links to files.
    pub(crate) value: Value,
    pub(crate) signers: Vec<Signer>,
    pub(crate) order: SigningOrder,
    /// `true` if signers may refuse to sign.
    pub(crate) refusable: bool,
    /// `true` if signers may not download the original file.
    pub(crate) hides_original: bool,
    /// Entries of the audit log, the latest first.
    pub(crate) log: Vec<Value>,
    pub(crate) created_at: Timestamp,
    /// Time of the last signature, or of the refusal; that of the creation before there is one.
    pub(crate) sealed_at: Timestamp,
    /// Time after which nobody can sign; `None` if there is none.
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) cooldown: Cooldown,
    /// Last event with the fields that its body has besides the document.
    pub(crate) last_event: (&'static str, Value),
}

/// Cool-down between two reminders of all signers. It grows with each one.
#[derive(Clone, Default)]
pub(crate) struct Cooldown {
    until: Option<Timestamp>,
    uses: usize,
}

impl Cooldown {
    /// Hours of the first, second, third, and each further cool-down.
    const HOURS: [i64; 4] = [5, 10, 15, 19];

    /// Returns the hours left, rounded up, or `None` if there is no cool-down.
    pub(crate) fn hours_left(&self, now: Timestamp) -> Option<i64> {
        let left = self.until?.duration_since(now).as_secs();
        (left > 0).then(|| (left - 1) / 3600 + 1)
    }

    /// Starts the next cool-down.
    pub(crate) fn start(&mut self, now: Timestamp) {
        let hours = Self::HOURS[self.uses.min(Self::HOURS.len() - 1)];
        self.uses += 1;
        self.until = now.saturating_add(SignedDuration::from_hours(hours)).ok();
    }
}

/// Order in which the signers of a document sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SigningOrder {
    Any,
    OneByOne,
    Groups,
}

impl SigningOrder {
    /// Parses the order from the request for a document.
    pub(crate) fn parse(body: &Value) -> Result<Self, Rejection> {
        if body["signature_order_active"] != true {
            return Ok(Self::Any);
        }
        let signers = body["signers"].as_array().into_iter().flatten();
        let groups: Vec<Option<i64>> = signers.map(|signer| signer["order_group"].as_i64()).collect();
        if groups.iter().all(Option::is_none) {
            return Ok(Self::OneByOne);
        }
        let refuse = |reason: String| Err(Rejection::BusinessRule(reason));
        let Some(mut groups) = groups.into_iter().collect::<Option<Vec<i64>>>() else {
            return refuse("A signer belongs to no group.".to_owned());
        };
        groups.sort_unstable();
        match groups.windows(2).find(|pair| pair[1].saturating_sub(pair[0]) > 1) {
            Some(pair) => refuse(format!("A group number is missing: {}.", pair[0] + 1)),
            None => Ok(Self::Groups),
        }
    }

    /// Returns the rank of the signer at this index of the request. Lower ranks sign first.
    pub(crate) fn rank(self, index: usize, group: Option<i64>) -> i64 {
        let place = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
        match self {
            Self::Any => 1,
            Self::OneByOne => place,
            Self::Groups => group.unwrap_or(place),
        }
    }
}

impl Document {
    /// Returns the token.
    pub(crate) fn token(&self) -> &str {
        self.value["token"].as_str().unwrap_or_default()
    }

    /// Returns `true` if the token is that of the document or of an attachment.
    pub(crate) fn has_token(&self, token: &str) -> bool {
        self.token() == token || self.attachments().any(|attachment| attachment["token"] == token)
    }

    /// Returns the day of creation as `YYYY-MM-DD`.
    pub(crate) fn day(&self) -> &str {
        self.value["created_at"].as_str().and_then(|time| time.split('T').next()).unwrap_or_default()
    }

    /// Returns the attachments.
    pub(crate) fn attachments(&self) -> impl Iterator<Item = &Value> {
        self.value["extra_docs"].as_array().into_iter().flatten()
    }

    /// Returns the attachments, to change them.
    pub(crate) fn attachments_mut(&mut self) -> &mut Vec<Value> {
        let attachments = &mut self.value["extra_docs"];
        if !attachments.is_array() {
            *attachments = json!([]);
        }
        attachments.as_array_mut().expect("it is one now")
    }

    /// Returns the JSON of the document with its signers, and with links to the files that are valid from now on.
    pub(crate) fn with_signers(&self, context: &HandlerContext<'_>) -> Value {
        let mut value = self.value.clone();
        value["extra_docs"].as_array_mut().into_iter().flatten().for_each(|value| self.set_links(value, context));
        self.set_links(&mut value, context);
        value["signers"] = self.signers.iter().map(|signer| self.signer_body(signer, context)).collect();
        value
    }

    /// Returns the JSON of a signer, with a link to the drawn signature that is valid from now on.
    pub(crate) fn signer_body(&self, signer: &Signer, context: &HandlerContext<'_>) -> Value {
        let mut value = signer.value.clone();
        self.set_signature_link(signer, &mut value, context);
        value
    }

    /// Sets the link to the drawn signature in the JSON of a signer.
    pub(crate) fn set_signature_link(&self, signer: &Signer, value: &mut Value, context: &HandlerContext<'_>) {
        if signer.has_drawn {
            value["signature_image"] = url(FileKind::Signature, signer.text("token"), self.created_at, context).into();
        }
    }

    /// Sets the links in the JSON of the document itself or of an attachment.
    pub(crate) fn set_links(&self, value: &mut Value, context: &HandlerContext<'_>) {
        let link = |kind| url(kind, value["token"].as_str().unwrap_or_default(), self.created_at, context);
        let (original, signed) = (link(FileKind::Original), self.has_signed_file().then(|| link(FileKind::Signed)));
        value["original_file"] = original.into();
        value["signed_file"] = signed.into();
    }

    /// Returns `true` after the first signature, and after a refusal or cancellation.
    pub(crate) fn has_signed_file(&self) -> bool {
        self.is_refused() || self.signers.iter().any(Signer::has_signed)
    }

    /// Returns `true` if the document was refused or cancelled.
    pub(crate) fn is_refused(&self) -> bool {
        self.value["status"] == "recusado"
    }

    /// Returns the body of an event: its example, with the document and these fields merged into it.
    pub(crate) fn event_body(&self, mut example: Value, fields: &Value, context: &HandlerContext<'_>) -> Value {
        set_fields(&mut example, self.with_signers(context));
        set_fields(&mut example, fields.clone());
        // `signer_who_signed` is left out where nobody signed.
        if let (Value::Object(body), Value::Object(fields)) = (&mut example, fields) {
            body.retain(|key, value| !value.is_null() || !fields.contains_key(key));
        }
        example
    }

    /// Returns the JSON for a response, in which signers may not have their tokens yet.
    pub(crate) fn response_body(&self, context: &HandlerContext<'_>) -> Value {
        let mut value = self.with_signers(context);
        if self.hides_signer_tokens(context) {
            value["signers"].as_array_mut().into_iter().flatten().for_each(Signer::hide_token);
        }
        value
    }

    /// Returns `true` while the signers have no tokens yet.
    pub(crate) fn hides_signer_tokens(&self, context: &HandlerContext<'_>) -> bool {
        context.behaviors.contains(&Behavior::LateSignerTokens)
            && context.now < self.created_at.saturating_add(TOKEN_DELAY).unwrap_or(Timestamp::MAX)
    }

    /// Returns `true` if the document is neither signed, refused nor deleted.
    pub(crate) fn in_progress(&self) -> bool {
        self.value["status"] == "pending" && self.value["deleted"] == false
    }

    /// Returns `true` if the deadline is over before everybody has signed. The status stays `pending`, as in the vendor's event.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.in_progress() && self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Returns `true` if signers can still sign.
    pub(crate) fn can_be_signed(&self, now: Timestamp) -> bool {
        self.in_progress() && !self.has_expired(now)
    }

    /// Rejects the request if the document is not in progress.
    pub(crate) fn require_in_progress(&self) -> Result<(), Rejection> {
        if self.in_progress() {
            Ok(())
        } else {
            Err(Rejection::BusinessRule("The document is not in progress.".to_owned()))
        }
    }

    /// Adds an entry to the audit log.
    pub(crate) fn append_log(&mut self, now: Timestamp, user: &str, event: &str, description: &str) {
        let entry = json!({
            "time": now.strftime("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string(),
            "user": user,
            "event": event,
            "description": format!("{user} {description}"),
        });
        self.log.insert(0, entry);
        self.value["last_update_at"] = format_time(now).into();
    }

    /// Returns the signers who are reminded: those of the lowest rank among those who have not signed.
    pub(crate) fn current_signers(&mut self, now: Timestamp) -> impl Iterator<Item = &mut Signer> {
        let can_be_signed = self.can_be_signed(now);
        let waiting = self.signers.iter().filter(|signer| !signer.has_signed());
        let rank = waiting.map(|signer| signer.rank).min();
        self.signers.iter_mut().filter(move |signer| can_be_signed && !signer.has_signed() && Some(signer.rank) == rank)
    }

    /// Returns the index of the signer with this token.
    pub(crate) fn signer_index(&self, token: &str) -> Option<usize> {
        self.signers.iter().position(|signer| signer.has_token(token))
    }

    /// Returns the reason why the link of a signer does not show the document, if there is one.
    pub(crate) fn require_shown(&self, signer: usize, context: &HandlerContext<'_>) -> Result<(), SignerError> {
        if self.value["deleted"] == true {
            return Err(SignerError::Deleted);
        }
        if self.is_refused() {
            return Err(SignerError::Refused);
        }
        if self.has_expired(context.now) {
            return Err(SignerError::Expired);
        }
        let comes_first = |other: &Signer| !other.has_signed() && other.rank < self.signers[signer].rank;
        if context.behaviors.contains(&Behavior::EnforcedSigningOrder) && self.signers.iter().any(comes_first) {
            return Err(SignerError::NotYourTurn);
        }
        Ok(())
    }

    /// Returns the reason why a signer has nothing to sign or to refuse, if there is one.
    pub(crate) fn require_unsigned(&self, signer: usize, context: &HandlerContext<'_>) -> Result<(), SignerError> {
        self.require_shown(signer, context)?;
        if self.signers[signer].has_signed() { Err(SignerError::Signed) } else { Ok(()) }
    }

    /// Records a view by a signer.
    pub(crate) fn view(&mut self, signer: usize, now: Timestamp) {
        self.signers[signer].view(now);
        let user = self.signers[signer].display_name();
        self.append_log(now, &user, "Documento aberto", "abriu o documento");
    }

    /// Records the view that precedes any other action of a signer, unless there was one.
    pub(crate) fn ensure_viewed(&mut self, signer: usize, now: Timestamp) {
        if !self.signers[signer].has_viewed() {
            self.view(signer, now);
        }
    }

    /// Signs as a signer.
    pub(crate) fn sign(&mut self, signer: usize, now: Timestamp) {
        self.ensure_viewed(signer, now);
        self.signers[signer].sign(now);
        self.sealed_at = now;
        let user = self.signers[signer].display_name();
        self.append_log(now, &user, "Documento assinado", "assinou o documento");
        self.finish();
    }

    /// Marks the document as signed if all signers have signed. Returns `true` if they have.
    pub(crate) fn finish(&mut self) -> bool {
        let finished = !self.signers.is_empty() && self.signers.iter().all(Signer::has_signed);
        if finished {
            self.value["status"] = "signed".into();
        }
        finished
    }

    /// Marks the document as refused.
    pub(crate) fn refuse(&mut self, reason: &str, user: &str, now: Timestamp) {
        // The value in the vendor's deliveries; the filter of the list calls it `refused`.
        self.value["status"] = "recusado".into();
        self.value["rejected_reason"] = reason.into();
        self.sealed_at = now;
        self.append_log(now, user, "Documento recusado", "recusou o documento");
    }

    /// Returns a row in the list: that of an attachment, or its own.
    pub(crate) fn list_row(
        &self,
        attachment: Option<&Value>,
        with_signers: bool,
        context: &HandlerContext<'_>,
    ) -> Value {
        let mut row =
            self.summary(with_signers, context.behaviors.contains(&Behavior::EnglishListedSigners), context.now);
        if let Some(attachment) = attachment {
            set_fields(&mut row, attachment.clone());
        }
        self.set_links(&mut row, context);
        row
    }

    /// Returns its own row in the list.
    fn summary(&self, with_signers: bool, in_english: bool, now: Timestamp) -> Value {
        let fields = [
            "open_id",
            "token",
            "status",
            "name",
            "original_file",
            "signed_file",
            "created_at",
            "last_update_at",
            "created_through",
            "external_id",
            "folder_path",
            "folder_token",
            "deleted",
            "deleted_at",
        ];
        let mut summary: Value = fields.iter().map(|field| ((*field).to_owned(), self.value[*field].clone())).collect();
        if with_signers {
            let (refused, expired) = (self.is_refused(), self.has_expired(now));
            let entry = |signer: &Signer| signer.list_entry(refused, expired, in_english);
            summary["signers"] = self.signers.iter().map(entry).collect();
        }
        summary
    }
}
