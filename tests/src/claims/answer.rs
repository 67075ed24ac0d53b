use std::sync::LazyLock;

use api_runtime::{DriftMonitor, RetryPolicy};
use arbitrary::{Result, Unstructured};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::APIS;
use crate::case::{AnyClient, ApiCases, BodyCase, ClientSettings, Failure, at, bundle, on_the_wire};
use crate::mutation::{MARKER, encode, mutate};
use crate::recorder::{Recorder, Reply};

/// Body case and its examples in the bundle.
struct Known {
    case: &'static BodyCase,
    examples: Vec<Value>,
}

static BODIES: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let known = |cases: &&'static ApiCases| {
        let bundle = bundle(cases.bundle);
        let examples = move |case: &BodyCase| case.examples.iter().map(|e| at(&bundle, e.pointer).clone()).collect();
        cases.bodies.iter().map(move |case| Known { case, examples: examples(case) })
    };
    APIS.iter().flat_map(known).collect()
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
    apis: Vec<Vendor>,
    monitor: DriftMonitor,
}

/// An API with its client and its bundle.
struct Vendor {
    cases: &'static ApiCases,
    client: AnyClient,
    bundle: Value,
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
        let monitor = DriftMonitor::default().sample_every(1);
        let retry = RetryPolicy::never();
        let settings = ClientSettings { retry, monitor: Some(monitor.clone()), ..ClientSettings::at(server.url()) };
        let vendor = |cases: &&'static ApiCases| Vendor {
            cases,
            client: (cases.client)(&settings),
            bundle: bundle(cases.bundle),
        };
        let apis = APIS.iter().map(vendor).collect();
        Self { runtime, server, apis, monitor }
    }

    /// Claims that every response to a call gives a value, or an error that keeps the response and prints none of it.
    ///
    /// # Errors
    ///
    /// As [`body`].
    pub fn answer(&self, bytes: &[u8]) -> Result<()> {
        let mut bytes = Unstructured::new(bytes);
        let Vendor { cases, client, bundle } = bytes.choose(&self.apis)?;
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
        let answered = odd_body(bytes.choose(&answers)?, &mut bytes)?;
        reply.body = answered.clone().into();
        self.server.reply(reply);

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
