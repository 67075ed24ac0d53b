//! Tenants of a run.

use tenant_onboarding::Tenant;

/// One tenant in so many has a messaging webhook.
const WEBHOOK_EVERY: usize = 4;

/// Returns a tenant by its number.
pub(super) fn tenant(number: usize) -> Tenant {
    let webhook = format!("https://hooks.example/{number}");
    Tenant {
        name: format!("Tenant {number}"),
        email: format!("it@tenant-{number}.example"),
        waba_external_id: format!("22{number}"),
        phone_number_id: format!("33{number}"),
        country: "br".to_owned(),
        language: "pt-br".to_owned(),
        messaging_webhook_url: if number.is_multiple_of(WEBHOOK_EVERY) { webhook } else { String::new() },
    }
}
