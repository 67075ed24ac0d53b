//! Tenants of a run.

use tenant_onboarding::Tenant;

use crate::numbered_tenant::numbered_tenant;

/// One tenant in so many has a messaging webhook.
const WEBHOOK_EVERY: usize = 4;

/// Returns a tenant by its number.
pub(super) fn tenant(number: usize) -> Tenant {
    let webhook = format!("https://hooks.example/{number}");
    let messaging_webhook_url = if number.is_multiple_of(WEBHOOK_EVERY) { webhook } else { String::new() };
    Tenant { messaging_webhook_url, ..numbered_tenant(number) }
}
