//! Calls of a process, and their way to the vendor.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use api_runtime::testing::{RecordedRequest, ReplayTransport, Reply};
use api_runtime::{Error, ErrorBody, Pipeline, TransportErrorKind};
use fastrand::Rng;
use tokio::task_local;
use tokio::time::Instant;

use crate::load::{INVITE, LIST_SHIPS, PlannedCall};
use crate::shared_state::SharedState;

/// Time for one attempt.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for a call.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(300);
/// Longest wait of a call that is not worth a long one.
const HURRIED: Duration = Duration::from_secs(20);

task_local! {
    /// Call of this task.
    static CURRENT: CurrentCall;
}

struct CurrentCall {
    account: u32,
    deadline: Instant,
    /// Time of its first attempt.
    first_attempt: Cell<Option<Instant>>,
}

/// Returns the account of the call of this task.
pub(crate) fn current_account() -> u32 {
    CURRENT.with(|call| call.account)
}

/// Error body that no answer has.
#[derive(Debug)]
struct NoErrorBody;

impl ErrorBody for NoErrorBody {
    fn decode(_: &[u8]) -> Self {
        Self
    }
}

/// Makes a call and counts it. Returns `false` if it was refused.
pub(crate) async fn call(state: &SharedState, client: &Pipeline, planned: PlannedCall) -> bool {
    state.statistics().calls += 1;
    let mut request = match planned.email {
        Some(_) => client.request(&INVITE),
        None => client.request(&LIST_SHIPS),
    };
    request.path("account", &planned.account.to_string());
    if let Some(email) = planned.email {
        request.path("email", &email.to_string());
    }
    if planned.hurried {
        let mut options = api_runtime::CallOptions::default();
        options.set_max_wait(HURRIED);
        request.options(options);
    }
    let start = Instant::now();
    let current =
        CurrentCall { account: planned.account, deadline: start + TIME_LIMIT, first_attempt: Cell::new(None) };
    let sending = async {
        let outcome = client.send::<NoErrorBody>(&mut request).await;
        (outcome, CURRENT.with(|call| call.first_attempt.get()))
    };
    let (outcome, first_attempt) = CURRENT.scope(current, sending).await;
    let mut statistics = state.statistics();
    if let Some(first_attempt) = first_attempt {
        statistics.wait(planned.account, first_attempt - start);
    }
    match outcome {
        Ok(_) => true,
        Err(Error::InvalidRequest(_)) => {
            statistics.refused += 1;
            false
        }
        Err(Error::Transport(failure)) if failure.kind() == TransportErrorKind::Timeout => true,
        Err(error) => panic!("the simulated vendor answers all requests: {error}"),
    }
}

/// Creates the transport of a process, which tells the vendor of each attempt.
pub(crate) fn transport(state: Arc<SharedState>, process: u32) -> ReplayTransport {
    ReplayTransport::default().respond_with(move |request| arrive(&state, process, request))
}

/// Sends an attempt to the vendor. It arrives between now and its reply, or its timeout.
fn arrive(state: &SharedState, process: u32, request: &RecordedRequest) -> Reply {
    let now = Instant::now();
    let time = CURRENT.with(|call| {
        call.first_attempt.set(call.first_attempt.get().or(Some(now)));
        ATTEMPT_TIMEOUT.min(call.deadline - now)
    });
    let mut numbers = request.path.split('/').filter_map(|segment| segment.parse::<u32>().ok());
    let Some(account) = numbers.next() else { panic!("{} names no account", request.path) };
    let (duration, arrival) = {
        let mut rng = state.rng();
        let duration = draw_duration(&mut rng);
        (duration, duration.min(time).mul_f64(rng.f64()))
    };
    state.vendor().log(account, numbers.next(), now + arrival);
    state.statistics().attempt(account, process);
    Reply::new(200, "").after(duration)
}

/// Draws the duration of an attempt: 20 to 400 ms, and once in a hundred times up to a tenth more than its timeout.
fn draw_duration(rng: &mut Rng) -> Duration {
    let milliseconds = if rng.u32(0..100) == 0 { rng.u64(400..=66_000) } else { rng.u64(20..=400) };
    Duration::from_millis(milliseconds)
}
