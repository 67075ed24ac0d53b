use crate::error::OnboardingError;
use crate::progress::Progress;
use crate::tenant::Tenant;

/// Result of one tenant.
#[derive(Clone)]
#[non_exhaustive]
pub struct TenantReport {
    /// The tenant.
    pub tenant: Tenant,
    /// Resources that it has now.
    pub progress: Progress,
    /// Error that ended its onboarding, if it is incomplete.
    pub result: Result<(), OnboardingError>,
}
