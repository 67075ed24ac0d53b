//! Faults on demand: what goes wrong, when, and how often.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use fastrand::Rng;
use futures_util::stream;
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, LOCATION};
use serde::{Deserialize, Serialize};

use crate::Api;
use crate::ids::mix;
use crate::spec::{Bundle, Reply};

/// How long the first half of a cut body has to leave before the connection goes.
const FLUSH: Duration = Duration::from_millis(2);

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
        #[serde(default = "plain")]
        media_type: String,
        /// Before or after the call had its effect.
        #[serde(default)]
        moment: Moment,
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
        moment: Moment,
    },
    /// The call has its effect, and the connection goes in the middle of the answer's body.
    CutBody,
    /// The call has its effect, and the body of its answer is no JSON.
    Garbage,
    /// A page of something between client and server, with status 200.
    Html {
        /// Before or after the call had its effect.
        #[serde(default)]
        moment: Moment,
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
        hint: Hint,
        /// After how many seconds.
        #[serde(default)]
        seconds: u64,
        /// Before or after the call had its effect.
        #[serde(default)]
        moment: Moment,
    },
}

fn plain() -> String {
    "text/plain".to_owned()
}

/// Whether a call has its effect all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The fault comes first, and the call has none.
    #[default]
    Before,
    /// The call had its effect, and only its answer is lost.
    After,
}

/// How a refusal says when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// `Retry-After` with seconds.
    RetryAfterSeconds,
    /// `Retry-After` with a date.
    RetryAfterDate,
    /// `RateLimit-Reset`.
    RateLimitReset,
    /// It does not say.
    None,
}

/// Which calls a fault is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// The faults; one is drawn if there are more.
    pub faults: Vec<Fault>,
    /// Only calls of this operation; calls of all unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How often.
    #[serde(flatten)]
    pub often: Often,
}

/// How often a fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Often {
    /// With the next so many calls.
    Next(u32),
    /// With a call in so many, from 0 to 1. The sandbox's seed decides with which: the same call, sent for the same time,
    /// always meets the same fault.
    Probability(f64),
}

impl FaultRule {
    /// A fault for the next so many calls.
    #[must_use]
    pub fn next(times: u32, fault: Fault) -> Self {
        Self { faults: vec![fault], operation: None, often: Often::Next(times) }
    }

    /// Faults that come by chance.
    #[must_use]
    pub fn by_chance(probability: f64, faults: Vec<Fault>) -> Self {
        Self { faults, operation: None, often: Often::Probability(probability) }
    }

    /// Checks that the rule can be followed.
    ///
    /// # Errors
    ///
    /// If it names no fault, a status or address that can't be sent, a chance that is none, or no known operation.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.faults.is_empty() {
            return Err("`faults` is empty: name at least one".to_owned());
        }
        if let Often::Probability(chance) = self.often
            && !(0.0..=1.0).contains(&chance)
        {
            return Err(format!("`probability` is {chance}: give a number from 0 to 1"));
        }
        if let Some(operation) = self.operation.as_deref()
            && [Api::Dialog360, Api::Zapsign].iter().all(|api| Bundle::of(*api).operation(operation).is_none())
        {
            return Err(format!("there is no operation `{operation}`; specs/ names those that there are"));
        }
        self.faults.iter().try_for_each(Fault::check)
    }

    /// Only with calls of this operation, as the bundle names it.
    #[must_use]
    pub fn of(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }
}

impl Fault {
    /// One of every kind, at every moment and with every hint, none of which takes long.
    pub fn every_kind() -> Vec<Self> {
        let mut all = vec![
            Self::Delay { milliseconds: 20 },
            Self::CutBody,
            Self::Garbage,
            Self::Redirect { location: "http://localhost:9/elsewhere".to_owned() },
            Self::SlowDrip { milliseconds: 1, pieces: 8 },
        ];
        for moment in [Moment::Before, Moment::After] {
            let body = "the sandbox was told to answer so".to_owned();
            let status = |status| Self::Status { status, body: body.clone(), media_type: plain(), moment };
            all.extend([500, 502, 503, 504].map(status));
            all.extend([Self::Reset { moment }, Self::Html { moment }]);
            all.extend(
                [Hint::RetryAfterSeconds, Hint::RetryAfterDate, Hint::RateLimitReset, Hint::None]
                    .map(|hint| Self::TooManyRequests { hint, seconds: 0, moment }),
            );
        }
        all
    }

    fn check(&self) -> Result<(), String> {
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
    pub(crate) fn lets_through(&self) -> bool {
        match self {
            Self::Delay { .. } | Self::CutBody | Self::Garbage | Self::SlowDrip { .. } => true,
            Self::Redirect { .. } => false,
            Self::Status { moment, .. }
            | Self::Reset { moment }
            | Self::Html { moment }
            | Self::TooManyRequests { moment, .. } => *moment == Moment::After,
        }
    }

    /// What comes back, if anything does. `served` is the answer of a call that was let through.
    pub(crate) fn apply(&self, served: Option<Reply>) -> Option<Response> {
        let served = served.unwrap_or_else(|| Reply::new(200, "", Bytes::new()));
        let reply = match self {
            Self::Delay { .. } => served,
            Self::Reset { .. } => return None,
            Self::Status { status, body, media_type, .. } => Reply::new(*status, media_type, body.clone()),
            Self::Garbage => Reply { body: Bytes::from_static(b"\xff\xfe{\"half\": \x00"), ..served },
            Self::Html { .. } => Reply::new(200, "text/html", "<html><body>Sign in to this network</body></html>"),
            Self::Redirect { location } => {
                let mut reply = Reply::new(302, "", Bytes::new());
                reply.headers.extend(HeaderValue::from_str(location).ok().map(|location| (LOCATION, location)));
                reply
            }
            Self::TooManyRequests { hint, seconds, .. } => {
                let reply = Reply::new(429, "", Bytes::new());
                match hint {
                    Hint::RetryAfterSeconds => reply.header("retry-after", seconds),
                    Hint::RetryAfterDate => {
                        let now = SystemTime::now();
                        let then = httpdate::fmt_http_date(now + Duration::from_secs(*seconds));
                        reply.header("retry-after", then).header("date", httpdate::fmt_http_date(now))
                    }
                    Hint::RateLimitReset => reply.header("ratelimit-reset", seconds),
                    Hint::None => reply,
                }
            }
            Self::CutBody => return Some(cut(served)),
            Self::SlowDrip { milliseconds, pieces } => return Some(drip(served, *milliseconds, *pieces)),
        };
        Some(reply.into())
    }
}

/// The whole length is announced, half of it comes, and the connection ends.
fn cut(served: Reply) -> Response {
    let whole = served.body.clone();
    let half = whole.slice(..whole.len() / 2);
    let pieces = stream::unfold(Some(half), |half| async {
        match half {
            Some(half) if !half.is_empty() => Some((Ok(half), None)),
            _ => {
                // The server writes what it has while it waits for more.
                tokio::time::sleep(FLUSH).await;
                Some((Err(std::io::Error::other("cut by a fault")), None))
            }
        }
    });
    // A body that is empty has nothing to cut, so it announces what never comes.
    announced(served, Body::from_stream(pieces), whole.len().max(1))
}

fn drip(served: Reply, milliseconds: u64, pieces: u32) -> Response {
    let whole = served.body.clone();
    let size = whole.len().div_ceil(pieces.max(1) as usize).max(1);
    let pieces = stream::unfold(whole.clone(), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, std::io::Error>(piece), rest))
    });
    announced(served, Body::from_stream(pieces), whole.len())
}

fn announced(served: Reply, body: Body, length: usize) -> Response {
    let mut response: Response = served.into();
    *response.body_mut() = body;
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// The faults that are to come.
pub(crate) struct Plan {
    seed: u64,
    rules: Vec<FaultRule>,
    /// How often each call was sent, as far as rules by chance are concerned.
    times: HashMap<u64, u64>,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, rules: Vec::new(), times: HashMap::new() }
    }

    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.times.clear();
    }

    /// The fault that this call meets. `call` is what makes it the same call when it comes again.
    pub(crate) fn draw(&mut self, operation: &str, call: u64) -> Option<Fault> {
        let times = if self.rules.iter().any(|rule| matches!(rule.often, Often::Probability(_))) {
            let times = self.times.entry(call).or_default();
            *times += 1;
            *times
        } else {
            0
        };
        let concerned = self.rules.iter().position(|rule| {
            rule.operation.as_deref().is_none_or(|only| only == operation)
                && match rule.often {
                    Often::Next(times) => times > 0,
                    Often::Probability(chance) => Rng::with_seed(mix(self.seed, (call, times))).f64() < chance,
                }
        })?;
        let rule = &mut self.rules[concerned];
        let fault = match rule.faults.len() {
            0 => None,
            1 => rule.faults.first().cloned(),
            several => {
                let index = Rng::with_seed(mix(self.seed, (times, call))).usize(..several);
                rule.faults.get(index).cloned()
            }
        };
        if let Often::Next(times) = &mut rule.often {
            *times -= 1;
            if *times == 0 {
                self.rules.remove(concerned);
            }
        }
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_calls_of_an_operation_meet_it_and_no_others() {
        let mut plan = Plan::new(1);
        plan.add(FaultRule::next(2, Fault::CutBody).of("create_client"));
        let drawn: Vec<bool> = ["list_clients", "create_client", "create_client", "create_client"]
            .map(|id| plan.draw(id, 0).is_some())
            .into();
        assert_eq!(drawn, [false, true, true, false]);
    }

    #[test]
    fn chance_depends_on_the_seed_and_the_call_and_not_on_the_order() {
        let draw = |seed, calls: &mut dyn Iterator<Item = u64>| -> HashMap<u64, Option<Fault>> {
            let mut plan = Plan::new(seed);
            plan.add(FaultRule::by_chance(0.3, Fault::every_kind()));
            calls.map(|call| (call, plan.draw("x", call))).collect()
        };
        let forwards = draw(7, &mut (0..2000));
        assert_eq!(forwards, draw(7, &mut (0..2000).rev()));
        assert_ne!(forwards, draw(8, &mut (0..2000)));
        let met: Vec<&Fault> = forwards.values().flatten().collect();
        assert!((500..700).contains(&met.len()), "{}", met.len());
        for kind in Fault::every_kind() {
            assert!(met.contains(&&kind), "{kind:?} never came");
        }
    }

    #[test]
    fn a_rule_is_written_as_json() {
        let text = r#"{"faults":[{"kind":"reset","moment":"after"}],"operation":"onboard_number","next":3}"#;
        let rule: FaultRule = serde_json::from_str(text).expect("a rule");
        assert_eq!(rule, FaultRule::next(3, Fault::Reset { moment: Moment::After }).of("onboard_number"));
        assert_eq!(serde_json::to_string(&rule).expect("json"), text);
        let rule: FaultRule =
            serde_json::from_str(r#"{"faults":[{"kind":"too_many_requests","hint":"none"}],"probability":0.5}"#)
                .expect("a rule");
        assert_eq!(rule.often, Often::Probability(0.5));
    }
}
