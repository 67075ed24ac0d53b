//! Kinds of faults.

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Largest number of seconds of which a date is told, 100 years: a date of HTTP has a year of four digits.
const MAX_SECONDS: u64 = 3_155_760_000;

/// Fault that is injected into a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// Replaces the response.
    Status {
        /// HTTP status.
        status: u16,
        /// Body; by default empty.
        #[serde(default)]
        body: String,
        /// Media type of the body; by default `text/plain`.
        #[serde(default = "plain_text")]
        media_type: String,
        /// Stage; by default before the handler.
        #[serde(default)]
        stage: FaultStage,
    },
    /// Waits before the call is handled.
    Delay {
        /// Delay in milliseconds.
        milliseconds: u64,
    },
    /// Resets the connection without a response.
    Reset {
        /// Stage; by default before the handler.
        #[serde(default)]
        stage: FaultStage,
    },
    /// Handles the call, and closes the connection after half of the response body.
    CutBody,
    /// Handles the call, and replaces the response body by bytes that are not JSON.
    Garbage,
    /// Answers 200 with an HTML page, as a captive portal does.
    Html {
        /// Stage; by default before the handler.
        #[serde(default)]
        stage: FaultStage,
    },
    /// Answers 302 without handling the call.
    Redirect {
        /// Value of the `Location` header.
        location: String,
    },
    /// Handles the call, and sends the response body in pieces.
    SlowDrip {
        /// Pause before each piece, in milliseconds.
        milliseconds: u64,
        /// Number of pieces, at least 1.
        pieces: u32,
    },
    /// Answers 429.
    TooManyRequests {
        /// Form of the hint when to retry; by default none.
        #[serde(default)]
        hint: RetryAfterHint,
        /// Seconds to wait; by default 0.
        #[serde(default)]
        seconds: u64,
        /// Stage; by default before the handler.
        #[serde(default)]
        stage: FaultStage,
    },
}

fn plain_text() -> String {
    "text/plain".to_owned()
}

/// Stage of a call at which a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FaultStage {
    /// Before the handler: the call has no effect. In JSON `before`.
    #[default]
    #[serde(rename = "before")]
    BeforeHandler,
    /// After the handler: the call has its effect, and its response is lost. In JSON `after`.
    #[serde(rename = "after")]
    AfterHandler,
}

/// Hint of a 429 response when to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfterHint {
    /// `Retry-After` in seconds.
    RetryAfterSeconds,
    /// `Retry-After` as an HTTP date.
    RetryAfterDate,
    /// `RateLimit-Reset` in seconds.
    RateLimitReset,
    /// No hint.
    #[default]
    None,
}

impl Fault {
    /// Returns faults of every kind, at every stage and with every hint. None takes longer than about 20 ms.
    pub fn every_kind() -> Vec<Self> {
        let mut all = vec![
            Self::Delay { milliseconds: 20 },
            Self::CutBody,
            Self::Garbage,
            Self::Redirect { location: "http://localhost:9/elsewhere".to_owned() },
            Self::SlowDrip { milliseconds: 1, pieces: 8 },
        ];
        for stage in [FaultStage::BeforeHandler, FaultStage::AfterHandler] {
            let body = "the sandbox was told to answer so".to_owned();
            let status = |status| Self::Status { status, body: body.clone(), media_type: plain_text(), stage };
            all.extend([500, 502, 503, 504].map(status));
            all.extend([Self::Reset { stage }, Self::Html { stage }]);
            all.extend(
                [
                    RetryAfterHint::RetryAfterSeconds,
                    RetryAfterHint::RetryAfterDate,
                    RetryAfterHint::RateLimitReset,
                    RetryAfterHint::None,
                ]
                .map(|hint| Self::TooManyRequests { hint, seconds: 0, stage }),
            );
        }
        all
    }

    /// Replaces the response by one with this status and JSON body; the call has no effect.
    pub fn json(status: u16, body: &Value) -> Self {
        let media_type = "application/json".to_owned();
        Self::Status { status, body: body.to_string(), media_type, stage: FaultStage::BeforeHandler }
    }

    /// Checks the values that a rule can get wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Status { status, .. } if !(200..=599).contains(status) => {
                Err(format!("`status` is {status}: give one from 200 to 599"))
            }
            Self::Redirect { location } if HeaderValue::from_str(location).is_err() => {
                Err("`location` holds a character that a header can't carry".to_owned())
            }
            Self::TooManyRequests { hint: RetryAfterHint::RetryAfterDate, seconds, .. } if *seconds > MAX_SECONDS => {
                Err(format!("`seconds` is {seconds}: give at most {MAX_SECONDS} with `retry_after_date`"))
            }
            Self::SlowDrip { pieces: 0, .. } => Err("`pieces` is 0: give at least 1".to_owned()),
            _ => Ok(()),
        }
    }

    /// Returns the bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Status { body, media_type, .. } => body.len() + media_type.len(),
            Self::Redirect { location } => location.len(),
            _ => 0,
        }
    }

    /// Returns `true` if the client does not get the handler's response whole and unchanged, however late.
    pub(crate) fn changes_response(&self) -> bool {
        !matches!(self, Self::Delay { .. } | Self::SlowDrip { .. })
    }

    /// Returns the status that the client gets, by that of the handler; `None` if it gets none.
    pub(crate) fn client_status(&self, of_handler: Option<u16>) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::TooManyRequests { .. } => Some(429),
            Self::Html { .. } => Some(200),
            Self::Redirect { .. } => Some(302),
            Self::Reset { .. } => None,
            Self::Delay { .. } | Self::CutBody | Self::Garbage | Self::SlowDrip { .. } => of_handler,
        }
    }

    /// Returns `true` if the call reaches its handler.
    pub(crate) fn reaches_handler(&self) -> bool {
        match self {
            Self::Delay { .. } | Self::CutBody | Self::Garbage | Self::SlowDrip { .. } => true,
            Self::Redirect { .. } => false,
            Self::Status { stage, .. }
            | Self::Reset { stage }
            | Self::Html { stage }
            | Self::TooManyRequests { stage, .. } => *stage == FaultStage::AfterHandler,
        }
    }
}
