/// Numbers of the tenants of all processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct QueueStatus {
    /// Tenants whose turn it is.
    pub ready: u64,
    /// Tenants that are tried again later.
    pub delayed: u64,
    /// Tenants that a process has.
    pub claimed: u64,
    /// Tenants that have everything.
    pub done: u64,
    /// Tenants that need an operator.
    pub dead: u64,
    /// Tenants that are left, and that no queue gives out, because nobody has enqueued their data: an import has brought them,
    /// or a job system begins them. Each is also one of `ready`, `delayed` or `claimed`.
    pub without_data: u64,
    /// Entries of calls with an unknown outcome.
    pub doubts: u64,
    /// Writes that were refused because another process had the tenant.
    pub fenced: u64,
}
