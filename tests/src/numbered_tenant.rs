//! Tenants that differ in their number only.

use tenant_onboarding::Tenant;

/// Returns a tenant by its number.
pub fn numbered_tenant(number: usize) -> Tenant {
    Tenant {
        name: format!("Tenant {number}"),
        email: format!("it@tenant-{number}.example"),
        waba_external_id: format!("22{number}"),
        phone_number_id: format!("33{number}"),
        country: "br".to_owned(),
        language: "pt-br".to_owned(),
        messaging_webhook_url: String::new(),
    }
}
