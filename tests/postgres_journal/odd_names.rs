//! Names and addresses of real companies, from the queue to the vendors and back.

use std::collections::BTreeSet;

use api_sandbox::Sandbox;
use dialog360_api::types::PartnerId;
use futures_util::TryStreamExt as _;
use tenant_onboarding::{Onboarding, Tenant};

use crate::setting::{self, database, journal};

const TENANTS: [(&str, &str); 14] = [
    ("Padaria São João & Filhos Ltda.", "contato@padaria-sao-joao.example"),
    ("O'Brien \"Quotes\" GmbH", "o'brien+zap@quotes.example"),
    ("Müller \\ Söhne", "mueller@xn--shne-5qa.example"),
    ("株式会社さくら", "info@xn--q9ji0c.example"),
    ("شركة النور", "noor@xn--mgba3a4f16a.example"),
    ("Robert'); DROP TABLE tenant;--", "bobby+tables@x.example"),
    ("100% $1 {name} %s \\u0041", "percent%one@x.example"),
    ("Ärzte e.\u{a0}V.", "a_b-c.d+e@sub.sub.x.example"),
    ("Cafe\u{301} Lumie\u{300}re", "lumiere@x.example"),
    ("\u{1f680} Rockets \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", "rockets@x.example"),
    ("Ł\u{f3}d\u{17a} S.A.", "lodz@x.example"),
    ("a,b;c\td", "a.b-c_d+e@x.example"),
    ("null", "null@x.example"),
    ("İstanbul Şirketi", "ILETISIM@X.example"),
];

fn tenants() -> Vec<Tenant> {
    let tenant = |(index, (name, email)): (usize, &(&str, &str))| Tenant {
        name: (*name).to_owned(),
        email: (*email).to_owned(),
        messaging_webhook_url: format!("https://hooks.example/{index}?name=%C3%A9&x='\"+"),
        ..setting::tenant(index)
    };
    TENANTS.iter().enumerate().map(tenant).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn odd_names_and_addresses_are_onboarded_as_they_are() {
    let Some(database) = database().await else { return };
    let sandbox = Sandbox::builder().limits(false).start().await.expect("a free port");
    let credentials = sandbox.credentials();
    let dialog360 = || {
        let client = dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).base_url(sandbox.url());
        client.rate_limiting(false).build().expect("it builds")
    };
    let zapsign = zapsign_api::Client::builder().api_token(credentials.api_token.as_str()).base_url(sandbox.url());
    let zapsign = zapsign.rate_limiting(false).build().expect("it builds");
    let partner = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
    let journal = journal(&database).await;
    assert_eq!(journal.enqueue(&tenants()).await.expect("they are enqueued").added, 14);

    let onboarding = Onboarding::new(dialog360(), partner.clone(), zapsign, "1", journal.clone());
    let onboarding = onboarding.settle(std::time::Duration::from_millis(10));
    let reports: Vec<_> = onboarding.work(4).try_collect().await.expect("it ends");
    assert_eq!(reports.len(), 14);
    for report in &reports {
        assert!(report.result.is_ok(), "{:?}: {:?}", report.tenant.name, report.result);
    }
    assert_eq!(journal.status().await.expect("a status").done, 14);
    let again = journal.enqueue(&tenants()).await.expect("they are enqueued");
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 14), "they are found again");

    let clients: Vec<_> = dialog360().list_clients().partner_id(&partner).items().try_collect().await.expect("a list");
    let names: BTreeSet<_> = clients.into_iter().filter_map(|client| client.name).collect();
    assert_eq!(names, TENANTS.iter().map(|(name, _)| (*name).to_owned()).collect());
    for tenant in tenants() {
        assert!(!journal.entries(&tenant.identity()).await.expect("read").is_empty(), "{}", tenant.email);
    }
}
