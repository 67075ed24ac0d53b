//! Cache of one access token: refreshed before it expires and after the server has rejected it, with one fetch at a
//! time however many calls need the token.

use std::pin::Pin;
use std::sync::PoisonError;
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::header_value::bearer_value;
use super::token_provider::{AccessToken, TokenProvider};
use crate::error::CallOutcome;
use crate::operation::Operation;
use crate::rate_limit::Fingerprint;
use crate::request::{CallOptions, RequestBuilder};
use crate::time::saturating_add;
use crate::types::Secret;
use crate::wire::RawResponse;

/// Time before its expiry at which a token is refreshed, so that it does not expire in flight. At most half of its
/// lifetime.
const EXPIRY_BUFFER: Duration = Duration::from_secs(60);

/// Minimum time for which a token is used, however short its stated lifetime is.
const MIN_LIFETIME: Duration = Duration::from_secs(10);

/// Pause after a rejected login, in which calls get the same error. It doubles with each rejection that follows, up to
/// [`MAX_LOGIN_PAUSE`]: a wrong password stays wrong, and a vendor may lock the user out.
const INITIAL_LOGIN_PAUSE: Duration = Duration::from_secs(1);
/// Upper bound of the pause after a rejected login.
const MAX_LOGIN_PAUSE: Duration = Duration::from_secs(300);

/// Minimum time between the rejection of a new token and the fetch of the next one.
const REJECTION_PAUSE: Duration = Duration::from_secs(60);

/// Sender of the requests that fetch a token: the client that the token is for.
pub(crate) trait TokenFetch: Sync {
    /// Starts a request of an operation.
    fn request(&self, operation: &'static Operation) -> RequestBuilder;

    /// Sends a complete request like any call, with retries and rate limits.
    fn fetch<'a>(&'a self, request: &'a RequestBuilder) -> Pin<Box<dyn Future<Output = CallOutcome> + Send + 'a>>;
}

/// Cache of the access token of one login, shared by the clones of its client.
pub struct TokenCache {
    provider: Box<dyn TokenProvider>,
    /// Fingerprint of what the provider logs in with.
    fingerprint: Fingerprint,
    /// Locked for the whole of a fetch, which makes it the single flight.
    state: Mutex<CacheState>,
    /// Generation of the latest token that was rejected although it was new, with the time of the rejection.
    rejected_new: std::sync::Mutex<Option<(u64, Instant)>>,
}

#[derive(Default)]
struct CacheState {
    cached: Option<CachedToken>,
    /// Number of fetches begun.
    generations: u64,
    /// Result of the latest fetch, if it failed.
    failure: Option<Failure>,
}

/// Failed fetch of a token.
struct Failure {
    outcome: CallOutcome,
    /// Number of the fetch, see [`CacheState::generations`].
    generation: u64,
    /// Time without another login, zero unless the login was rejected.
    pause: Duration,
    /// End of the pause.
    until: Instant,
}

impl Failure {
    fn new(outcome: CallOutcome, generation: u64, before: Option<&Self>) -> Self {
        let rejected = match &outcome {
            CallOutcome::Response { response, .. } => response.status.is_client_error(),
            CallOutcome::MissingToken { .. } => true,
            // The next call may succeed, so it may try.
            CallOutcome::Transport(_) | CallOutcome::InvalidRequest(_) => false,
        };
        let longer =
            before.map_or(INITIAL_LOGIN_PAUSE, |before| (before.pause * 2).clamp(INITIAL_LOGIN_PAUSE, MAX_LOGIN_PAUSE));
        let pause = if rejected { longer } else { Duration::ZERO };
        Self { outcome, generation, pause, until: Instant::now() + pause }
    }
}

struct CachedToken {
    value: HeaderValue,
    refresh: Option<Secret>,
    /// `None` if the token's lifetime is unknown.
    refresh_at: Option<Instant>,
    /// Number of the fetch, see [`CacheState::generations`].
    generation: u64,
}

/// AccessToken of one attempt: the value of its `Authorization` header, and its generation, by which a rejection names it.
pub(crate) struct BearerToken {
    pub(crate) value: HeaderValue,
    pub(crate) generation: u64,
}

impl TokenCache {
    pub(crate) fn new(provider: impl TokenProvider, fingerprint: Fingerprint) -> Self {
        let (provider, rejected_new) = (Box::new(provider), std::sync::Mutex::default());
        Self { provider, fingerprint, state: Mutex::default(), rejected_new }
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Returns the generation of the token in use if the response rejects it and a new token may be accepted.
    ///
    /// `before` is the token of the same call that was rejected first. If the server rejects its replacement too, the
    /// token is not the reason: the result is `None`, and stays so for [`REJECTION_PAUSE`], or each call would log in
    /// again.
    pub(crate) fn rejected(&self, response: &RawResponse, generation: u64, before: Option<u64>) -> Option<u64> {
        if !self.provider.rejections().iter().any(|pattern| response.matches(pattern)) {
            return None;
        }
        let now = Instant::now();
        let mut rejected_new = self.rejected_new.lock().unwrap_or_else(PoisonError::into_inner);
        if before.is_some() {
            *rejected_new = Some((generation, now));
            return None;
        }
        let is_paused = rejected_new
            .is_some_and(|(known, since)| known == generation && now < saturating_add(since, REJECTION_PAUSE));
        (!is_paused).then_some(generation)
    }

    /// Returns `true` if a token was rejected although it was new.
    fn was_rejected_new(&self, generation: u64) -> bool {
        let rejected_new = self.rejected_new.lock().unwrap_or_else(PoisonError::into_inner);
        rejected_new.is_some_and(|(known, _)| known == generation)
    }

    /// Returns the cached token, or fetches one if there is none, it is due for refresh, or its generation is
    /// `rejected`.
    ///
    /// # Errors
    ///
    /// The outcome of the fetch, if it gave no token: of this one, of the one that the call waited for, or of the one
    /// whose pause is not over.
    pub(crate) async fn token(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        rejected: Option<u64>,
    ) -> Result<BearerToken, CallOutcome> {
        // Single flight: callers that had to wait for the lock reuse the result of the fetch in progress, including its
        // error, so that an outage costs one request instead of one per caller.
        let (waited, mut state) = match self.state.try_lock() {
            Ok(state) => (false, state),
            Err(_) => (true, self.state.lock().await),
        };
        if let Some(cached) = &state.cached {
            let fresh = cached.refresh_at.is_none_or(|at| Instant::now() < at);
            if fresh && rejected != Some(cached.generation) {
                return Ok(BearerToken { value: cached.value.clone(), generation: cached.generation });
            }
        }
        if let Some(failure) = &state.failure
            && ((waited && failure.generation == state.generations) || Instant::now() < failure.until)
        {
            return Err(failure.outcome.clone());
        }
        // A refresh token that gave a token that was rejected at once is not used again. It is cloned and not taken out
        // of the cache, because this future may be dropped before there is a response.
        let cached = state.cached.as_ref().filter(|cached| !self.was_rejected_new(cached.generation));
        let refresh = cached.and_then(|cached| cached.refresh.clone());
        state.generations += 1;
        let generation = state.generations;
        match self.refresh_or_login(client, options, refresh.as_ref()).await {
            Ok((token, value)) => {
                let now = Instant::now();
                let usable =
                    |lifetime: Duration| lifetime.saturating_sub(EXPIRY_BUFFER).max(lifetime / 2).max(MIN_LIFETIME);
                let refresh_at = token.expires_in.map(|lifetime| saturating_add(now, usable(lifetime)));
                let cached = CachedToken {
                    value: value.clone(),
                    refresh: token.refresh_token.or(refresh),
                    refresh_at,
                    generation,
                };
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

    /// Fetches a token with the refresh token, and with a login if there is none or that fails.
    async fn refresh_or_login(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        refresh: Option<&Secret>,
    ) -> Result<(AccessToken, HeaderValue), CallOutcome> {
        if refresh.is_some()
            && let Ok(token) = self.fetch_token(client, options, refresh).await
        {
            return Ok(token);
        }
        self.fetch_token(client, options, None).await
    }

    /// Sends one request for a token, with the call's retry policy and timeout but without its headers.
    async fn fetch_token(
        &self,
        client: &dyn TokenFetch,
        options: &CallOptions,
        refresh: Option<&Secret>,
    ) -> Result<(AccessToken, HeaderValue), CallOutcome> {
        let mut call = self.provider.token_request(&|operation| client.request(operation), refresh);
        call.options(options.without_headers());
        call.finish().map_err(CallOutcome::InvalidRequest)?;
        match client.fetch(&call).await {
            CallOutcome::Response { operation, attempts, response, .. } if response.status.is_success() => {
                let token = self.provider.parse_token(&response.body);
                let value = token.as_ref().and_then(|token| bearer_value(&token.token).ok());
                token.zip(value).ok_or(CallOutcome::MissingToken { operation, attempts, response })
            }
            failure => Err(failure),
        }
    }
}

/// Shows nothing of the token.
impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCache").finish_non_exhaustive()
    }
}
