//! What follows from an attempt: the end of the call, or another attempt.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::AttemptResult;
use super::config::PipelineConfig;
use crate::error::{CallOutcome, InvalidRequest, InvalidRequestKind, TransportFailure, TransportFailureKind};
use crate::rate_limit::DeadlineExceeded;
use crate::request::Call;
use crate::retry::{AttemptOutcome, Backoff, RetryPolicy, is_retryable};
use crate::time::saturating_add;

/// How far a call has come.
pub(crate) struct RetryState<'c> {
    config: &'c PipelineConfig,
    call: &'c Call,
    pub(crate) policy: &'c RetryPolicy,
    pub(crate) deadline: Instant,
    recorder: AttemptRecorder,
    attempts: u32,
    /// Whether an attempt may have reached the server.
    may_have_reached_server: bool,
    /// A token that the server did not take.
    pub(crate) rejected_token: Option<u64>,
    backoff: Option<Backoff>,
    last_attempt: Option<AttemptResult>,
}

impl<'c> RetryState<'c> {
    pub(crate) fn new(config: &'c PipelineConfig, call: &'c Call, trace_id: fn(&[u8]) -> Option<String>) -> Self {
        let policy = call.options.retry().unwrap_or(&config.retry);
        Self {
            config,
            call,
            policy,
            deadline: saturating_add(Instant::now(), policy.time_limit),
            recorder: AttemptRecorder::new(call, trace_id),
            attempts: 0,
            may_have_reached_server: false,
            rejected_token: None,
            backoff: None,
            last_attempt: None,
        }
    }

    pub(crate) fn attempt_deadline(&self, start: Instant) -> Instant {
        let timeout = self.call.options.timeout().unwrap_or(self.config.timeout);
        start.checked_add(timeout).map_or(self.deadline, |end| end.min(self.deadline))
    }

    /// What outcome of the call, or how long to wait before the next attempt. `refused` is the number of a token that the
    /// server did not take, where another one may help.
    pub(crate) fn on_attempt(
        &mut self,
        attempt: AttemptResult,
        start: Instant,
        refused: Option<u64>,
    ) -> ControlFlow<CallOutcome, Option<Duration>> {
        let operation = self.call.operation;
        let outcome = attempt.outcome(operation);
        let drift = &self.config.drift;
        if let (Some(drift), None, Some(answer)) = (drift, &attempt.error, &attempt.answer) {
            drift.answer(operation, answer);
        }
        self.attempts += 1;
        self.may_have_reached_server |= outcome != AttemptOutcome::NotSent;
        // The server does nothing for a token that it does not take, so any call can be sent with another one.
        if refused.is_some() {
            self.rejected_token = refused;
            self.recorder.attempt(self.attempts, &attempt, start, None);
            self.last_attempt = Some(attempt);
            return ControlFlow::Continue(None);
        }
        let wait = (self.attempts < self.policy.max_attempts && is_retryable(operation, outcome))
            .then(|| self.wait(&attempt))
            .filter(|wait| saturating_add(Instant::now(), *wait) < self.deadline);
        self.recorder.attempt(self.attempts, &attempt, start, wait);
        let Some(wait) = wait else { return ControlFlow::Break(self.finish(attempt)) };
        self.last_attempt = Some(attempt);
        ControlFlow::Continue(Some(wait))
    }

    #[cold]
    fn wait(&mut self, attempt: &AttemptResult) -> Duration {
        let backoff = self.backoff.get_or_insert_with(|| self.policy.backoff());
        backoff.next(attempt.answer.as_ref().map(|answer| &answer.headers))
    }

    /// There is no time to wait for a turn. What an earlier attempt outcome to says more than that.
    #[cold]
    pub(crate) fn on_rate_limit_deadline(mut self, error: DeadlineExceeded) -> CallOutcome {
        match self.last_attempt.take() {
            Some(last) => self.finish(last),
            None => {
                let kind = InvalidRequestKind::RateLimitDeadline(error);
                CallOutcome::InvalidRequest(Box::new(InvalidRequest { operation: self.call.operation, kind }))
            }
        }
    }

    /// The login failed. Whether the login reached the server says nothing of the call.
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

    /// The time for the call ran out in the login. What an earlier attempt outcome to says more than that.
    #[cold]
    pub(crate) fn on_token_deadline(mut self) -> CallOutcome {
        match self.last_attempt.take() {
            Some(last) => self.finish(last),
            None => CallOutcome::Transport(Box::new(TransportFailure {
                operation: self.call.operation,
                kind: TransportFailureKind::Timeout,
                reached: self.may_have_reached_server,
                login: true,
                attempts: self.attempts,
                answer: None,
                source: None,
            })),
        }
    }

    fn finish(&self, last: AttemptResult) -> CallOutcome {
        let (operation, attempts) = (self.call.operation, self.attempts);
        match (last.error, last.answer) {
            (None, Some(answer)) => {
                CallOutcome::Response { operation, attempts, answer, unexplained: last.unexplained }
            }
            (broken, answer) => {
                let (kind, source) = broken.map_or((TransportFailureKind::Interrupted, None), |broken| {
                    (broken.kind, broken.source.map(Arc::new))
                });
                let reached = self.may_have_reached_server;
                let failure = TransportFailure { operation, kind, reached, login: false, attempts, answer, source };
                CallOutcome::Transport(Box::new(failure))
            }
        }
    }
}

#[cfg(feature = "tracing")]
struct AttemptRecorder {
    span: tracing::Span,
    trace_id: fn(&[u8]) -> Option<String>,
}

#[cfg(feature = "tracing")]
impl AttemptRecorder {
    fn new(call: &Call, trace_id: fn(&[u8]) -> Option<String>) -> Self {
        Self { span: super::telemetry::span(call.operation, &call.method), trace_id }
    }

    fn attempt(&mut self, number: u32, outcome: &AttemptResult, start: Instant, wait: Option<Duration>) {
        if outcome.unexplained {
            super::telemetry::unexplained(&self.span);
        }
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let status = outcome.answer.as_ref().map(|answer| answer.status);
        let refused = outcome.answer.as_ref().filter(|answer| !answer.status.is_success());
        let trace_id = refused.and_then(|answer| (self.trace_id)(&answer.body));
        let trace_id = trace_id.as_deref().filter(|id| crate::error::is_trace_id(id));
        let failure = outcome.error.as_ref().map(|broken| broken.kind.name());
        super::telemetry::attempt(&self.span, number, status, trace_id, failure, start.elapsed(), wait);
    }
}

#[cfg(not(feature = "tracing"))]
struct AttemptRecorder;

#[cfg(not(feature = "tracing"))]
impl AttemptRecorder {
    fn new(_: &Call, _: fn(&[u8]) -> Option<String>) -> Self {
        Self
    }

    fn attempt(&mut self, _: u32, _: &AttemptResult, _: Instant, _: Option<Duration>) {}
}
