//! The time for a connection, within the time for an attempt.
//!
//! If both ran out together, nobody could tell whether there was a connection to send the request on.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, timeout_at};
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    /// Until when the attempt of this task can wait for a connection.
    static CONNECTED_BY: Instant;
}

/// Makes an attempt that ends at `until`; a connection is waited for for nine tenths of the time.
pub(crate) async fn within<T>(until: Instant, attempt: impl Future<Output = T>) -> T {
    let now = Instant::now();
    let connected_by = now + until.saturating_duration_since(now) / 10 * 9;
    CONNECTED_BY.scope(connected_by, attempt).await
}

/// Ends the making of a connection at the time that its attempt has for it.
#[derive(Clone)]
pub(crate) struct Deadline;

#[derive(Clone)]
pub(crate) struct Connector<S>(S);

impl<S> Layer<S> for Deadline {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector(inner)
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, R> Service<R> for Connector<S>
where
    S: Service<R, Error = BoxError, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connection = self.0.call(target);
        match CONNECTED_BY.try_get() {
            Ok(connected_by) => Box::pin(async move { timeout_at(connected_by, connection).await? }),
            // The connection is made for nobody in particular.
            Err(_) => Box::pin(connection),
        }
    }
}
