use std::sync::LazyLock;
use std::time::Duration;

use api_runtime::{DriftMonitor, RetryPolicy};
use arbitrary::{Result, Unstructured};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::case::{ApiCases, BodyCase, Failure, at, bundle, on_the_wire};
use crate::mutation::{MARKER, encode, mutate};
use crate::recorder::{Recorder, Reply};
use crate::{dialog360, zapsign};

/// Body case and its examples in the bundle.
struct Known {
    case: &'static BodyCase,
    examples: Vec<Value>,
}

static BODIES: LazyLock<Vec<Known>> = LazyLock::new(|| {
    fn known<C>(cases: &'static ApiCases<C>) -> impl Iterator<Item = Known> {
        let bundle = bundle(cases.bundle);
        let examples = move |case: &BodyCase| case.examples.iter().map(|e| at(&bundle, e.pointer).clone()).collect();
        cases.bodies.iter().map(move |case| Known { case, examples: examples(case) })
    }
    known(&dialog360::CASES).chain(known(&zapsign::CASES)).collect()
});

/// Returns a body of any type: a mutated and broken example, or the bytes themselves.
fn odd_body(known: &Known, bytes: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if known.examples.is_empty() || bytes.ratio(1, 8)? {
        return Ok(bytes.bytes(bytes.len())?.to_vec());
    }
    let mut value = bytes.choose(&known.examples)?.clone();
    for _ in 0..bytes.int_in_range(0..=4)? {
        mutate(&mut value, bytes)?;
    }
    encode(&value, bytes)
}

/// Claims that a body of any type that decodes encodes to a body that decodes to the same value.
///
/// # Errors
///
/// None for lack of bytes: missing bytes count as zeros.
pub fn body(bytes: &[u8]) -> Result<()> {
    let mut bytes = Unstructured::new(bytes);
    let known = bytes.choose(&BODIES)?;
    let body = odd_body(known, &mut bytes)?;
    let case = known.case;
    if let Ok(decoded) = (case.recode)(&body) {
        let encoded = match (&decoded, case.is_text()) {
            (Value::String(text), true) => text.clone().into_bytes(),
            _ => on_the_wire("application/json", &decoded),
        };
        let again = (case.recode)(&encoded);
        assert_eq!(again, Ok(decoded), "{} {:?} {:?}", case.operation, case.kind, case.status);
    }
    Ok(())
}

/// Server that responds with anything, and a client of each API.
pub struct Vendors {
    runtime: Runtime,
    server: Recorder,
    dialog360: dialog360_api::Client,
    zapsign: zapsign_api::Client,
    monitor: DriftMonitor,
}

const STATUSES: [u16; 12] = [200, 201, 202, 299, 301, 400, 401, 404, 418, 429, 500, 503];
const HEADERS: [&str; 6] =
    ["content-type", "retry-after", "ratelimit-limit", "ratelimit-reset", "ratelimit-policy", "x-anything"];
/// Upper bound of an error's text, shorter than the bodies, in bytes.
const LONGEST_TEXT: usize = 16 * 1024;

impl Vendors {
    /// Starts the server.
    pub fn start() -> Self {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("no runtime: {error}"),
        };
        let server = runtime.block_on(Recorder::start(Reply::new(200, "", "")));
        let (url, time) = (server.url(), Duration::from_secs(60));
        let dialog360 = dialog360_api::Client::builder().api_key("key").base_url(url).timeout(time);
        let monitor = DriftMonitor::default().sample_every(1);
        let dialog360 = dialog360.retry(RetryPolicy::never()).pacing(false).on_drift(monitor.clone()).build();
        let zapsign = zapsign_api::Client::builder().api_token("token").base_url(url).timeout(time);
        let zapsign = zapsign.retry(RetryPolicy::never()).pacing(false).on_drift(monitor.clone()).build();
        match (dialog360, zapsign) {
            (Ok(dialog360), Ok(zapsign)) => Self { runtime, server, dialog360, zapsign, monitor },
            (Err(error), _) | (_, Err(error)) => panic!("no client: {error}"),
        }
    }

    /// Claims that every response to a call gives a value, or an error that keeps the response and prints none of it.
    ///
    /// # Errors
    ///
    /// As [`body`].
    pub fn answer(&self, bytes: &[u8]) -> Result<()> {
        let mut bytes = Unstructured::new(bytes);
        if bytes.arbitrary()? {
            self.answer_of(&self.dialog360, &dialog360::CASES, &mut bytes)
        } else {
            self.answer_of(&self.zapsign, &zapsign::CASES, &mut bytes)
        }
    }

    fn answer_of<C>(&self, client: &C, cases: &'static ApiCases<C>, bytes: &mut Unstructured<'_>) -> Result<()> {
        let call = bytes.choose(cases.calls)?;
        let status = *bytes.choose(&STATUSES)?;
        let mut reply = Reply::new(status, "", "");
        for name in HEADERS {
            let value = bytes.arbitrary::<&str>()?;
            if bytes.ratio(1, 3)? && http::HeaderValue::from_str(value).is_ok() {
                reply = reply.header(name, value);
            }
        }
        let answers: Vec<&Known> = BODIES.iter().filter(|known| known.case.operation == call.operation).collect();
        let answered = odd_body(bytes.choose(&answers)?, bytes)?;
        reply.body = answered.clone().into();
        self.server.reply(reply);

        static SENT: LazyLock<[Value; 2]> =
            LazyLock::new(|| [bundle(dialog360::CASES.bundle), bundle(zapsign::CASES.bundle)]);
        let bundle = &SENT[usize::from(cases.bundle == zapsign::CASES.bundle)];
        let sent = call.body.map_or(Value::Null, |pointer| at(bundle, pointer).clone());
        let outcome: std::result::Result<_, Failure> = self.runtime.block_on((call.send)(client, &sent));
        assert_eq!(self.server.take().len(), 1, "{} {status}", call.operation);
        assert!(!format!("{:?}", self.monitor.findings()).contains(MARKER), "{} {status}", call.operation);
        let success = (200..300).contains(&status);
        match outcome {
            Ok(_) => assert!(success, "{} {status}", call.operation),
            Err(failure) => {
                let expected = if success { "decode" } else { "api" };
                let name = format!("{} {status}: {}", call.operation, failure.printed);
                assert_eq!((failure.case, failure.status), (expected, Some(status)), "{name}");
                assert_eq!(failure.body.as_deref(), Some(answered.as_slice()), "{name}");
                assert!(failure.printed.len() < LONGEST_TEXT && !failure.printed.contains(MARKER), "{name}");
            }
        }
        Ok(())
    }
}
