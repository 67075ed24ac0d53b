/// API that the sandbox serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// The 360dialog Partner API.
    Dialog360,
    /// The ZapSign API.
    Zapsign,
}

impl Api {
    /// Returns the API that a path belongs to. The two share no prefix, so one address serves both.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        if path.starts_with("/api/v2/") {
            Some(Self::Dialog360)
        } else if path.starts_with("/api/v1/") {
            Some(Self::Zapsign)
        } else {
            None
        }
    }
}
