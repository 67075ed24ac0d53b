//! Webhook deliveries as typed events.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::types::{__debug, __debug_value, FieldPath};
use crate::wire::{DECODE_LIMIT, decode_limit};

/// Event that the spec does not list, or whose body does not match the spec. It serializes to the JSON text of the
/// delivery, every digit kept; two are equal if their texts are.
#[derive(Clone)]
pub struct UnknownEvent {
    name: Option<String>,
    text: Box<RawValue>,
    body: Value,
    mismatch: Option<FieldPath>,
}

impl UnknownEvent {
    /// Wraps a delivery that matches no event's type. A parser that skips a value accepts more than one that keeps it,
    /// so this can fail after [`__event_name`] succeeded.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`] if the delivery has a value that can't be kept.
    #[doc(hidden)]
    pub fn __new(name: Option<String>, body: &[u8], mismatch: Option<FieldPath>) -> Result<Self, InvalidEvent> {
        match (serde_json::from_slice(body), serde_json::from_slice(body)) {
            (Ok(text), Ok(body)) => Ok(Self { name, text, body, mismatch }),
            _ => Err(InvalidEvent { body: Bytes::copy_from_slice(body) }),
        }
    }

    /// Returns the name of the event, if the delivery has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the path to the field of a listed event that does not match the spec; `None` for an event that is not
    /// listed.
    pub fn mismatch(&self) -> Option<&FieldPath> {
        self.mismatch.as_ref()
    }

    /// Returns the delivery as JSON. A number with a fraction, or of more than 19 digits, is rounded to an `f64`.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Returns the JSON text of the delivery, unchanged.
    pub fn text(&self) -> &str {
        self.text.get()
    }
}

impl PartialEq for UnknownEvent {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Debug for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name().map(|name| if is_plain(name) { name } else { "*" });
        let fields = [("name", __debug_value(&name)), ("mismatch", __debug_value(&self.mismatch))];
        __debug(f, "UnknownEvent", &fields)
    }
}

/// Returns `true` if the name of an event is one of a program, and no data: at most 64 letters, digits and signs.
fn is_plain(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte))
}

impl Serialize for UnknownEvent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

/// Error of a delivery that is not JSON, or whose values can't be kept: nested too deeply, a number out of range, an
/// unpaired surrogate, or an estimated 128 MiB of values. Answer it with a 4xx status, and check that the endpoint
/// passes the request body on unchanged. `Display` and `Debug` show none of its bytes.
#[derive(Clone)]
pub struct InvalidEvent {
    body: Bytes,
}

impl InvalidEvent {
    /// Returns the bytes of the delivery, unchanged.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the delivery is not JSON that can be read")
    }
}

impl fmt::Debug for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidEvent({self})")
    }
}

impl std::error::Error for InvalidEvent {}

/// Checks that the values of a delivery fit into memory.
///
/// # Errors
///
/// [`InvalidEvent`] if they are estimated at more than 128 MiB.
pub(super) fn check_size(body: &[u8]) -> Result<(), InvalidEvent> {
    if decode_limit::fits(body, DECODE_LIMIT) {
        Ok(())
    } else {
        Err(InvalidEvent { body: Bytes::copy_from_slice(body) })
    }
}

/// Returns the event name at a top-level key of a delivery; `None` if there is none.
///
/// # Errors
///
/// [`InvalidEvent`] if the delivery is not JSON or too large.
#[doc(hidden)]
pub fn __event_name(body: &[u8], key: &str) -> Result<Option<String>, InvalidEvent> {
    check_size(body)?;
    // The syntax is checked to the end, so that a truncated delivery is not taken for an event.
    let checked: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(body);
    match checked {
        Ok(_) => Ok(crate::wire::body_value(body, &format!("/{key}")).unwrap_or_default()),
        Err(_) => Err(InvalidEvent { body: Bytes::copy_from_slice(body) }),
    }
}

/// Defines the enum of the webhook events of one API, distinguished by a name at a top-level key of the body.
///
/// An event that is not listed becomes `Unknown`, and so does a listed one whose body does not match its type.
#[macro_export]
macro_rules! webhook_events {
    ($(#[$meta:meta])* pub enum $enum:ident by $key:literal { $($(#[$variant_meta:meta])* $variant:ident($body:ty) = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum $enum {
            $($(#[$variant_meta])* $variant($crate::EventBody<$body>),)+
            /// An event that the spec does not list, or whose body does not match the spec.
            Unknown($crate::UnknownEvent),
        }

        impl $enum {
            /// Names of the events that the spec lists.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Decodes one delivery, without a check of who sent it.
            ///
            /// # Errors
            ///
            /// [`InvalidEvent`]($crate::InvalidEvent) if the delivery is not JSON, or has a value that can't be kept.
            pub fn from_slice(body: &[u8]) -> ::core::result::Result<Self, $crate::InvalidEvent> {
                let name = $crate::__event_name(body, $key)?;
                let mismatch = match name.as_deref() {
                    $(::core::option::Option::Some($name) => match $crate::__event_body(body) {
                        ::core::result::Result::Ok(body) => {
                            return ::core::result::Result::Ok(Self::$variant(body));
                        }
                        ::core::result::Result::Err(mismatch) => ::core::option::Option::Some(mismatch),
                    },)+
                    _ => ::core::option::Option::None,
                };
                ::core::result::Result::Ok(Self::Unknown($crate::UnknownEvent::__new(name, body, mismatch)?))
            }

            /// Returns the name of the event, if the delivery has one.
            pub fn name(&self) -> ::core::option::Option<&str> {
                match self {
                    $(Self::$variant(_) => ::core::option::Option::Some($name),)+
                    Self::Unknown(event) => event.name(),
                }
            }

            /// Returns the JSON text of the event as it was delivered, with the fields that its type does not know: what an
            /// inbox stores.
            pub fn text(&self) -> &str {
                match self {
                    $(Self::$variant(event) => event.text(),)+
                    Self::Unknown(event) => event.text(),
                }
            }
        }

        impl $crate::FromDelivery for $enum {
            fn from_delivery(body: &[u8]) -> ::core::result::Result<Self, $crate::InvalidEvent> {
                Self::from_slice(body)
            }
        }

        impl $crate::__private::serde::Serialize for $enum {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(event) => $crate::__private::serde::Serialize::serialize(event, serializer),)+
                    Self::Unknown(event) => $crate::__private::serde::Serialize::serialize(event, serializer),
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, Deserialize, Serialize)]
    pub struct Launched {
        event: String,
        ship: Option<String>,
    }

    webhook_events! {
        /// Events for the tests.
        pub enum Event by "event" {
            /// Listed event.
            ShipLaunched(Launched) = "ship_launched",
        }
    }

    #[test]
    fn a_listed_event_is_typed_and_any_other_survives() {
        let listed = br#"{"ship":null,"event":"ship_launched","new":1}"#;
        let event = Event::from_slice(listed).expect("an event");
        assert!(matches!(&event, Event::ShipLaunched(launched) if launched.ship.is_none()));
        assert_eq!(event.name(), Some("ship_launched"));
        assert_eq!(event.text().as_bytes(), listed, "with the field that the type does not know");
        assert_eq!(serde_json::to_string(&event).expect("it encodes"), r#"{"event":"ship_launched","ship":null}"#);

        for unlisted in [r#"{"event":"ship_sunk","ship":{"deep":[1,null]}}"#, r#"{"ship":1}"#, "[1]"] {
            let event = Event::from_slice(unlisted.as_bytes()).expect("an event");
            assert!(matches!(event, Event::Unknown(_)), "{unlisted}");
            assert_eq!(serde_json::to_string(&event).expect("it encodes"), unlisted);
            assert_eq!(event.text(), unlisted);
            assert!(!format!("{event:?}").contains("deep"));
            assert_eq!(format!("{event:?}").contains(r#"name: "ship_sunk""#), unlisted.contains("ship_sunk"));
        }
        let odd = Event::from_slice(br#"{"event":"Ana Prado"}"#).expect("an event");
        assert_eq!(format!("{odd:?}"), r#"Unknown(UnknownEvent { name: "*", .. })"#);
        assert_eq!(Event::NAMES, ["ship_launched"]);
    }

    #[test]
    fn an_unknown_event_encodes_as_it_came_to_the_last_digit() {
        for number in ["12345678901234567890123", "122.41629403378658512345", "-0", "1.0", "9.999999999999999e55"] {
            for body in [
                format!(r#"{{"event":"ship_sunk","depth":{number}}}"#),
                format!(r#"{{"event":"ship_launched","ship":{number}, "a":1,"a":"\u0061"}}"#),
            ] {
                let event = Event::from_slice(format!(" {body}\n").as_bytes()).expect("an event");
                assert_eq!(serde_json::to_string(&event).expect("it encodes"), body);
                let Event::Unknown(event) = event else { panic!("{body}") };
                assert_eq!(event.text(), body);
            }
        }
        let unknown = |body: &str| match Event::from_slice(body.as_bytes()) {
            Ok(Event::Unknown(event)) => event,
            other => panic!("{other:?}"),
        };
        assert!(unknown("[1.0]") == unknown("[1.0]") && unknown("[1.0]") != unknown("[1.00]"));
        assert_eq!(unknown("[0.30000000000000004]").body()[0].as_f64(), Some(0.30000000000000004));
    }

    /// A parser that skips a value is not as strict as one that keeps it.
    #[test]
    fn a_delivery_that_can_be_skipped_and_not_held_is_kept() {
        let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for odd in [nested.as_bytes(), b"1e999", br#""\ud800""#, b"\"\xff\""] {
            for start in [&br#"{"event":"ship_sunk","ship":"#[..], br#"{"event":"ship_launched","ship":"#, b"["] {
                let body = [start, odd, if start == b"[" { b"]" } else { b"}" }].concat();
                let error = Event::from_slice(&body).expect_err("it can't be held");
                assert_eq!(error.body().as_ref(), body);
            }
            // A listed event is typed, and fields that its type does not have are skipped.
            let body = [br#"{"event":"ship_launched","ship":"s","new":"#, odd, b"}"].concat();
            let event = Event::from_slice(&body).expect("an event");
            assert!(matches!(event, Event::ShipLaunched(_)), "{event:?}");
            assert_eq!(event.text(), String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn a_delivery_of_another_form_is_kept() {
        let cut = br#"{"event":"ship_launched","ship":"secret"#;
        let error = Event::from_slice(cut).expect_err("it is cut");
        assert_eq!(
            (error.to_string().as_str(), error.body().as_ref()),
            ("the delivery is not JSON that can be read", &cut[..])
        );
        assert!(!format!("{error:?} {error}").contains("secret"));

        let other = br#"{"event":"ship_launched","ship":7}"#;
        let event = Event::from_slice(other).expect("JSON");
        assert_eq!(event.name(), Some("ship_launched"));
        assert_eq!(serde_json::to_string(&event).expect("it encodes").as_bytes(), other);
        let Event::Unknown(event) = event else { panic!("{event:?}") };
        assert_eq!(event.mismatch().map(FieldPath::as_str), Some("ship"));
    }
}
