use std::fmt;

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

/// With the result alone: the progress has the tenant's key.
impl fmt::Debug for TenantReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantReport").field("result", &self.result).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zapsign_api::Secret;

    use super::*;
    use crate::entry::Entry;
    use crate::error::ErrorKind;
    use crate::journal::{Claim, SharedListing};
    use crate::lease::Lease;
    use crate::tenant_queue::ClaimedTenants;

    #[test]
    fn no_secret_is_shown() {
        let secret = || Secret::new("hunter-1");
        let late = vec![
            Entry::Key { id: Some("hunter-2".to_owned()), address: Some("hunter-3".to_owned()), api_key: secret() },
            Entry::Account { account_id: 77, api_token: secret() },
            Entry::Unread { operation: "hunter-4".to_owned(), body: secret() },
        ];
        let mut progress = Progress::default();
        for entry in late.iter().chain([&Entry::Webhook { url: "https://hunter-5.example/?token=hunter-6".to_owned() }])
        {
            progress.apply(entry);
        }
        let text = || "hunter-7".to_owned();
        let tenant = Tenant {
            name: text(),
            email: text(),
            waba_external_id: text(),
            phone_number_id: text(),
            country: text(),
            language: text(),
            messaging_webhook_url: "https://hunter-5.example/?token=hunter-6".to_owned(),
        };
        let claim = Claim::new(progress.clone(), Lease::unlimited()).late(late);
        let next = Some(Duration::from_secs(5));
        let claimed = ClaimedTenants::new(vec![(tenant.clone(), claim.clone())], next);
        let found = SharedListing::Found { text: text(), age: Duration::from_secs(6) };
        let result = Err(OnboardingError::new(ErrorKind::Taken, "the reason"));
        let report = TenantReport { tenant, progress, result };
        for (shown, expected) in [
            (format!("{claim:?}"), "Claim { late: 3, lease: Lease { may_send: true, .. }, .. }"),
            (format!("{claimed:?}"), "ClaimedTenants { tenants: 1, next: Some(5s), .. }"),
            (format!("{found:?}"), "Found { bytes: 8, age: 6s, .. }"),
            (format!("{:?}", SharedListing::InProgress(Duration::from_secs(7))), "InProgress(7s)"),
            (format!("{report:?}"), "the reason"),
        ] {
            assert!(shown.contains(expected) && !shown.contains("hunter"), "{shown}");
        }
    }
}
