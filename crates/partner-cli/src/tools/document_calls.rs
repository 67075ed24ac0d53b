//! Calls of a tool: their log, and their end by Ctrl-C.

use std::io::Write;

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::hidden_texts::HiddenTexts;
use crate::send::logged;

/// Runs calls that can be ended by Ctrl-C without harm; `remedy` tells how to go on then. What they do is written to the log if
/// there is one. Neither has one of the `hidden` texts.
pub(super) async fn until_interrupted<T>(
    run: impl Future<Output = Result<T, Failure>>,
    remedy: &str,
    hidden: &HiddenTexts,
    log: Option<&mut dyn Write>,
) -> Result<T, Failure> {
    let run = async {
        match log {
            Some(log) => logged(run, hidden, log).await,
            None => run.await,
        }
    };
    tokio::select! {
        // What is done by then counts.
        biased;
        result = run => result.map_err(|failure| failure.without(hidden)),
        Ok(()) = tokio::signal::ctrl_c() => Err(Failure::new(ExitCode::Interrupted, format!("interrupted; {remedy}"))),
    }
}
