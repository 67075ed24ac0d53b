//! End by Ctrl-C.

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Runs something that can be ended by Ctrl-C without harm; `remedy` tells how to go on then.
pub(super) async fn until_interrupted<T>(
    run: impl Future<Output = Result<T, Failure>>,
    remedy: &str,
) -> Result<T, Failure> {
    tokio::select! {
        // What is done by then counts.
        biased;
        result = run => result,
        Ok(()) = tokio::signal::ctrl_c() => Err(Failure::new(ExitCode::Interrupted, format!("interrupted; {remedy}"))),
    }
}
