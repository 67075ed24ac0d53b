//! Access tokens that are got with a login, and renewed: one renewal at a time, however many calls wait for it.

use std::pin::Pin;
use std::sync::PoisonError;
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::header_value::bearer_value;
use super::token_provider::{Token, TokenSource};
use crate::error::Outcome;
use crate::operation::Operation;
use crate::request::{Call, CallOptions};
use crate::time::later;
use crate::types::Secret;
use crate::wire::Answer;

/// A token is renewed so long before it runs out, so that it does not run out on the way.
const MARGIN: Duration = Duration::from_secs(60);

/// A token is renewed after so long at the earliest, however short its life is said to be.
const SHORTEST: Duration = Duration::from_secs(10);

/// After a login that was refused, nobody logs in for so long, and twice as long each time that it is refused again: a
/// password that is wrong stays wrong, and a vendor may lock the user out.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A token that was refused although it was new is replaced after so long at the earliest.
const PAUSE: Duration = Duration::from_secs(60);

/// Sending of the requests that get a token. The client that the token is for does it.
pub(crate) trait TokenFetch: Sync {
    /// Starts a request of an operation.
    fn request(&self, operation: &'static Operation) -> Call;

    /// Sends a request that is complete.
    fn fetch<'a>(&'a self, request: &'a Call) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
}

/// Holds the token of one client.
pub struct TokenKeeper {
    source: Box<dyn TokenSource>,
    state: Mutex<State>,
    /// The latest token that was refused although it was new, and when that was.
    refused_new: std::sync::Mutex<Option<(u64, Instant)>>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// How often a token was asked for.
    asked: u64,
    failure: Option<Failure>,
}

/// A login that gave no token.
struct Failure {
    outcome: Outcome,
    /// The count of [`State::asked`] that it came with.
    number: u64,
    /// How long nobody logs in, and until when.
    pause: Duration,
    until: Instant,
}

impl Failure {
    fn new(outcome: Outcome, number: u64, before: Option<&Self>) -> Self {
        let refused = match &outcome {
            Outcome::Answer { answer, .. } => answer.status.is_client_error(),
            Outcome::NoToken { .. } => true,
            // The server may be back at any time.
            Outcome::Transport(_) | Outcome::InvalidRequest(_) => false,
        };
        let longer = before.map_or(FIRST_PAUSE, |before| (before.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE));
        let pause = if refused { longer } else { Duration::ZERO };
        Self { outcome, number, pause, until: Instant::now() + pause }
    }
}

struct Held {
    value: HeaderValue,
    refresh: Option<Secret>,
    renew_at: Option<Instant>,
    /// The count of [`State::asked`] that it came with.
    number: u64,
}

/// A token in use: what to send, and which one it is.
pub(crate) struct InUse {
    pub(crate) value: HeaderValue,
    pub(crate) number: u64,
}

impl TokenKeeper {
    pub(crate) fn new(source: impl TokenSource) -> Self {
        Self { source: Box::new(source), state: Mutex::default(), refused_new: std::sync::Mutex::default() }
    }

    /// Returns the number of the token in use if the answer refuses it and another one may help. `before` is a token of the
    /// same call that was refused: where the server refuses the new one too, the fault is not in the token, and calls would
    /// log in one after the other.
    pub(crate) fn refused(&self, answer: &Answer, number: u64, before: Option<u64>) -> Option<u64> {
        if !self.source.rejections().iter().any(|pattern| answer.matches(pattern)) {
            return None;
        }
        let now = Instant::now();
        let mut refused_new = self.refused_new.lock().unwrap_or_else(PoisonError::into_inner);
        if before.is_some() {
            *refused_new = Some((number, now));
            return None;
        }
        let in_vain = refused_new.is_some_and(|(known, since)| known == number && now < later(since, PAUSE));
        (!in_vain).then_some(number)
    }

    fn was_refused_new(&self, number: u64) -> bool {
        let refused_new = self.refused_new.lock().unwrap_or_else(PoisonError::into_inner);
        refused_new.is_some_and(|(known, _)| known == number)
    }

    /// The token for a call. `refused` is one that the server no longer takes.
    pub(crate) async fn token(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        refused: Option<u64>,
    ) -> Result<InUse, Outcome> {
        // Whoever comes while a token is being asked for shares what comes of it, the failure too.
        let (waited, mut state) = match self.state.try_lock() {
            Ok(state) => (false, state),
            Err(_) => (true, self.state.lock().await),
        };
        if let Some(held) = &state.held {
            let fresh = held.renew_at.is_none_or(|at| Instant::now() < at);
            if fresh && refused != Some(held.number) {
                return Ok(InUse { value: held.value.clone(), number: held.number });
            }
        }
        if let Some(failure) = &state.failure
            && ((waited && failure.number == state.asked) || Instant::now() < failure.until)
        {
            return Err(failure.outcome.clone());
        }
        // What gave a token that was refused at once is not asked for another. The refresh token stays where it is: this
        // call may be given up before there is an answer.
        let held = state.held.as_ref().filter(|held| !self.was_refused_new(held.number));
        let refresh = held.and_then(|held| held.refresh.clone());
        state.asked += 1;
        let number = state.asked;
        match self.ask(client, options, refresh.as_ref()).await {
            Ok((token, value)) => {
                let now = Instant::now();
                let usable = |lifetime: Duration| lifetime.saturating_sub(MARGIN).max(lifetime / 2).max(SHORTEST);
                let renew_at = token.lifetime.map(|lifetime| later(now, usable(lifetime)));
                let held = Held { value: value.clone(), refresh: token.refresh.or(refresh), renew_at, number };
                (state.held, state.failure) = (Some(held), None);
                Ok(InUse { value, number })
            }
            Err(outcome) => {
                state.held = None;
                state.failure = Some(Failure::new(outcome.clone(), number, state.failure.as_ref()));
                Err(outcome)
            }
        }
    }

    /// Asks with the refresh token, and logs in if there is none or it is refused.
    async fn ask(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        refresh: Option<&Secret>,
    ) -> Result<(Token, HeaderValue), Outcome> {
        if refresh.is_some()
            && let Ok(token) = self.ask_once(client, options, refresh).await
        {
            return Ok(token);
        }
        self.ask_once(client, options, None).await
    }

    async fn ask_once(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        refresh: Option<&Secret>,
    ) -> Result<(Token, HeaderValue), Outcome> {
        let mut call = self.source.call(&|operation| client.request(operation), refresh);
        call.options(options.without_headers());
        call.finish().map_err(Outcome::InvalidRequest)?;
        match client.fetch(&call).await {
            Outcome::Answer { operation, attempts, answer, .. } if answer.status.is_success() => {
                let token = self.source.read(&answer.body);
                let value = token.as_ref().and_then(|token| bearer_value(&token.access).ok());
                token.zip(value).ok_or(Outcome::NoToken { operation, attempts, answer })
            }
            failure => Err(failure),
        }
    }
}

/// What is left of a token when the client is shown: nothing.
impl std::fmt::Debug for TokenKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKeeper").finish_non_exhaustive()
    }
}
