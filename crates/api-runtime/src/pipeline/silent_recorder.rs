//! Recorder of one call without the feature `tracing`: it records nothing, and takes no room.

use std::time::Duration;

use tokio::time::Instant;

use super::attempt::AttemptResult;
use super::config::PipelineConfig;
use crate::rate_limit::RateLimitWait;
use crate::request::RequestBuilder;

/// Recorder that records nothing.
pub(super) struct CallRecorder;

impl CallRecorder {
    pub(super) fn new(_: &PipelineConfig, _: &RequestBuilder, _: fn(&[u8]) -> Option<String>) -> Self {
        Self
    }

    pub(super) fn attempt(&mut self, _: u32, _: &AttemptResult, _: Instant, _: Option<Duration>) {}

    pub(super) fn wait(&mut self, _: RateLimitWait) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Telemetry;

    #[test]
    fn nothing_is_left_of_traces() {
        assert_eq!((size_of::<CallRecorder>(), size_of::<Telemetry>()), (0, 0));
    }
}
