use std::fmt;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::error::InvalidRequestKind;
use crate::retry::RetryPolicy;

/// Headers that say where a request goes and where it ends. Another value than the true one would make two requests of it.
const FRAMING: [&str; 3] = ["host", "content-length", "transfer-encoding"];

/// What one call does otherwise than its client.
///
/// Most calls do nothing otherwise, and a call is moved often until it is sent, so this is a single pointer.
#[derive(Clone, Default)]
pub struct CallOptions(Option<Box<Overrides>>);

#[derive(Clone, Default)]
struct Overrides {
    retry: Option<RetryPolicy>,
    timeout: Option<Duration>,
    decode_limit: Option<usize>,
    headers: Vec<(HeaderName, HeaderValue)>,
    fault: Option<InvalidRequestKind>,
}

impl CallOptions {
    /// Another policy for sending the call again.
    pub fn set_retry(&mut self, policy: RetryPolicy) {
        self.overrides().retry = Some(policy);
    }

    /// Another time for one attempt.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.overrides().timeout = Some(timeout);
    }

    /// Another bound of the memory that the decoded answer takes, in bytes.
    pub fn set_decode_limit(&mut self, bytes: usize) {
        self.overrides().decode_limit = Some(bytes);
    }

    /// One more header. What the client sends itself it sends all the same; `host`, `content-length` and
    /// `transfer-encoding` are refused when the call is sent.
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

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.0.as_ref()?.timeout
    }

    pub(crate) fn decode_limit(&self) -> Option<usize> {
        self.0.as_ref()?.decode_limit
    }

    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        self.0.as_ref().map_or(&[], |overrides| &overrides.headers)
    }

    /// The same for another call that this one needs.
    pub(crate) fn without_headers(&self) -> Self {
        let overrides = |overrides: &Overrides| {
            Box::new(Overrides { retry: overrides.retry.clone(), timeout: overrides.timeout, ..Overrides::default() })
        };
        Self(self.0.as_deref().map(overrides))
    }

    /// The first header that was given and can't be sent.
    pub(crate) fn fault(&self) -> Option<&InvalidRequestKind> {
        self.0.as_ref()?.fault.as_ref()
    }
}

/// Headers may hold secrets, so only their names are shown.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers().iter().map(|(name, _)| name).collect();
        f.debug_struct("CallOptions")
            .field("retry", &self.retry())
            .field("timeout", &self.timeout())
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// The setters that every call has; for the `impl` block of a call with a field `options`.
#[doc(hidden)]
#[macro_export]
macro_rules! __call_options {
    () => {
        /// Another policy for sending this call again than the client's; a login that the call needs follows it, too.
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.options.set_retry(policy);
            self
        }

        /// Another time for one attempt of this call than the client's, and of a login that the call needs.
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.options.set_timeout(timeout);
            self
        }

        /// Another bound of the memory that the decoded answer takes beyond its body, in bytes. 128 MiB unless set, which a
        /// body of small and many values would exceed: it is [`Fault::TooManyValues`]($crate::Fault::TooManyValues) then. A
        /// body of up to 48 KiB is always decoded.
        pub fn decode_limit(mut self, bytes: usize) -> Self {
            self.options.set_decode_limit(bytes);
            self
        }

        /// One more header for this call. It does not replace a credential, and `host`, `content-length` and
        /// `transfer-encoding` are refused when the call is sent.
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
