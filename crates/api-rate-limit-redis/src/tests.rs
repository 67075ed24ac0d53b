//! The store against a server that this process plays, which loses connections and changes its identity when it is told to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_runtime::{
    RateLimitRule, RateLimitScope, RateLimitStore as _, Settlement, SlotRequest, StoreError, TakenSlots, WindowKey,
};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::endpoint::Endpoint;
use crate::reconnect::{Reconnect, open};
use crate::script::take;
use crate::store::RedisRateLimitStore;
#[cfg(feature = "cluster")]
use crate::store_error::CLUSTER_DOWN;
use crate::store_error::{CLUSTER, READ_ONLY, RESTARTED, SLOW, UNREACHABLE};

const GRANTED: Result<TakenSlots, StoreError> = Ok(TakenSlots::Granted { full: false });

/// Server that grants every slot.
struct Server {
    url: String,
    state: Arc<ServerState>,
}

#[derive(Default)]
struct ServerState {
    /// Identity that it tells, and its role.
    history: Mutex<(u32, &'static str)>,
    /// Closes the connection instead of the next answer to a script.
    closes: AtomicBool,
    /// Leaves scripts without an answer.
    is_silent: AtomicBool,
    /// Sends each script on, to itself, as nodes of a cluster do that do not agree yet on who has a slot.
    sends_on: AtomicBool,
    /// Closes each new connection at once.
    refuses: AtomicBool,
    connections: AtomicUsize,
    scripts: AtomicUsize,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("redis://{}", listener.local_addr().expect("it is bound"));
        let state = Arc::new(ServerState { history: Mutex::new((1, "master")), ..ServerState::default() });
        let accepting = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("it listens");
                accepting.connections.fetch_add(1, Ordering::SeqCst);
                if !accepting.refuses.load(Ordering::SeqCst) {
                    tokio::spawn(serve(stream, Arc::clone(&accepting)));
                }
            }
        });
        Self { url, state }
    }

    async fn store(&self) -> RedisRateLimitStore {
        // Far more than any answer takes, so that no test depends on the speed of the machine.
        RedisRateLimitStore::builder(&self.url)
            .response_timeout(Duration::from_secs(60))
            .connect()
            .await
            .expect("the server answers")
    }

    fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Loses the connection at the next script, and is another one from then on.
    fn restart(&self, history: u32, role: &'static str) {
        *self.state.history.lock().unwrap_or_else(PoisonError::into_inner) = (history, role);
        self.state.closes.store(true, Ordering::SeqCst);
    }
}

async fn serve(stream: TcpStream, state: Arc<ServerState>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let command = read_command(&mut stream).await?;
        let answer = match command[0].as_str() {
            "INFO" => {
                let (id, role) = *state.history.lock().unwrap_or_else(PoisonError::into_inner);
                let info = format!(
                    "redis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\nrun_id:{id}\r\nmaster_replid:{id}\r\nrole:{role}\r\n"
                );
                format!("${}\r\n{info}\r\n", info.len())
            }
            "EVALSHA" => {
                state.scripts.fetch_add(1, Ordering::SeqCst);
                if state.closes.swap(false, Ordering::SeqCst) {
                    return None;
                }
                if state.is_silent.load(Ordering::SeqCst) {
                    continue;
                }
                if state.sends_on.load(Ordering::SeqCst) {
                    format!("-MOVED 1 {}\r\n", stream.get_ref().local_addr().ok()?)
                } else {
                    "*2\r\n:1\r\n:0\r\n".to_owned()
                }
            }
            // It has all slots of a cluster.
            "CLUSTER" => {
                let port = stream.get_ref().local_addr().ok()?.port();
                format!("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:{port}\r\n")
            }
            _ => "+OK\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// Reads a command, an array of strings; `None` at the end of the connection.
async fn read_command(stream: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let mut command = Vec::new();
    for _ in 0..read_number(stream, '*').await? {
        let mut bytes = vec![0; read_number(stream, '$').await? + 2];
        stream.read_exact(&mut bytes).await.ok()?;
        command.push(String::from_utf8(bytes).ok()?.trim_end().to_owned());
    }
    Some(command)
}

async fn read_number(stream: &mut BufReader<TcpStream>, sign: char) -> Option<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.strip_prefix(sign)?.trim_end().parse().ok()
}

fn attempt() -> Arc<SlotRequest> {
    let rule = RateLimitRule { requests: 1, per_seconds: 1, scope: RateLimitScope::Credential };
    Arc::new(SlotRequest::new(Duration::from_secs(1), [Arc::new(WindowKey::new("api:0a", "1/1", rule))]))
}

#[tokio::test]
async fn a_lost_connection_to_the_same_server_is_not_noticed() {
    let server = Server::start().await;
    let store = server.store().await;
    server.restart(1, "master");
    assert_eq!(store.take(&attempt()).await, GRANTED);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_that_may_have_lost_its_data_is_reported_once_by_each_clone() {
    let server = Server::start().await;
    let store = server.store().await;
    let clone = store.clone();
    server.restart(2, "master");
    assert_eq!(store.take(&attempt()).await, Err(RESTARTED));
    assert_eq!(store.take(&attempt()).await, GRANTED);
    server.restart(2, "master");
    assert_eq!(store.take(&attempt()).await, GRANTED, "it is known by now");
    assert_eq!(clone.take(&attempt()).await, Err(RESTARTED), "a clone is another handle's");
    assert_eq!(clone.take(&attempt()).await, GRANTED);
    assert_eq!(clone.clone().take(&attempt()).await, GRANTED, "what was reported before is nothing to a new clone");
}

#[tokio::test]
async fn a_settlement_leaves_the_report_to_a_call() {
    let server = Server::start().await;
    let store = server.store().await;
    server.restart(2, "master");
    store.settle(attempt(), Settlement::NotSent);
    store.flush().await;
    assert_eq!(server.connections(), 2);
    assert_eq!(store.take(&attempt()).await, Err(RESTARTED));
}

/// Returns a connection beneath a store.
async fn reconnect(server: &Server) -> Arc<Reconnect> {
    let client = redis::Client::open(server.url.as_str()).expect("a URL");
    let endpoint = Endpoint::Server(Box::new(client));
    let opened = open(&endpoint).await.expect("the server answers");
    Reconnect::new(endpoint, opened, Duration::from_secs(60))
}

#[tokio::test]
async fn a_late_failure_of_a_connection_leaves_the_next_one_alone() {
    let server = Server::start().await;
    let reconnect = reconnect(&server).await;
    let take = take("p", &attempt());
    reconnect.close(0, None);
    assert_eq!(reconnect.run::<Vec<i64>>(&take).await, Ok(vec![1, 0]));
    for late in [0, u64::MAX] {
        reconnect.close(late, Some(SLOW));
        assert_eq!(reconnect.run::<Vec<i64>>(&take).await, Ok(vec![1, 0]));
    }
    assert_eq!(server.connections(), 2);
    reconnect.close(1, None);
    assert_eq!(reconnect.run::<Vec<i64>>(&take).await, Ok(vec![1, 0]));
    assert_eq!(server.connections(), 3);
}

/// Takes slots for fifty attempts at the same time, and returns the answers.
async fn take_at_once(store: &Arc<RedisRateLimitStore>) -> Vec<Result<TakenSlots, StoreError>> {
    let take = |_| {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.take(&attempt()).await })
    };
    let mut answers = Vec::new();
    for take in (0..50).map(take).collect::<Vec<_>>() {
        answers.push(take.await.expect("it does not panic"));
    }
    answers
}

#[tokio::test]
async fn all_calls_that_waited_while_the_data_were_lost_are_told() {
    let server = Server::start().await;
    let store = Arc::new(server.store().await);
    server.restart(2, "master");
    assert!(take_at_once(&store).await.iter().all(|taken| *taken == Err(RESTARTED)));
    assert_eq!(store.take(&attempt()).await, GRANTED);
}

#[tokio::test]
async fn a_settlement_waits_for_a_connection_that_is_opened_anew() {
    let server = Server::start().await;
    let store = server.store().await;
    server.state.refuses.store(true, Ordering::SeqCst);
    server.restart(1, "master");
    assert_eq!(store.take(&attempt()).await, Err(UNREACHABLE));
    let scripts = server.state.scripts.load(Ordering::SeqCst);
    store.settle(attempt(), Settlement::Ended { hold: None });
    tokio::task::yield_now().await;
    server.state.refuses.store(false, Ordering::SeqCst);
    store.flush().await;
    assert_eq!(server.state.scripts.load(Ordering::SeqCst), scripts + 1);
}

#[tokio::test]
async fn many_calls_open_one_connection() {
    let server = Server::start().await;
    let store = Arc::new(server.store().await);
    server.restart(1, "master");
    assert!(take_at_once(&store).await.iter().all(|taken| *taken == GRANTED));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn while_a_connection_can_not_be_opened_calls_fail_without_one_of_their_own() {
    let server = Server::start().await;
    let store = server.store().await;
    server.state.refuses.store(true, Ordering::SeqCst);
    server.restart(1, "master");
    assert_eq!(store.take(&attempt()).await, Err(UNREACHABLE));
    let scripts = server.state.scripts.load(Ordering::SeqCst);
    for _ in 0..1000 {
        assert_eq!(store.take(&attempt()).await, Err(UNREACHABLE));
    }
    assert_eq!(server.state.scripts.load(Ordering::SeqCst), scripts);
    server.state.refuses.store(false, Ordering::SeqCst);
    while store.take(&attempt()).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_server_that_became_a_replica_is_not_used_until_it_is_a_primary_again() {
    let server = Server::start().await;
    let store = server.store().await;
    server.restart(1, "slave");
    assert_eq!(store.take(&attempt()).await, Err(READ_ONLY));
    let scripts = server.state.scripts.load(Ordering::SeqCst);
    assert_eq!(store.take(&attempt()).await, Err(READ_ONLY));
    assert_eq!(server.state.scripts.load(Ordering::SeqCst), scripts);
    *server.state.history.lock().unwrap_or_else(PoisonError::into_inner) = (2, "master");
    let mut error = READ_ONLY;
    while let Err(last) = store.take(&attempt()).await {
        error = last;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(error, RESTARTED);
}

#[tokio::test]
async fn a_server_without_an_answer_is_given_up_with_its_connection() {
    let server = Server::start().await;
    let builder = RedisRateLimitStore::builder(&server.url).response_timeout(Duration::from_millis(200));
    // A slow machine may take longer, too.
    let store = loop {
        if let Ok(store) = builder.clone().connect().await {
            break store;
        }
    };
    server.state.is_silent.store(true, Ordering::SeqCst);
    assert_eq!(store.take(&attempt()).await, Err(SLOW));
    server.state.is_silent.store(false, Ordering::SeqCst);
    while store.take(&attempt()).await != GRANTED {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(server.connections() > 1);
}

#[tokio::test]
async fn a_call_is_one_request_before_and_one_after() {
    let server = Server::start().await;
    let store = server.store().await;
    let before = server.state.scripts.load(Ordering::SeqCst);
    let attempt = attempt();
    assert_eq!(store.take(&attempt).await, GRANTED);
    assert_eq!(server.state.scripts.load(Ordering::SeqCst), before + 1);
    // A thread without a runtime, as that of a destructor may be.
    let settling = store.clone();
    std::thread::spawn(move || settling.settle(attempt, Settlement::Ended { hold: None }))
        .join()
        .expect("it does not panic");
    store.flush().await;
    assert_eq!(server.state.scripts.load(Ordering::SeqCst), before + 2);
}

#[test]
fn after_the_runtime_that_connected_has_ended_nothing_hangs() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let first = runtime();
    let store = first.block_on(async { Server::start().await.store().await });
    drop(first);
    store.settle(attempt(), Settlement::NotSent);
    runtime().block_on(store.flush());
}

#[tokio::test]
async fn a_server_that_sends_on_is_one_of_a_cluster() {
    let server = Server::start().await;
    let store = server.store().await;
    server.state.sends_on.store(true, Ordering::SeqCst);
    assert_eq!(store.take(&attempt()).await, Err(CLUSTER));
}

#[cfg(feature = "cluster")]
#[tokio::test]
async fn a_cluster_in_which_no_server_has_a_slot_lacks_one() {
    let server = Server::start().await;
    let builder = RedisRateLimitStore::builder(&server.url).cluster(std::iter::empty::<&str>());
    let store = builder.response_timeout(Duration::from_secs(60)).connect().await.expect("the server answers");
    server.state.sends_on.store(true, Ordering::SeqCst);
    assert_eq!(store.take(&attempt()).await, Err(CLUSTER_DOWN));
}
