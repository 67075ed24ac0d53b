//! Tenants that this process works through, until they end or the program is asked to end.

use std::pin::pin;

use futures_util::{Stream, StreamExt as _};
use indicatif::ProgressBar;
use tenant_onboarding::{Journal, Onboarding};

use crate::interrupts::Interrupts;

/// Message of a program that ended at once.
pub(crate) const INTERRUPTED: &str = "interrupted; run it again to go on";

/// Hands every report of a run to `told`. The first signal stops the run gracefully.
///
/// # Errors
///
/// A message at the second signal, which ends the run at once.
pub(crate) async fn follow<J: Journal, R>(
    onboarding: &Onboarding<J>,
    reports: impl Stream<Item = R>,
    bar: &ProgressBar,
    interrupts: &mut Interrupts,
    mut told: impl FnMut(R),
) -> Result<(), String> {
    let mut reports = pin!(reports);
    let mut stopping = false;
    loop {
        tokio::select! {
            report = reports.next() => match report {
                Some(report) => told(report),
                None => return Ok(()),
            },
            () = interrupts.next() => {
                if stopping {
                    return Err(INTERRUPTED.to_owned());
                }
                stopping = true;
                let text = "stopping: each tenant under way ends after its call; once more ends them at once";
                bar.suspend(|| eprintln!("{text}"));
                onboarding.stop();
            }
        }
    }
}
