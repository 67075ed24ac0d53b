//! The server that tests start: it does what they ask for, and is gone with them.
#![allow(missing_docs)]
#![cfg(unix)]

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use conformance::redis_server::RedisServer;
use conformance::wait::wait_until;

fn run_id(server: &RedisServer) -> String {
    let info = server.text(&["INFO", "server"]);
    info.lines().find_map(|line| line.strip_prefix("run_id:").map(str::to_owned)).expect("it has one")
}

#[test]
fn a_server_that_was_killed_starts_empty_at_the_same_address() {
    let Some(mut server) = RedisServer::start() else { return };
    let (url, first) = (server.url(), run_id(&server));
    server.command(&["SET", "key", "value"]);
    server.kill();
    assert!(redis::Client::open(url.clone()).expect("a URL").get_connection().is_err());
    server.restart();
    assert_eq!(server.url(), url);
    assert_ne!(run_id(&server), first);
    assert_eq!(server.integer(&["DBSIZE"]), 0);
}

#[test]
fn a_replica_takes_the_place_of_its_server() {
    let Some(mut server) = RedisServer::start() else { return };
    server.command(&["SET", "key", "value"]);
    let replica = server.replica();
    let (first, second) = (run_id(&server), run_id(&replica));
    assert_ne!(first, second);
    server.promote(replica);
    assert_eq!(run_id(&server), second);
    assert_eq!(server.text(&["GET", "key"]), "value");
    server.command(&["SET", "key", "another"]);
}

#[test]
fn a_frozen_server_answers_when_it_is_thawed() {
    let Some(mut server) = RedisServer::start() else { return };
    let url = server.url();
    server.freeze();
    let (sender, answers) = std::sync::mpsc::channel();
    let asks = std::thread::spawn(move || {
        let mut connection = redis::Client::open(url).expect("a URL").get_connection().expect("it is accepted");
        sender.send(redis::cmd("PING").query::<String>(&mut connection)).expect("somebody waits");
    });
    // A server that runs would fail this now and then only, on a slow machine.
    assert!(answers.recv_timeout(Duration::from_millis(200)).is_err());
    server.thaw();
    assert_eq!(answers.recv().expect("an answer").as_deref(), Ok("PONG"));
    asks.join().expect("no panic");
}

#[test]
fn a_cluster_refuses_keys_of_two_slots() {
    let Some(server) = RedisServer::start_cluster() else { return };
    server.command(&["MSET", "{one}:a", "1", "{one}:b", "2"]);
    let refusal = server.refusal(&["MSET", "{one}:a", "1", "{two}:b", "2"]);
    assert!(refusal.contains("CrossSlot"), "{refusal}");
}

#[test]
fn a_server_is_gone_with_a_test_that_was_killed() {
    const HELD: &str = "a_test_that_never_ends";
    if RedisServer::start().is_none() {
        return;
    }
    let this = env::current_exe().expect("a path");
    let mut command = Command::new(this);
    let mut test = command
        .args([HELD, "--exact", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let output = BufReader::new(test.stdout.take().expect("a pipe"));
    let mut lines = output.lines().map_while(Result::ok);
    let url = lines.find_map(|line| line.split_once("unix://").map(|(_, path)| path.to_owned())).expect("a URL");
    let socket = Path::new(&url);
    let folder = socket.parent().expect("a folder");
    assert!(socket.exists());
    test.kill().expect("it runs");
    test.wait().expect("it ends");
    wait_until("the folder is removed", || !folder.exists());
    assert!(redis::Client::open(format!("unix://{url}")).expect("a URL").get_connection().is_err());
}

#[test]
#[ignore = "never ends; another test starts and kills it"]
fn a_test_that_never_ends() {
    let mut server = RedisServer::start().expect("it is installed");
    // The hardest case: a process that is stopped.
    server.freeze();
    println!("{}", server.url());
    loop {
        std::thread::park();
    }
}
