/// Findings of an audit at the vendors.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct AuditFindings {
    /// Number of tenants with exactly one client, the one in the journal.
    pub clients: usize,
    /// Number of tenants with exactly one channel of their number, that of the journal, under their client.
    pub channels: usize,
    /// Number of tenants with exactly one key, which the journal has and the messaging API takes.
    pub keys: usize,
    /// Number of tenants with exactly one account, the one in the journal.
    pub accounts: usize,
    /// Number of accounts with access by the token in the journal.
    pub by_token: usize,
    /// Number of accounts with access by the owner's login.
    pub by_login: usize,
    /// Number of things that no tenant has, and nobody had before.
    pub ownerless: usize,
    /// Number of keys that were replaced, because another process had replaced them.
    pub replaced_keys: usize,
    /// A line for each difference from what is promised.
    pub problems: Vec<String>,
}
