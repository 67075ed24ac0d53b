//! The Postgres server that tests start: it does what they ask for, and is gone with them.
#![allow(missing_docs)]
#![cfg(unix)]

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use conformance::postgres_server::{Database, PostgresServer, Shutdown};
use conformance::wait::wait_until;

/// Returns `true` if a process has not ended. One that nobody has waited for is still listed.
fn runs(process: u32) -> bool {
    let exists = Command::new("sh").args(["-c", "kill -0 $0 2>/dev/null", &process.to_string()]).status();
    let waits = std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    exists.expect("a shell").success() && !waits
}

async fn write(database: &Database) {
    database.query("CREATE TABLE IF NOT EXISTS t (n int); INSERT INTO t VALUES (1)").await;
}

#[tokio::test]
async fn a_server_that_ended_has_everything_at_the_same_address() {
    let Some(mut server) = PostgresServer::start() else { return };
    let database = server.database().await;
    for ends in 1..=3 {
        write(&database).await;
        match ends {
            1 => server.kill(),
            2 => server.shut_down(Shutdown::Immediate),
            _ => server.shut_down(Shutdown::Fast),
        }
        assert!(database.try_query("SELECT").await.is_err());
        server.restart();
        assert_eq!(database.integer("SELECT count(*) FROM t").await, ends);
    }
}

#[tokio::test]
async fn a_frozen_server_answers_when_it_is_thawed() {
    let Some(mut server) = PostgresServer::start() else { return };
    let database = server.database().await;
    let (client, connection) =
        tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    server.freeze();
    // Of a connection that it has, too, which another process serves.
    let query = client.simple_query("SELECT 1");
    tokio::pin!(query);
    // A server that runs would fail this now and then only, on a slow machine.
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut query).await.is_err());
    server.thaw();
    assert!(query.await.is_ok());
    assert_eq!(database.value("SELECT 1").await, "1");
}

#[tokio::test]
async fn databases_share_a_server_and_nothing_else() {
    let Some(server) = PostgresServer::shared() else { return };
    let (one, other) = (server.database().await, server.database().await);
    write(&one).await;
    assert!(other.try_query("SELECT FROM t").await.is_err());
    let copy = server.copy(&one).await;
    write(&one).await;
    assert_eq!(copy.integer("SELECT count(*) FROM t").await, 1);
    assert_eq!(one.integer("SELECT count(*) FROM t").await, 2);
    assert_eq!(PostgresServer::shared().expect("it runs").url("a"), server.url("a"));
}

#[tokio::test]
async fn sessions_are_terminated_in_one_database() {
    let Some(server) = PostgresServer::shared() else { return };
    let (one, other) = (server.database().await, server.database().await);
    let mut clients = Vec::new();
    for database in [&one, &other] {
        let connected = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("a connection");
        tokio::spawn(connection);
        clients.push(client);
    }
    assert_eq!(one.terminate_backends().await, 1);
    assert!(clients[0].simple_query("SELECT").await.is_err());
    assert!(clients[1].simple_query("SELECT").await.is_ok());
}

#[tokio::test]
async fn users_need_their_password() {
    let Some(server) = PostgresServer::shared() else { return };
    let database = server.database().await;
    database.query("CREATE ROLE reader LOGIN PASSWORD 'right'").await;
    let connect =
        async |user| tokio_postgres::connect(&server.url_of(user, database.name()), tokio_postgres::NoTls).await;
    assert!(connect("reader:right").await.is_ok());
    assert!(connect("reader:wrong").await.is_err());
    assert!(connect("reader").await.is_err());
}

#[test]
fn a_server_is_gone_with_a_test_that_was_killed() {
    const HELD: &str = "a_test_that_never_ends";
    if PostgresServer::shared().is_none() {
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
    let line = lines.find_map(|line| line.split_once("serves ").map(|(_, rest)| rest.to_owned())).expect("a line");
    let (processes, folder) = line.split_once(" in ").expect("a folder");
    let processes: Vec<u32> = processes.split(',').map(|id| id.parse().expect("an id")).collect();
    let ran = processes.iter().filter(|process| runs(**process)).count();
    test.kill().expect("it runs");
    test.wait().expect("it ends");
    assert!(ran > 2 && ran == processes.len(), "{ran} of {processes:?}");
    wait_until("the folder is removed", || !Path::new(folder).exists());
    wait_until("its processes are gone", || !processes.iter().any(|process| runs(*process)));
}

#[tokio::test]
#[ignore = "never ends; another test starts and kills it"]
async fn a_test_that_never_ends() {
    let mut server = PostgresServer::start().expect("it is installed");
    let database = server.database().await;
    let processes = "SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
    let processes = database.value(processes).await;
    let folder = database.value("SHOW unix_socket_directories").await;
    // The hardest case: a server that is stopped.
    server.freeze();
    println!("serves {processes} in {folder}");
    std::future::pending::<()>().await;
}
