//! Trigger of an event on demand.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::similar_name::{hint, most_similar};
use crate::spec::OverrideError;

/// Event that is delivered on demand, without a change of the sandbox's state.
///
/// Its body is the example of the bundle. A resource that is named is merged into it, then the overrides are set.
///
/// ```
/// use api_sandbox::Trigger;
///
/// let trigger = Trigger::event("doc_viewed").url("http://localhost:8080/zapsign").set("/status", "signed");
/// ```
#[derive(Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[must_use]
pub struct Trigger {
    /// Name of the event. The control endpoint has it in its path.
    #[serde(skip)]
    pub(crate) event: String,
    pub(crate) document: Option<String>,
    pub(crate) signer: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) set: Map<String, Value>,
    pub(crate) unchecked: bool,
}

impl Trigger {
    /// Creates the trigger of an event of either vendor.
    pub fn event(name: impl Into<String>) -> Self {
        Self { event: name.into(), ..Self::default() }
    }

    /// Names the event of a trigger that was read from JSON.
    pub(crate) fn named(mut self, event: String) -> Self {
        self.event = event;
        self
    }

    /// Merges a ZapSign document into the body, by its token.
    pub fn document(mut self, token: impl Into<String>) -> Self {
        self.document = Some(token.into());
        self
    }

    /// Merges a ZapSign signer and the document into the body, by the signer's token. By default an event about a signer of a
    /// document that is named is about its first signer.
    pub fn signer(mut self, token: impl Into<String>) -> Self {
        self.signer = Some(token.into());
        self
    }

    /// Merges a 360dialog channel into the body, by its id.
    pub fn channel(mut self, id: impl Into<String>) -> Self {
        self.channel = Some(id.into());
        self
    }

    /// Merges a 360dialog client into the body, by its id.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.client = Some(id.into());
        self
    }

    /// Delivers to this URL only, instead of to the webhooks that subscribe to the event.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets the value at a JSON pointer of the body. It is checked against the event's schema. Can be repeated; the order
    /// counts.
    pub fn set(mut self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set.insert(pointer.into(), value.into());
        self
    }

    /// Sets values that the schema does not know, too: what the vendor may add.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    /// Refuses a URL that nothing can be delivered to, or nothing is.
    pub(crate) fn require_deliverable_url(&self, delivers_to: impl Fn(&str) -> bool) -> Result<(), TriggerError> {
        let Some(url) = &self.url else { return Ok(()) };
        match Url::parse(url) {
            Ok(parsed) if ["http", "https"].contains(&parsed.scheme()) => {
                if delivers_to(url) {
                    Ok(())
                } else {
                    Err(TriggerError::NotOnThisMachine)
                }
            }
            _ => Err(TriggerError::InvalidUrl),
        }
    }

    /// Refuses resources other than those that fit the event.
    pub(crate) fn require_only(&self, fitting: &[&'static str]) -> Result<(), TriggerError> {
        let named = [
            ("document", &self.document),
            ("signer", &self.signer),
            ("channel", &self.channel),
            ("client", &self.client),
        ];
        match named.into_iter().find(|(name, id)| id.is_some() && !fitting.contains(name)) {
            None => Ok(()),
            Some((resource, _)) => {
                Err(TriggerError::UnfitResource { event: self.event.clone(), resource, fitting: fitting.to_vec() })
            }
        }
    }
}

/// Shows the event and the pointers, without the values and the URL, which may hold secrets.
impl fmt::Debug for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger")
            .field("event", &self.event)
            .field("set", &self.set.keys().collect::<Vec<_>>())
            .field("unchecked", &self.unchecked)
            .finish_non_exhaustive()
    }
}

/// Reason why an event was not triggered. Nothing was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerError {
    /// No vendor has an event of this name.
    UnknownEvent {
        /// Name that was asked for.
        event: String,
        /// Most similar name.
        nearest: Option<String>,
        /// Names of all events.
        known: Vec<String>,
    },
    /// The sandbox has no such resource.
    UnknownResource {
        /// Kind of resource, such as `document`.
        resource: &'static str,
        /// Token or id that was given.
        id: String,
    },
    /// The event is not about a resource of this kind.
    UnfitResource {
        /// Name of the event.
        event: String,
        /// Kind of resource that was named.
        resource: &'static str,
        /// Kinds of resources that can be named.
        fitting: Vec<&'static str>,
    },
    /// The URL to deliver to is no `http` or `https` URL.
    InvalidUrl,
    /// The URL to deliver to is not on this machine, and nothing is delivered elsewhere.
    NotOnThisMachine,
    /// An override that the event's schema does not admit; with the reason.
    Override(String),
    /// No webhook subscribes to the event.
    NobodySubscribes {
        /// Name of the event.
        event: String,
        /// Remedy.
        remedy: String,
    },
}

impl TriggerError {
    /// Creates the error for an event that none of these is.
    pub(crate) fn unknown_event(event: &str, known: Vec<String>) -> Self {
        let nearest = most_similar(event, known.iter().map(String::as_str)).map(ToOwned::to_owned);
        Self::UnknownEvent { event: event.to_owned(), nearest, known }
    }

    /// Creates the error for a resource that the sandbox does not have.
    pub(crate) fn unknown_resource(resource: &'static str, id: &str) -> Self {
        Self::UnknownResource { resource, id: id.to_owned() }
    }
}

impl From<OverrideError> for TriggerError {
    fn from(error: OverrideError) -> Self {
        Self::Override(error.to_string())
    }
}

impl fmt::Display for TriggerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEvent { event, nearest, known } => {
                write!(f, "there is no event `{event}`{}: there are {}", hint(nearest.as_deref()), known.join(", "))
            }
            Self::UnknownResource { resource, id } => write!(f, "the sandbox has no {resource} `{id}`"),
            Self::UnfitResource { event, resource, fitting } if fitting.is_empty() => {
                write!(f, "`{event}` takes no {resource}: leave it out, and `set` the fields")
            }
            Self::UnfitResource { event, resource, fitting } => {
                write!(f, "`{event}` takes no {resource}: name a {}", fitting.join(" or a "))
            }
            Self::InvalidUrl => f.write_str("`url` is no http or https URL"),
            Self::NotOnThisMachine => {
                f.write_str("`url` is not on this machine: `deliver_anywhere`, `--deliver-anywhere`, delivers to it")
            }
            Self::Override(reason) => f.write_str(reason),
            Self::NobodySubscribes { event, remedy } => {
                write!(f, "no webhook subscribes to `{event}`: {remedy}, or give a `url`")
            }
        }
    }
}

impl std::error::Error for TriggerError {}
