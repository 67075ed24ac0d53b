use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::error::InvalidRequestKind;
use crate::retry::RetryPolicy;

/// Headers that frame the message. With another value than the true one, a server could read two requests from it.
const FRAMING: [&str; 3] = ["host", "content-length", "transfer-encoding"];

/// Check that decides immediately before an attempt whether it is sent.
pub(crate) type SendCheck = Arc<dyn Fn() -> bool + Send + Sync>;

/// Options of one call that override the client's configuration.
///
/// Most calls have none, and a call is moved often before it is sent, so this is a single pointer.
#[derive(Clone, Default)]
pub struct CallOptions(Option<Box<Overrides>>);

#[derive(Clone, Default)]
struct Overrides {
    retry: Option<RetryPolicy>,
    attempt_timeout: Option<Duration>,
    time_limit: Option<Duration>,
    max_wait: Option<Duration>,
    decode_limit: Option<usize>,
    send_check: Option<SendCheck>,
    headers: Vec<(HeaderName, HeaderValue)>,
    fault: Option<InvalidRequestKind>,
}

impl CallOptions {
    /// Sets the retry policy; default is the client's.
    pub fn set_retry(&mut self, policy: RetryPolicy) {
        self.overrides().retry = Some(policy);
    }

    /// Sets the timeout of one attempt; default is the client's.
    pub fn set_attempt_timeout(&mut self, timeout: Duration) {
        self.overrides().attempt_timeout = Some(timeout);
    }

    /// Sets the time limit of the call as a whole; default is the client's.
    pub fn set_time_limit(&mut self, limit: Duration) {
        self.overrides().time_limit = Some(limit);
    }

    /// Sets the maximum wait before an attempt; default is the client's.
    pub fn set_max_wait(&mut self, wait: Duration) {
        self.overrides().max_wait = Some(wait);
    }

    /// Sets the bound on the memory of the decoded body, in bytes; default 128 MiB.
    pub fn set_max_decoded_bytes(&mut self, bytes: usize) {
        self.overrides().decode_limit = Some(bytes);
    }

    /// Sets the check that each attempt needs to be sent; default is none.
    pub fn set_send_check(&mut self, check: impl Fn() -> bool + Send + Sync + 'static) {
        self.overrides().send_check = Some(Arc::new(check));
    }

    /// Adds a header. It does not replace one that the client sends itself. An invalid header, or `host`,
    /// `content-length` or `transfer-encoding`, is an [`Error::InvalidRequest`](crate::Error::InvalidRequest) when the
    /// call is sent.
    pub fn add_header(&mut self, name: &str, value: &str) {
        let fault = match (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => match FRAMING.iter().find(|own| name == **own) {
                Some(own) => InvalidRequestKind::FramingHeader { name: own },
                None => return self.overrides().headers.push((name, value)),
            },
            _ => InvalidRequestKind::Header { name: "header" },
        };
        self.overrides().fault.get_or_insert(fault);
    }

    fn overrides(&mut self) -> &mut Overrides {
        self.0.get_or_insert_default()
    }

    pub(crate) fn retry(&self) -> Option<&RetryPolicy> {
        self.0.as_ref()?.retry.as_ref()
    }

    pub(crate) fn attempt_timeout(&self) -> Option<Duration> {
        self.0.as_ref()?.attempt_timeout
    }

    pub(crate) fn time_limit(&self) -> Option<Duration> {
        self.0.as_ref()?.time_limit
    }

    pub(crate) fn max_wait(&self) -> Option<Duration> {
        self.0.as_ref()?.max_wait
    }

    pub(crate) fn decode_limit(&self) -> Option<usize> {
        self.0.as_ref()?.decode_limit
    }

    pub(crate) fn send_check(&self) -> Option<&SendCheck> {
        self.0.as_ref()?.send_check.as_ref()
    }

    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        self.0.as_ref().map_or(&[], |overrides| &overrides.headers)
    }

    /// Returns the retry policy and the times alone, for the login that a call needs.
    pub(crate) fn without_headers(&self) -> Self {
        let overrides = |overrides: &Overrides| {
            Box::new(Overrides {
                retry: overrides.retry.clone(),
                attempt_timeout: overrides.attempt_timeout,
                time_limit: overrides.time_limit,
                max_wait: overrides.max_wait,
                ..Overrides::default()
            })
        };
        Self(self.0.as_deref().map(overrides))
    }

    /// Returns the first error of a header.
    pub(crate) fn fault(&self) -> Option<&InvalidRequestKind> {
        self.0.as_ref()?.fault.as_ref()
    }
}

/// Shows the names of headers only, since their values may be secrets.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers().iter().map(|(name, _)| name).collect();
        f.debug_struct("CallOptions")
            .field("retry", &self.retry())
            .field("attempt_timeout", &self.attempt_timeout())
            .field("time_limit", &self.time_limit())
            .field("max_wait", &self.max_wait())
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// Defines the setters of [`CallOptions`], for the `impl` block of a call with a field `options`.
#[doc(hidden)]
#[macro_export]
macro_rules! __call_options {
    () => {
        /// Sets the retry policy of this call and of a login that it needs; default is the client's.
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.options.set_retry(policy);
            self
        }

        /// Sets the timeout of each attempt of this call and of a login that it needs; default is the client's.
        pub fn attempt_timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.options.set_attempt_timeout(timeout);
            self
        }

        /// Sets the time limit of this call as a whole, its deadline: all attempts, all waits and a login that it needs;
        /// default is the client's. No attempt begins after it, and one in progress ends with it.
        pub fn time_limit(mut self, limit: ::std::time::Duration) -> Self {
            self.options.set_time_limit(limit);
            self
        }

        /// Sets the maximum wait before an attempt of this call, for a rate limit, `Retry-After` or the backoff; default
        /// is the client's. The call fails instead of waiting longer, most often at once.
        pub fn max_wait(mut self, wait: ::std::time::Duration) -> Self {
            self.options.set_max_wait(wait);
            self
        }

        /// Sets the bound on the memory that the decoded body takes, in bytes; default 128 MiB. It is estimated from
        /// the number of values. A body above it is a [`DecodeErrorKind::TooManyValues`]($crate::DecodeErrorKind::TooManyValues); one of up
        /// to 48 KiB is always decoded.
        pub fn max_decoded_bytes(mut self, bytes: usize) -> Self {
            self.options.set_max_decoded_bytes(bytes);
            self
        }

        /// Sets the check that each attempt of this call needs to be sent, such as that a lease has not ended. It is called
        /// after all waits, and again once a new connection is open. If it returns `false`, nothing more is sent: the call
        /// ends with its last attempt, or with an [`Error::InvalidRequest`]($crate::Error::InvalidRequest) that is retryable.
        ///
        /// A process that is stopped between the check and the socket still sends.
        pub fn send_if(mut self, check: impl ::std::ops::Fn() -> bool + Send + Sync + 'static) -> Self {
            self.options.set_send_check(check);
            self
        }

        /// Adds a header to this call. It does not replace a credential. An invalid header, or `host`, `content-length`
        /// or `transfer-encoding`, is an [`Error::InvalidRequest`]($crate::Error::InvalidRequest) when the call is
        /// sent.
        pub fn header(mut self, name: &str, value: &str) -> Self {
            self.options.add_header(name, value);
            self
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_header_is_shown() {
        let mut options = CallOptions::default();
        options.add_header("x-mine", "a-secret");
        let shown = format!("{options:?}");
        assert!(shown.contains("x-mine") && !shown.contains("a-secret"), "{shown}");
    }
}
