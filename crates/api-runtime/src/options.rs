use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::RetryPolicy;

/// What one call does otherwise than its client.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) bad_header: bool,
}

impl CallOptions {
    /// Another policy for sending the call again.
    pub fn set_retry(&mut self, policy: RetryPolicy) {
        self.retry = Some(policy);
    }

    /// Another time for one attempt.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = Some(timeout);
    }

    /// One more header. What the client sends itself it sends all the same.
    pub fn add_header(&mut self, name: &str, value: &str) {
        match (name.parse(), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => self.headers.push((name, value)),
            _ => self.bad_header = true,
        }
    }
}

/// The setters that every call has; for the `impl` block of a call with a field `options`.
#[doc(hidden)]
#[macro_export]
macro_rules! __call_options {
    () => {
        /// Another policy for sending this call again than the client's.
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.options.set_retry(policy);
            self
        }

        /// Another time for one attempt of this call than the client's.
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.options.set_timeout(timeout);
            self
        }

        /// One more header for this call. It does not replace a credential.
        pub fn header(mut self, name: &str, value: &str) -> Self {
            self.options.add_header(name, value);
            self
        }
    };
}
