//! Decision after each attempt: the result of the request, or another attempt.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::AttemptResult;
use super::call_recorder::CallRecorder;
use super::config::PipelineConfig;
use crate::error::{CallOutcome, InvalidRequest, InvalidRequestKind, TransportError, TransportErrorKind};
use crate::rate_limit::{NoSlot, WaitLimit};
use crate::request::RequestBuilder;
use crate::retry::{AttemptOutcome, Backoff, RetryPolicy, is_retryable, may_have_taken_effect};
use crate::time::saturating_add;

/// Time between the request for an attempt's rate limit slots and its sending, for which they are held. A login or a store that
/// takes longer makes the call take them again, for twice the time.
const TIME_TO_SEND: Duration = Duration::from_secs(1);

/// State of one call's retry loop: attempts made, deadline, backoff, and the last result, which is returned when the
/// deadline passes.
pub(crate) struct RetryState<'c> {
    config: &'c PipelineConfig,
    request: &'c RequestBuilder,
    pub(crate) policy: &'c RetryPolicy,
    /// End of the call's time limit.
    pub(crate) deadline: Instant,
    max_wait: Option<Duration>,
    /// Latest start of the next attempt.
    pub(crate) wait_limit: WaitLimit,
    time_to_send: Duration,
    pub(crate) recorder: CallRecorder,
    /// Number of attempts made.
    attempts: u32,
    /// `true` as soon as any attempt may have reached the server.
    may_have_reached_server: bool,
    /// `true` as soon as the server may have acted on any attempt.
    may_have_taken_effect: bool,
    /// Generation of the access token that the server rejected in this request.
    pub(crate) rejected_token: Option<u64>,
    backoff: Option<Backoff>,
    last_attempt: Option<AttemptResult>,
}

impl<'c> RetryState<'c> {
    pub(crate) fn new(
        config: &'c PipelineConfig,
        request: &'c RequestBuilder,
        trace_id: fn(&[u8]) -> Option<String>,
    ) -> Self {
        let options = &request.options;
        let policy = options.retry().unwrap_or(&config.retry);
        let max_wait = options.max_wait().or(config.max_wait);
        let now = Instant::now();
        let deadline = saturating_add(now, options.time_limit().unwrap_or(config.time_limit));
        Self {
            config,
            request,
            policy,
            deadline,
            max_wait,
            wait_limit: WaitLimit::new(now, max_wait, deadline),
            time_to_send: TIME_TO_SEND,
            recorder: CallRecorder::new(config, request, trace_id),
            attempts: 0,
            may_have_reached_server: false,
            may_have_taken_effect: false,
            rejected_token: None,
            backoff: None,
            last_attempt: None,
        }
    }

    /// Returns the end of an attempt that begins at `start`: after the attempt timeout, but no later than the call's
    /// deadline.
    pub(crate) fn attempt_deadline(&self, start: Instant) -> Instant {
        let timeout = self.request.options.attempt_timeout().unwrap_or(self.config.attempt_timeout);
        start.checked_add(timeout).map_or(self.deadline, |end| end.min(self.deadline))
    }

    /// Returns the lease of an attempt's rate limit slots: the time from now by which the attempt has surely ended.
    pub(crate) fn lease(&self) -> Duration {
        let now = Instant::now();
        self.attempt_deadline(now).saturating_duration_since(now).saturating_add(self.time_to_send)
    }

    /// Records that the lease of an attempt's slots was over before it could be sent. The next ones have a longer lease, so that
    /// a store or a machine that is always that slow delays calls, but does not stop them.
    #[cold]
    pub(crate) fn on_late_send(&mut self) {
        self.time_to_send = self.time_to_send.saturating_mul(2);
    }

    /// Records an attempt. Returns the outcome of the request, or the delay before the next attempt, `None` for none.
    /// `rejected` is the generation of the attempt's access token if the server rejected it and a new token may be
    /// accepted.
    pub(crate) fn on_attempt(
        &mut self,
        attempt: AttemptResult,
        start: Instant,
        rejected: Option<u64>,
    ) -> ControlFlow<CallOutcome, Option<Duration>> {
        let operation = self.request.operation;
        let outcome = attempt.outcome(operation);
        let drift = &self.config.drift;
        if let (Some(drift), None, Some(response)) = (drift, &attempt.error, &attempt.response) {
            drift.response(operation, response);
        }
        let now = Instant::now();
        self.wait_limit = WaitLimit::new(now, self.max_wait, self.deadline);
        self.attempts += 1;
        self.may_have_reached_server |= outcome != AttemptOutcome::NotSent;
        self.may_have_taken_effect |= rejected.is_none() && may_have_taken_effect(operation, outcome);
        // The server does not act on a request whose token it rejects, so a call that is not idempotent is repeated,
        // too.
        if rejected.is_some() {
            self.rejected_token = rejected;
            self.recorder.attempt(self.attempts, &attempt, start, Some(Duration::ZERO));
            self.last_attempt = Some(attempt);
            return ControlFlow::Continue(None);
        }
        let delay = (self.attempts < self.policy.max_attempts && is_retryable(operation, outcome))
            .then(|| self.next_delay(&attempt))
            .filter(|delay| {
                let end = saturating_add(now, *delay);
                end < self.deadline && self.wait_limit.allows(end)
            });
        self.recorder.attempt(self.attempts, &attempt, start, delay);
        let Some(delay) = delay else { return ControlFlow::Break(self.finish(attempt)) };
        self.last_attempt = Some(attempt);
        ControlFlow::Continue(Some(delay))
    }

    /// Returns the delay before the next attempt.
    #[cold]
    fn next_delay(&mut self, attempt: &AttemptResult) -> Duration {
        let backoff = self.backoff.get_or_insert_with(|| self.policy.backoff());
        backoff.next(attempt.response.as_deref())
    }

    /// Returns the outcome of a call that gets no rate limit slot: the last attempt's result, which tells more, or an error
    /// that nothing was sent.
    #[cold]
    pub(crate) fn on_no_slot(self, error: NoSlot) -> CallOutcome {
        self.on_not_sent(match error {
            NoSlot::Deadline(exceeded) => InvalidRequestKind::RateLimitDeadline(exceeded),
            NoSlot::Store(error) => InvalidRequestKind::RateLimitStore(error),
        })
    }

    /// Returns the outcome of a call whose next attempt may not be sent: the last attempt's result, which tells more, or an
    /// error that nothing was sent.
    #[cold]
    pub(crate) fn on_not_sent(mut self, kind: InvalidRequestKind) -> CallOutcome {
        match self.last_attempt.take() {
            Some(last) => self.finish(last),
            None => CallOutcome::InvalidRequest(Box::new(InvalidRequest { operation: self.request.operation, kind })),
        }
    }

    /// Returns the outcome of a call whose login failed. Whether the server may have received the request is told for
    /// the call itself: the login may have arrived although the call was not sent.
    #[cold]
    pub(crate) fn on_token_error(self, failure: CallOutcome) -> CallOutcome {
        match failure {
            CallOutcome::Transport(mut failure) => {
                failure.login = true;
                failure.reached = self.may_have_reached_server;
                CallOutcome::Transport(failure)
            }
            other => other,
        }
    }

    /// Returns the outcome of a call whose deadline passed in the login: the last attempt's result, which tells more,
    /// or a timeout of the login.
    #[cold]
    pub(crate) fn on_token_deadline(mut self) -> CallOutcome {
        match self.last_attempt.take() {
            Some(last) => self.finish(last),
            None => CallOutcome::Transport(Box::new(TransportError {
                operation: self.request.operation,
                kind: TransportErrorKind::Timeout,
                reached: self.may_have_reached_server,
                login: true,
                attempts: self.attempts,
                response: None,
                source: None,
            })),
        }
    }

    /// Converts the last attempt to the outcome of the request.
    fn finish(&self, last: AttemptResult) -> CallOutcome {
        let (operation, attempts) = (self.request.operation, self.attempts);
        match (last.error, last.response) {
            (None, Some(response)) => {
                let (unexplained, may_have_taken_effect) = (last.unexplained, self.may_have_taken_effect);
                CallOutcome::Response { operation, attempts, response, unexplained, may_have_taken_effect }
            }
            (error, response) => {
                let (kind, source) = error
                    .map_or((TransportErrorKind::NoResponse, None), |error| (error.kind, error.source.map(Arc::new)));
                let reached = self.may_have_reached_server;
                let failure = TransportError { operation, kind, reached, login: false, attempts, response, source };
                CallOutcome::Transport(Box::new(failure))
            }
        }
    }
}
