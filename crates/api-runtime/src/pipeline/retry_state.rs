//! What follows from an attempt: the end of the call, or another attempt.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::Attempt;
use super::config::Shared;
use crate::error::{InvalidRequest, Outcome, Reason, TransportFailure, TransportFailureKind};
use crate::rate_limit::NoTurn;
use crate::request::Call;
use crate::retry::{Came, RetryPolicy, Waits, repeatable};
use crate::time::later;

/// How far a call has come.
pub(crate) struct Progress<'c> {
    shared: &'c Shared,
    call: &'c Call,
    pub(crate) policy: &'c RetryPolicy,
    pub(crate) deadline: Instant,
    record: Record,
    attempts: u32,
    /// Whether an attempt may have reached the server.
    reached: bool,
    /// A token that the server did not take.
    pub(crate) refused: Option<u64>,
    waits: Option<Waits>,
    last: Option<Attempt>,
}

impl<'c> Progress<'c> {
    pub(crate) fn new(shared: &'c Shared, call: &'c Call, trace_id: fn(&[u8]) -> Option<String>) -> Self {
        let policy = call.options.retry().unwrap_or(&shared.retry);
        Self {
            shared,
            call,
            policy,
            deadline: later(Instant::now(), policy.total_time()),
            record: Record::new(call, trace_id),
            attempts: 0,
            reached: false,
            refused: None,
            waits: None,
            last: None,
        }
    }

    pub(crate) fn end_of_attempt(&self, start: Instant) -> Instant {
        let timeout = self.call.options.timeout().unwrap_or(self.shared.timeout);
        start.checked_add(timeout).map_or(self.deadline, |end| end.min(self.deadline))
    }

    /// What came of the call, or how long to wait before the next attempt. `refused` is the number of a token that the
    /// server did not take, where another one may help.
    pub(crate) fn after(
        &mut self,
        attempt: Attempt,
        start: Instant,
        refused: Option<u64>,
    ) -> ControlFlow<Outcome, Option<Duration>> {
        let operation = self.call.operation;
        let came = attempt.came(operation);
        let drift = &self.shared.drift;
        if let (Some(drift), None, Some(answer)) = (drift, &attempt.broken, &attempt.answer) {
            drift.answer(operation, answer);
        }
        self.attempts += 1;
        self.reached |= came != Came::NotSent;
        // The server does nothing for a token that it does not take, so any call can be sent with another one.
        if refused.is_some() {
            self.refused = refused;
            self.record.attempt(self.attempts, &attempt, start, None);
            self.last = Some(attempt);
            return ControlFlow::Continue(None);
        }
        let wait = (self.attempts < self.policy.max_attempts() && repeatable(operation, came))
            .then(|| self.wait(&attempt))
            .filter(|wait| later(Instant::now(), *wait) < self.deadline);
        self.record.attempt(self.attempts, &attempt, start, wait);
        let Some(wait) = wait else { return ControlFlow::Break(self.finish(attempt)) };
        self.last = Some(attempt);
        ControlFlow::Continue(Some(wait))
    }

    #[cold]
    fn wait(&mut self, attempt: &Attempt) -> Duration {
        let waits = self.waits.get_or_insert_with(|| self.policy.waits());
        waits.next(attempt.answer.as_ref().map(|answer| &answer.headers))
    }

    /// There is no time to wait for a turn. What an earlier attempt came to says more than that.
    #[cold]
    pub(crate) fn no_turn(mut self, no_turn: NoTurn) -> Outcome {
        match self.last.take() {
            Some(last) => self.finish(last),
            None => {
                let reason = Reason::NoTurn(no_turn);
                Outcome::InvalidRequest(Box::new(InvalidRequest { operation: self.call.operation, reason }))
            }
        }
    }

    /// The login failed. Whether the login reached the server says nothing of the call.
    #[cold]
    pub(crate) fn no_token(self, failure: Outcome) -> Outcome {
        match failure {
            Outcome::Transport(mut failure) => {
                failure.login = true;
                failure.reached = self.reached;
                Outcome::Transport(failure)
            }
            other => other,
        }
    }

    /// The time for the call ran out in the login. What an earlier attempt came to says more than that.
    #[cold]
    pub(crate) fn no_time_for_token(mut self) -> Outcome {
        match self.last.take() {
            Some(last) => self.finish(last),
            None => Outcome::Transport(Box::new(TransportFailure {
                operation: self.call.operation,
                kind: TransportFailureKind::Timeout,
                reached: self.reached,
                login: true,
                attempts: self.attempts,
                answer: None,
                source: None,
            })),
        }
    }

    fn finish(&self, last: Attempt) -> Outcome {
        let (operation, attempts) = (self.call.operation, self.attempts);
        match (last.broken, last.answer) {
            (None, Some(answer)) => Outcome::Answer { operation, attempts, answer, unexplained: last.unexplained },
            (broken, answer) => {
                let (kind, source) = broken.map_or((TransportFailureKind::Interrupted, None), |broken| {
                    (broken.kind, broken.source.map(Arc::new))
                });
                let reached = self.reached;
                let failure = TransportFailure { operation, kind, reached, login: false, attempts, answer, source };
                Outcome::Transport(Box::new(failure))
            }
        }
    }
}

#[cfg(feature = "tracing")]
struct Record {
    span: tracing::Span,
    trace_id: fn(&[u8]) -> Option<String>,
}

#[cfg(feature = "tracing")]
impl Record {
    fn new(call: &Call, trace_id: fn(&[u8]) -> Option<String>) -> Self {
        Self { span: super::telemetry::span(call.operation, &call.method), trace_id }
    }

    fn attempt(&mut self, number: u32, outcome: &Attempt, start: Instant, wait: Option<Duration>) {
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
        let failure = outcome.broken.as_ref().map(|broken| broken.kind.name());
        super::telemetry::attempt(&self.span, number, status, trace_id, failure, start.elapsed(), wait);
    }
}

#[cfg(not(feature = "tracing"))]
struct Record;

#[cfg(not(feature = "tracing"))]
impl Record {
    fn new(_: &Call, _: fn(&[u8]) -> Option<String>) -> Self {
        Self
    }

    fn attempt(&mut self, _: u32, _: &Attempt, _: Instant, _: Option<Duration>) {}
}
