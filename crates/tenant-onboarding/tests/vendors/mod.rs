//! Vendors of a test, tenants, and an onboarding of them.

use std::time::Duration;

use api_sandbox::Sandbox;
use dialog360_api::types::PartnerId;
use tenant_onboarding::{Journal, Onboarding, Tenant};

/// Starts both vendors.
pub async fn sandbox() -> Sandbox {
    Sandbox::builder().limits(false).start().await.expect("a free port")
}

/// Returns an onboarding that has no login to the accounts.
pub fn without_login<J: Journal>(sandbox: &Sandbox, journal: J) -> Onboarding<J> {
    let credentials = sandbox.credentials();
    let dialog360 = dialog360_api::Client::builder().api_key(credentials.api_key.as_str());
    let dialog360 = dialog360.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
    let zapsign = zapsign_api::Client::builder().api_token(credentials.api_token.as_str());
    let zapsign = zapsign.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
    let partner = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
    let onboarding = Onboarding::new(dialog360, partner, zapsign, "1", journal);
    onboarding.settle(Duration::ZERO).initial_backoff(Duration::from_millis(1))
}

/// Returns an onboarding that does not wait between attempts.
pub fn onboarding<J: Journal>(sandbox: &Sandbox, journal: J) -> Onboarding<J> {
    let credentials = sandbox.credentials();
    let (url, owner) = (sandbox.url().to_owned(), credentials.owner.clone());
    let password = credentials.owner_password.clone();
    without_login(sandbox, journal).account_login(move |organization| {
        let builder = zapsign_api::Client::builder().login(organization, owner.as_str(), password.as_str());
        builder.base_url(&url).rate_limiting(false).build()
    })
}

/// Returns a tenant by its number.
pub fn tenant(number: usize) -> Tenant {
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

/// Returns the number of calls of an operation.
pub fn count(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox.requests().iter().filter(|request| request.operation.as_deref() == Some(operation)).count()
}
