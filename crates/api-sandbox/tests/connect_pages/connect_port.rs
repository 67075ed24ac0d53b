//! Connect port.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use api_sandbox::Sandbox;

use super::Browser;

#[tokio::test]
async fn the_connect_port_has_the_pages_alone() {
    let browser = Browser::of(Sandbox::builder().connect_port(0)).await;
    let connect_url = browser.sandbox.connect_url().expect("a port").to_owned();
    let status = async |host: &str, url: String| {
        browser.http.get(url).header("host", host).send().await.expect("an answer").status().as_u16()
    };
    let page = "/dashboard/app/sandboxPA";
    for (host, expected) in [("0.0.0.0:8082", 200), ("localhost:8082", 200), ("rebound.example", 403)] {
        assert_eq!(status(host, format!("{connect_url}{page}")).await, expected, "{host}");
    }
    assert_eq!(status("0.0.0.0:8082", format!("{}{page}", browser.sandbox.url())).await, 403);
    for (path, expected) in [
        ("/sandbox/assets/connect.css", 200),
        ("/", 404),
        ("/verificar/x", 404),
        ("/sandbox/requests", 404),
        ("/api/v2/token", 404),
    ] {
        assert_eq!(status("localhost", format!("{connect_url}{path}")).await, expected, "{path}");
    }
    let port = connect_url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let error = Sandbox::builder().connect_port(port).start().await.expect_err("it is taken");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().starts_with(&format!("connect port {port}: ")), "{error}");
    drop(browser.sandbox);
    let answer = browser.http.get(format!("{connect_url}{page}")).send().await;
    assert!(answer.is_err(), "it is closed with the sandbox");
}

/// Last line that the program prints.
const DASHBOARD: &str = "dashboard: open the address in a browser";

/// Starts the program with a connect port. Returns the lines that it prints, and its warning.
fn program(connect_port: u16) -> (Vec<String>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api-sandbox"));
    command.env_clear().env("SANDBOX_PORT", "0").arg(format!("--connect-port={connect_port}"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines().map(|line| line.expect("text"));
    let lines: Vec<String> = lines.take(if connect_port == 0 { 5 } else { 4 }).collect();
    child.kill().expect("it runs on");
    child.wait().expect("it ends");
    let mut warning = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut warning).expect("text");
    (lines, warning)
}

#[test]
fn the_program_tells_the_address_of_the_pages_or_runs_on_without_them() {
    let (lines, warning) = program(0);
    assert!(lines[0].starts_with("http://127.0.0.1:"), "{lines:?}");
    assert!(lines[3].starts_with("connect pages: http://127.0.0.1:"), "{lines:?}");
    assert!(lines[3].ends_with("/dashboard/app/sandboxPA"), "{lines:?}");
    assert_eq!(lines[4], DASHBOARD);
    assert_eq!(warning, "");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("it is bound").port();
    let (lines, warning) = program(port);
    assert!(lines[2].starts_with("ZapSign: "), "{lines:?}");
    assert_eq!(lines[3], DASHBOARD);
    assert!(warning.starts_with(&format!("warning: connect port {port}: ")), "{warning}");
    assert!(warning.contains("the sandbox runs without it"), "{warning}");
}
