use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use super::gate::FreezeGate;
use super::point::Moment;

/// Returns an HTTP client that stands still while it looks up the vendor's address. It keeps no connections, so that it does so
/// for each call, after the last check: a client that is made elsewhere does not repeat the check once it has a connection.
pub(in crate::onboarding_fleet) fn stopping_http_client(gate: Arc<FreezeGate>) -> reqwest::Client {
    let builder = reqwest::Client::builder().dns_resolver(StoppingResolver(gate)).pool_max_idle_per_host(0);
    builder.redirect(Policy::none()).no_proxy().referer(false).build().expect("it builds")
}

/// Resolver that knows this machine only.
struct StoppingResolver(Arc<FreezeGate>);

impl Resolve for StoppingResolver {
    fn resolve(&self, _name: Name) -> Resolving {
        let gate = self.0.clone();
        Box::pin(async move {
            gate.pass_in_call(Moment::BeforeWrite);
            // The port is that of the URL.
            let addresses: Addrs = Box::new([SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)].into_iter());
            Ok(addresses)
        })
    }
}
