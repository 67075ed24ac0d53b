//! Clients of 100 accounts beside one client: time until each has made a call, and connections. `cargo xtask bench tenants`
//! prints them.
#![allow(missing_docs)]

use std::collections::HashSet;
use std::net::SocketAddr;

use api_runtime::Method;
use conformance::ratio::{alternate, row, time_row};
use conformance::recorder::{Recorder, Reply};
use tokio::runtime::Builder;
use zapsign_api::Client;

const ROUNDS: usize = 15;
const TENANTS: usize = 100;

fn main() {
    // `cargo test` builds benches too and runs them with this argument.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let recorder = runtime.block_on(Recorder::start(Reply::new(200, "application/json", "{}")));
    let build = || Client::builder().api_token("token").base_url(recorder.url()).build().expect("it builds");
    let token = |tenant: usize| format!("token-{tenant}");
    let call = async |client: &Client| {
        client.request(Method::GET, "/plan").send().await.expect("it is answered");
    };
    let one = || {
        runtime.block_on(async {
            let client = build();
            for _ in 0..TENANTS {
                call(&client).await;
            }
        });
    };
    let derived = || {
        runtime.block_on(async {
            let client = build();
            for tenant in 0..TENANTS {
                call(&client.with_api_token(token(tenant)).expect("a token")).await;
            }
        });
    };
    let built = || {
        runtime.block_on(async {
            for tenant in 0..TENANTS {
                let builder = Client::builder().api_token(token(tenant)).base_url(recorder.url());
                call(&builder.build().expect("it builds")).await;
            }
        });
    };
    let connections = |run: &dyn Fn()| {
        recorder.take();
        run();
        recorder.take().iter().map(|it| it.peer).collect::<HashSet<SocketAddr>>().len().to_string()
    };
    time_row("100 calls by 100 clients made from one, time", alternate(ROUNDS, one, derived), "1.10");
    time_row("100 calls by 100 clients built each, time", alternate(ROUNDS, one, built), "");
    row("connections of one client", &connections(&one), "", "1");
    row("connections of 100 clients made from one", &connections(&derived), "", "1");
    row("connections of 100 clients built each", &connections(&built), "", "");
}
