//! Exit codes of the program.

/// Exit code of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Done.
    Done = 0,
    /// Something else failed: a file, a connection that was never made.
    Failed = 1,
    /// The command line, or a value on it, can't be used. Nothing was sent.
    Usage = 2,
    /// The vendor refused the call with a 4xx status, or the document that is waited for will not be signed.
    Refused = 3,
    /// There is no credential, or the vendor refused it.
    Credential = 4,
    /// The request was sent, and no answer says if it took effect.
    Unknown = 5,
    /// The answer is a success that can't be understood. The call took effect.
    NotUnderstood = 6,
    /// The vendor was busy or down, and remained so through all attempts: a rate limit, or a 5xx status. Or what is asked for is not
    /// there yet: a signature that `wait` waited for, or the file of `download`.
    TryLater = 7,
    /// The user interrupted a call that changes nothing, or that was not sent yet: 128 and the number of SIGINT.
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
