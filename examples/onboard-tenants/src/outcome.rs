use std::process::ExitCode;

/// End of a command that did what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is left to do.
    Complete,
    /// Something is left to do, so that the same command makes sense again.
    Incomplete,
    /// Nothing is left but tenants that need an operator.
    DeadLetters,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::SUCCESS,
            Outcome::Incomplete => Self::FAILURE,
            // 2 is that of wrong arguments.
            Outcome::DeadLetters => Self::from(3),
        }
    }
}
