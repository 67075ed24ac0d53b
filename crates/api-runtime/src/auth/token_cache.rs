//! Access tokens that are got with a login, and renewed: one renewal at a time, however many calls wait for it.

use std::pin::Pin;
use std::sync::PoisonError;
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::header_value::bearer_value;
use super::token_provider::{Token, TokenSource};
use crate::error::CallOutcome;
use crate::operation::Operation;
use crate::request::{Call, CallOptions};
use crate::time::saturating_add;
use crate::types::Secret;
use crate::wire::Answer;

/// A token is renewed so long before it runs out, so that it does not run out on the way.
const EXPIRY_BUFFER: Duration = Duration::from_secs(60);

/// A token is renewed after so long at the earliest, however short its life is said to be.
const MIN_LIFETIME: Duration = Duration::from_secs(10);

/// After a login that was refused, nobody logs in for so long, and twice as long each time that it is refused again: a
/// password that is wrong stays wrong, and a vendor may lock the user out.
const INITIAL_LOGIN_PAUSE: Duration = Duration::from_secs(1);
const MAX_LOGIN_PAUSE: Duration = Duration::from_secs(300);

/// A token that was refused although it was new is replaced after so long at the earliest.
const REJECTION_PAUSE: Duration = Duration::from_secs(60);

/// Sending of the requests that get a token. The client that the token is for does it.
pub(crate) trait TokenFetch: Sync {
    /// Starts a request of an operation.
    fn request(&self, operation: &'static Operation) -> Call;

    /// Sends a request that is complete.
    fn fetch<'a>(&'a self, request: &'a Call) -> Pin<Box<dyn Future<Output = CallOutcome> + Send + 'a>>;
}

/// Holds the token of one client.
pub struct TokenKeeper {
    provider: Box<dyn TokenSource>,
    state: Mutex<CacheState>,
    /// The latest token that was refused although it was new, and when that was.
    rejected_new: std::sync::Mutex<Option<(u64, Instant)>>,
}

#[derive(Default)]
struct CacheState {
    cached: Option<CachedToken>,
    /// How often a token was generations for.
    generations: u64,
    failure: Option<Failure>,
}

/// A login that gave no token.
struct Failure {
    outcome: CallOutcome,
    /// The count of [`CacheState::generations`] that it came with.
    generation: u64,
    /// How long nobody logs in, and until when.
    pause: Duration,
    until: Instant,
}

impl Failure {
    fn new(outcome: CallOutcome, generation: u64, before: Option<&Self>) -> Self {
        let refused = match &outcome {
            CallOutcome::Response { answer, .. } => answer.status.is_client_error(),
            CallOutcome::MissingToken { .. } => true,
            // The server may be back at any time.
            CallOutcome::Transport(_) | CallOutcome::InvalidRequest(_) => false,
        };
        let longer =
            before.map_or(INITIAL_LOGIN_PAUSE, |before| (before.pause * 2).clamp(INITIAL_LOGIN_PAUSE, MAX_LOGIN_PAUSE));
        let pause = if refused { longer } else { Duration::ZERO };
        Self { outcome, generation, pause, until: Instant::now() + pause }
    }
}

struct CachedToken {
    value: HeaderValue,
    refresh: Option<Secret>,
    refresh_at: Option<Instant>,
    /// The count of [`CacheState::generations`] that it came with.
    generation: u64,
}

/// A token in use: what to send, and which one it is.
pub(crate) struct BearerToken {
    pub(crate) value: HeaderValue,
    pub(crate) generation: u64,
}

impl TokenKeeper {
    pub(crate) fn new(provider: impl TokenSource) -> Self {
        Self { provider: Box::new(provider), state: Mutex::default(), rejected_new: std::sync::Mutex::default() }
    }

    /// Returns the generation of the token in use if the answer refuses it and another one may help. `before` is a token of the
    /// same call that was refused: where the server refuses the new one too, the fault is not in the token, and calls would
    /// log in one after the other.
    pub(crate) fn rejected(&self, answer: &Answer, generation: u64, before: Option<u64>) -> Option<u64> {
        if !self.provider.rejections().iter().any(|pattern| answer.matches(pattern)) {
            return None;
        }
        let now = Instant::now();
        let mut rejected_new = self.rejected_new.lock().unwrap_or_else(PoisonError::into_inner);
        if before.is_some() {
            *rejected_new = Some((generation, now));
            return None;
        }
        let in_vain = rejected_new
            .is_some_and(|(known, since)| known == generation && now < saturating_add(since, REJECTION_PAUSE));
        (!in_vain).then_some(generation)
    }

    fn was_rejected_new(&self, generation: u64) -> bool {
        let rejected_new = self.rejected_new.lock().unwrap_or_else(PoisonError::into_inner);
        rejected_new.is_some_and(|(known, _)| known == generation)
    }

    /// The token for a call. `refused` is one that the server no longer takes.
    pub(crate) async fn token(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        refused: Option<u64>,
    ) -> Result<BearerToken, CallOutcome> {
        // Whoever comes while a token is being generations for shares what comes of it, the failure too.
        let (waited, mut state) = match self.state.try_lock() {
            Ok(state) => (false, state),
            Err(_) => (true, self.state.lock().await),
        };
        if let Some(cached) = &state.cached {
            let fresh = cached.refresh_at.is_none_or(|at| Instant::now() < at);
            if fresh && refused != Some(cached.generation) {
                return Ok(BearerToken { value: cached.value.clone(), generation: cached.generation });
            }
        }
        if let Some(failure) = &state.failure
            && ((waited && failure.generation == state.generations) || Instant::now() < failure.until)
        {
            return Err(failure.outcome.clone());
        }
        // What gave a token that was refused at once is not generations for another. The refresh token stays where it is: this
        // call may be given up before there is an answer.
        let cached = state.cached.as_ref().filter(|cached| !self.was_rejected_new(cached.generation));
        let refresh = cached.and_then(|cached| cached.refresh.clone());
        state.generations += 1;
        let generation = state.generations;
        match self.refresh_or_login(client, options, refresh.as_ref()).await {
            Ok((token, value)) => {
                let now = Instant::now();
                let usable =
                    |lifetime: Duration| lifetime.saturating_sub(EXPIRY_BUFFER).max(lifetime / 2).max(MIN_LIFETIME);
                let refresh_at = token.lifetime.map(|lifetime| saturating_add(now, usable(lifetime)));
                let cached =
                    CachedToken { value: value.clone(), refresh: token.refresh.or(refresh), refresh_at, generation };
                (state.cached, state.failure) = (Some(cached), None);
                Ok(BearerToken { value, generation })
            }
            Err(outcome) => {
                state.cached = None;
                state.failure = Some(Failure::new(outcome.clone(), generation, state.failure.as_ref()));
                Err(outcome)
            }
        }
    }

    /// Asks with the refresh token, and logs in if there is none or it is refused.
    async fn refresh_or_login(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        refresh: Option<&Secret>,
    ) -> Result<(Token, HeaderValue), CallOutcome> {
        if refresh.is_some()
            && let Ok(token) = self.fetch_token(client, options, refresh).await
        {
            return Ok(token);
        }
        self.fetch_token(client, options, None).await
    }

    async fn fetch_token(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        refresh: Option<&Secret>,
    ) -> Result<(Token, HeaderValue), CallOutcome> {
        let mut call = self.provider.call(&|operation| client.request(operation), refresh);
        call.options(options.without_headers());
        call.finish().map_err(CallOutcome::InvalidRequest)?;
        match client.fetch(&call).await {
            CallOutcome::Response { operation, attempts, answer, .. } if answer.status.is_success() => {
                let token = self.provider.read(&answer.body);
                let value = token.as_ref().and_then(|token| bearer_value(&token.access).ok());
                token.zip(value).ok_or(CallOutcome::MissingToken { operation, attempts, answer })
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
