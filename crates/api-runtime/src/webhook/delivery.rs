//! A delivery as one step: the check of its sender, and its events.

use std::fmt;

use http::StatusCode;
use serde_json::value::RawValue;

use super::events::{InvalidEvent, check_size};
use super::verification::VerificationError;

/// Event that a delivery is parsed into, or a `Vec` of them.
///
/// The enum of an API's events implements it. A `Vec` takes a body that is one event as well as one that is a list.
pub trait FromDelivery: Sized {
    /// Parses the body of a delivery.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`], which keeps the bytes, if the body is not JSON or its values take more than 128 MiB of memory.
    fn from_delivery(body: &[u8]) -> Result<Self, InvalidEvent>;
}

impl<T: FromDelivery> FromDelivery for Vec<T> {
    fn from_delivery(body: &[u8]) -> Result<Self, InvalidEvent> {
        check_size(body)?;
        if body.trim_ascii_start().starts_with(b"[")
            && let Ok(list) = serde_json::from_slice::<Vec<&RawValue>>(body)
        {
            // A list that grew would take three times as much.
            let mut events = Self::with_capacity(list.len());
            events.extend(list.iter().map_while(|event| T::from_delivery(event.get().as_bytes()).ok()));
            if events.len() == list.len() {
                return Ok(events);
            }
        }
        Ok(vec![T::from_delivery(body)?])
    }
}

/// Error of a delivery that was not taken.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The delivery does not prove that the vendor sent it. Its body was not looked at.
    Forged(VerificationError),
    /// The vendor sent the delivery, and its body is not JSON that can be read. The bytes are kept.
    Undecodable(InvalidEvent),
}

impl DeliveryError {
    /// Returns the status to answer the delivery with: 401 if it is forged, 400 if it is undecodable.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Forged(_) => StatusCode::UNAUTHORIZED,
            Self::Undecodable(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forged(error) => error.fmt(f),
            Self::Undecodable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DeliveryError {}

impl From<VerificationError> for DeliveryError {
    fn from(error: VerificationError) -> Self {
        Self::Forged(error)
    }
}

impl From<InvalidEvent> for DeliveryError {
    fn from(error: InvalidEvent) -> Self {
        Self::Undecodable(error)
    }
}

/// Parses a delivery after the check of its sender.
///
/// # Errors
///
/// [`DeliveryError`] if the check failed, or the body can't be parsed.
pub(super) fn receive<D: FromDelivery>(
    verified: Result<(), VerificationError>,
    body: &[u8],
) -> Result<D, DeliveryError> {
    verified?;
    Ok(D::from_delivery(body)?)
}
