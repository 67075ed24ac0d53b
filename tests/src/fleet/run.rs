//! Run of a fleet: the vendor, the store, and the processes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, sleep};
use std::time::Duration;

use api_sandbox::{RateLimit, Sandbox};

use super::arrivals::arrivals;
use super::member::{Assignment, MemberReport};
use super::report::FleetReport;
use super::settings::FleetSettings;
use crate::redis_server::RedisServer;
use crate::store_fault::StoreFault;

/// Process of a fleet, and the pipes to it.
struct Member {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Member {
    /// Starts a process of this program, which calls [`run_member`](super::run_member).
    fn start(program: &Path, assignment: &Assignment) -> Self {
        let mut command = Command::new(program);
        command.arg("member").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let (input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut member = Self { child, input, output: BufReader::new(output) };
        member.write(&serde_json::to_string(assignment).expect("JSON"));
        assert_eq!(member.read(), "ready\n");
        member
    }

    fn write(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("the process reads");
    }

    fn read(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the process writes text");
        line
    }
}

/// Ends the process, which a failed run would leave behind.
impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a fleet of processes of `program`, which calls [`run_member`](super::run_member) with the argument `member`. `fault` is
/// that of the store, and its time after the start. Returns `None` if no store is installed.
///
/// # Panics
///
/// If a process or the store fails otherwise than by the fault that is set.
pub async fn run(
    program: &Path,
    settings: &FleetSettings,
    fault: Option<(StoreFault, Duration)>,
) -> Option<FleetReport> {
    let limit = RateLimit::new("zapsign", settings.requests, Duration::from_secs(settings.per_seconds.into()));
    let sandbox = Sandbox::builder().rate_limit(limit).rate_limit_headers(false).limits(settings.vendor_refuses);
    let sandbox = sandbox.start().await.expect("a free port");
    let server = if settings.with_store { Some(RedisServer::start()?) } else { None };
    let assignment = |number| Assignment {
        number,
        url: sandbox.url().to_owned(),
        token: sandbox.credentials().api_token.clone(),
        store: server.as_ref().map(RedisServer::url),
        settings: settings.clone(),
    };
    let assignments: Vec<Assignment> = (0..settings.processes).map(assignment).collect();
    let program = program.to_owned();
    // The sandbox goes on while this waits for the processes.
    let ran = tokio::task::spawn_blocking(move || run_members(&program, &assignments, server, fault)).await;
    let (members, server) = ran.expect("no panic");
    Some(FleetReport::new(settings, &arrivals(&sandbox.requests()), &members, server))
}

/// Runs the processes. Returns their reports, the number of scripts that the server ran, and its processor time.
fn run_members(
    program: &Path,
    assignments: &[Assignment],
    server: Option<RedisServer>,
    fault: Option<(StoreFault, Duration)>,
) -> (Vec<MemberReport>, Option<(u64, Duration)>) {
    let mut members: Vec<Member> = assignments.iter().map(|assignment| Member::start(program, assignment)).collect();
    let replica = server.as_ref().zip(fault).and_then(|(server, (fault, _))| fault.replica(server));
    let before = server.as_ref().map(server_use);
    members.iter_mut().for_each(|member| member.write("go"));
    let injecting = thread::spawn(move || {
        let mut server = server;
        if let (Some((fault, after)), Some(server)) = (fault, &mut server) {
            sleep(after);
            fault.inject(server, replica);
        }
        server
    });
    let report = |member: &mut Member| serde_json::from_str(&member.read()).expect("a report");
    let reports = members.iter_mut().map(report).collect();
    let server = injecting.join().expect("no panic");
    let after = server.as_ref().filter(|_| fault.is_none()).map(server_use);
    let server_use = before.zip(after).map(|(before, after)| (after.0 - before.0, after.1.saturating_sub(before.1)));
    (reports, server_use)
}

/// Returns the number of scripts that a server has run, and its processor time.
fn server_use(server: &RedisServer) -> (u64, Duration) {
    let text = server.text(&["INFO", "cpu"]);
    let seconds = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.and_then(|value| value.trim().parse::<f64>().ok()).unwrap_or_default()
    };
    let processor = Duration::from_secs_f64(seconds("used_cpu_user") + seconds("used_cpu_sys"));
    (server.executions("evalsha") + server.executions("eval"), processor)
}
