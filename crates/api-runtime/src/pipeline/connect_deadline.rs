//! Deadline for connecting: nine tenths of the time for the attempt. A call's check is repeated when the connection is open.
//!
//! If both times ended together, a timeout would not tell whether the request was sent. With this one, an attempt
//! without a connection ends as a failed connection, after which every call may be repeated.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, timeout_at};
use tower_layer::Layer;
use tower_service::Service;

use crate::request::SendCheck;

/// Limits of connecting for one attempt.
#[derive(Clone)]
struct ConnectLimits {
    deadline: Instant,
    send_check: Option<SendCheck>,
}

tokio::task_local! {
    /// Limits of the attempt that this task makes.
    static CONNECT_LIMITS: ConnectLimits;
}

/// Runs an attempt that ends at `deadline`, with the deadline for connecting that follows from it. A connection over which
/// `send_check` does not allow to send is given up.
pub(crate) async fn scope<T>(deadline: Instant, send_check: Option<&SendCheck>, attempt: impl Future<Output = T>) -> T {
    let now = Instant::now();
    let deadline = now + deadline.saturating_duration_since(now) / 10 * 9;
    CONNECT_LIMITS.scope(ConnectLimits { deadline, send_check: send_check.cloned() }, attempt).await
}

/// Layer of the HTTP client's connector that ends connecting at the attempt's deadline for it.
#[derive(Clone)]
pub(crate) struct ConnectDeadlineLayer;

/// Connector with a deadline, made by [`ConnectDeadlineLayer`].
#[derive(Clone)]
pub(crate) struct ConnectDeadlineService<S>(S);

impl<S> Layer<S> for ConnectDeadlineLayer {
    type Service = ConnectDeadlineService<S>;

    fn layer(&self, inner: S) -> ConnectDeadlineService<S> {
        ConnectDeadlineService(inner)
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, R> Service<R> for ConnectDeadlineService<S>
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
        match CONNECT_LIMITS.try_with(ConnectLimits::clone) {
            Ok(ConnectLimits { deadline, send_check }) => Box::pin(async move {
                let connection = timeout_at(deadline, connection).await??;
                match send_check {
                    Some(check) if !check() => Err("the call may not be sent any more".into()),
                    _ => Ok(connection),
                }
            }),
            // The HTTP client connects outside of an attempt.
            Err(_) => Box::pin(connection),
        }
    }
}
