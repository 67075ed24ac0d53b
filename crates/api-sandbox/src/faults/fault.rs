//! Something that goes wrong with a call.

use http::HeaderValue;
use serde::{Deserialize, Serialize};

/// Something that goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// Another answer.
    Status {
        /// HTTP status.
        status: u16,
        /// Body.
        #[serde(default)]
        body: String,
        /// Its media type.
        #[serde(default = "plain_text")]
        media_type: String,
        /// Before or after the call had its effect.
        #[serde(default)]
        stage: FaultStage,
    },
    /// The server takes its time before it does anything.
    Delay {
        /// How long, in milliseconds.
        milliseconds: u64,
    },
    /// The connection is reset instead of an answer.
    Reset {
        /// Before or after the call had its effect.
        #[serde(default)]
        stage: FaultStage,
    },
    /// The call has its effect, and the connection goes in the middle of the answer's body.
    CutBody,
    /// The call has its effect, and the body of its answer is no JSON.
    Garbage,
    /// A page of something between client and server, with status 200.
    Html {
        /// Before or after the call had its effect.
        #[serde(default)]
        stage: FaultStage,
    },
    /// The client is sent elsewhere, with status 302. Nothing happens here.
    Redirect {
        /// Where to.
        location: String,
    },
    /// The call has its effect, and its answer comes a few bytes at a time.
    SlowDrip {
        /// Pause between two pieces, in milliseconds.
        milliseconds: u64,
        /// In how many pieces.
        pieces: u32,
    },
    /// Status 429.
    TooManyRequests {
        /// How it says when to come again.
        hint: RetryAfterHint,
        /// After how many seconds.
        #[serde(default)]
        seconds: u64,
        /// Before or after the call had its effect.
        #[serde(default)]
        stage: FaultStage,
    },
}

fn plain_text() -> String {
    "text/plain".to_owned()
}

/// Whether a call has its effect all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FaultStage {
    /// The fault comes first, and the call has none.
    #[default]
    #[serde(rename = "before")]
    BeforeHandler,
    /// The call had its effect, and only its answer is lost.
    #[serde(rename = "after")]
    AfterHandler,
}

/// How a rejection says when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfterHint {
    /// `Retry-After` with seconds.
    RetryAfterSeconds,
    /// `Retry-After` with a date.
    RetryAfterDate,
    /// `RateLimit-Reset`.
    RateLimitReset,
    /// It does not say.
    None,
}

impl Fault {
    /// One of every kind, at every stage and with every hint, none of which takes long.
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

    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Status { status, .. } if !(200..=599).contains(status) => {
                Err(format!("`status` is {status}: give one from 200 to 599"))
            }
            Self::Redirect { location } if HeaderValue::from_str(location).is_err() => {
                Err("`location` holds a character that a header can't carry".to_owned())
            }
            Self::SlowDrip { pieces: 0, .. } => Err("`pieces` is 0: give at least 1".to_owned()),
            _ => Ok(()),
        }
    }

    /// Whether the call is served.
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
