use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use crate::types::{Document, DocumentDetail, DocumentStatus, DocumentToken, SignerToken};
use crate::{Client, Error};

/// Default of the pause after the first look.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Default of the longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Shortest pause that can be set.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause that an error's `Retry-After` can ask for.
const LONGEST_REQUESTED_PAUSE: Duration = Duration::from_secs(3600);

/// End that [`Client::wait_for`] waits for, and the pauses between its looks.
#[derive(Debug, Clone)]
pub struct Until {
    signer: Option<SignerToken>,
    deadline: Option<SystemTime>,
    first_pause: Duration,
    longest_pause: Duration,
}

impl Until {
    /// Waits until everybody has signed, or nobody will any more.
    pub fn finished() -> Self {
        Self { signer: None, deadline: None, first_pause: FIRST_PAUSE, longest_pause: LONGEST_PAUSE }
    }

    /// Waits until this signer has signed, or nobody will any more.
    pub fn signed_by(signer_token: &SignerToken) -> Self {
        Self { signer: Some(signer_token.clone()), ..Self::finished() }
    }

    /// Sets the deadline of the document, the `date_limit_to_sign` that it was created with; default: none. ZapSign tells it in
    /// no answer, and leaves the status of a document pending after it, so without this a wait for one that has expired does
    /// not end. It is compared with the system's time once, at the start; from there on the runtime's clock counts.
    #[must_use]
    pub fn deadline(mut self, deadline: SystemTime) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the pause after the first look, which doubles with each look, and the longest; default 5 s and 60 s. Both are at least
    /// 1 s.
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first.max(SHORTEST_PAUSE);
        self.longest_pause = longest.max(SHORTEST_PAUSE);
        self
    }

    /// Returns the outcome that a document shows; `is_expired` if its deadline had passed when it was asked for.
    fn outcome(&self, document: Document, is_expired: bool) -> Option<WaitOutcome> {
        let has_signed = |token: &SignerToken| {
            document.signers().iter().any(|signer| signer.token == *token && signer.status.is_signed())
        };
        let make = if document.status.is_signed() || self.signer.as_ref().is_some_and(has_signed) {
            WaitOutcome::Signed
        } else if document.status.is_refused() {
            WaitOutcome::Refused
        } else if document.deleted == Some(true) || document.status == DocumentStatus::DeletedPt {
            WaitOutcome::Deleted
        } else if is_expired {
            WaitOutcome::Expired
        } else {
            return None;
        };
        Some(make(Box::new(document)))
    }
}

/// End of a wait, with the document as it was then.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum WaitOutcome {
    /// Everybody has signed, or the signer that was waited for.
    Signed(Box<Document>),
    /// A signer refused, or the document was cancelled.
    Refused(Box<Document>),
    /// The document was deleted.
    Deleted(Box<Document>),
    /// The deadline that was given has passed, and the document was still pending after it.
    Expired(Box<Document>),
}

impl WaitOutcome {
    /// Returns the document.
    pub fn document(&self) -> &Document {
        let (Self::Signed(document) | Self::Refused(document) | Self::Deleted(document) | Self::Expired(document)) =
            self;
        document
    }

    /// Returns `true` for [`WaitOutcome::Signed`].
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::Signed(_))
    }
}

impl Client {
    /// Waits for the end of a document, by asking `get_document` again and again.
    ///
    /// Prefer webhooks (module `webhooks`): a delivery tells of a signature at once, and costs nothing. Each look of this is one of
    /// the 500 requests per minute that all calls of the account share, so with the default pauses some hundred waits at the same
    /// time take a good part of them. It is for a script, a test, or a document that is signed within minutes.
    ///
    /// Errors that may pass, such as 429, 5xx and a broken connection, don't end the wait, even if they last; `Retry-After` is
    /// kept. Nothing is lost if the future is dropped, for example by `tokio::time::timeout`: the wait can begin anew. The token of
    /// an attachment stands for its document.
    ///
    /// ```no_run
    /// # use std::time::{Duration, SystemTime};
    /// # use zapsign_api::{Client, Error, Timestamp, Until, WaitOutcome, types::CreateDocument};
    /// # async fn example(client: Client, body: CreateDocument) -> Result<(), Error> {
    /// // The body has `.date_limit_to_sign(Timestamp::from(deadline))`.
    /// let deadline = SystemTime::now() + Duration::from_secs(24 * 3600);
    /// let token = client.create_document().body(&body).send().await?.token.clone();
    /// match client.wait_for(&token, Until::finished().deadline(deadline)).await? {
    ///     WaitOutcome::Signed(document) => println!("{} is signed", document.name),
    ///     WaitOutcome::Refused(document) => println!("refused: {:?}", document.rejected_reason),
    ///     other => println!("it will not be signed: {other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// That of `get_document`, if it does not pass: for example 404 for a document that does not exist.
    pub async fn wait_for(&self, doc_token: &DocumentToken, until: Until) -> Result<WaitOutcome, Error> {
        let left = until.deadline.map(|deadline| deadline.duration_since(SystemTime::now()).unwrap_or_default());
        let deadline = left.and_then(|left| Instant::now().checked_add(left));
        let mut doc_token = doc_token.clone();
        let mut pause = until.first_pause.min(until.longest_pause);
        loop {
            let is_expired = deadline.is_some_and(|deadline| deadline <= Instant::now());
            let mut requested = Duration::ZERO;
            match self.get_document().doc_token(&doc_token).send().await {
                Ok(answer) => match answer.into_inner() {
                    DocumentDetail::Main(document) => {
                        if let Some(outcome) = until.outcome(document, is_expired) {
                            return Ok(outcome);
                        }
                    }
                    DocumentDetail::Extra(attachment) => doc_token = attachment.parent_doc_token,
                },
                Err(error) if error.is_retryable() => {
                    requested = error.retry_after().unwrap_or_default().min(LONGEST_REQUESTED_PAUSE);
                }
                Err(error) => return Err(error),
            }
            // The last look is right after the deadline, or later if the vendor asks for that.
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let next = left.filter(|left| !left.is_zero()).map_or(pause, |left| pause.min(left));
            sleep(next.max(requested)).await;
            pause = pause.saturating_mul(2).min(until.longest_pause);
        }
    }
}
