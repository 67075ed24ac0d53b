use std::time::SystemTime;

/// Tenant that needs an operator.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Identity of the tenant: its normalized e-mail address.
    pub tenant: String,
    /// Name of the company; `None` before its onboarding began.
    pub name: Option<String>,
    /// Error that ended its onboarding, with both sides of a conflict.
    pub error: String,
    /// Time of that error, by the database's clock.
    pub at: SystemTime,
    /// Ids of the resources that it has: client, channel, account.
    pub resources: Vec<String>,
}
