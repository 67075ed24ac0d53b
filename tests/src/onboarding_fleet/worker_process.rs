//! Handle of a process that works on tenants.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::assignment::Assignment;
use super::line::Line;

/// Time-out against a process that hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// Process that works on tenants. It ends when this is dropped.
pub(super) struct WorkerProcess {
    child: Child,
    input: ChildStdin,
    lines: UnboundedReceiver<Line>,
}

impl WorkerProcess {
    /// Starts a process of this program, which calls [`run_process`](super::run_process) with the argument `process`.
    pub(super) fn start(program: &Path, assignment: &Assignment) -> Self {
        let mut command = Command::new(program);
        command.arg("process").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let (mut input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        // A process that is killed at once does not read it.
        let _ = writeln!(input, "{}", serde_json::to_string(assignment).expect("JSON"));
        let (sender, lines) = unbounded_channel();
        thread::spawn(move || {
            // A process that is killed may leave a part of a line.
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.filter_map(|line| serde_json::from_str(&line).ok()).try_for_each(|line| sender.send(line))
        });
        Self { child, input, lines }
    }

    /// Returns the next line, if there is one by now.
    pub(super) fn next_line(&mut self) -> Option<Line> {
        self.lines.try_recv().ok()
    }

    /// Waits until the process is at its point. Returns `false` if it ends before.
    pub(super) async fn reaches_point(&mut self) -> bool {
        let reached = async {
            while let Some(line) = self.lines.recv().await {
                if line == Line::AtPoint {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(PATIENCE, reached).await.expect("the process hangs before its point")
    }

    /// Lets a process that waits at its point go on, as soon as it is not stopped.
    pub(super) fn leave_point(&mut self) {
        writeln!(self.input).expect("the process reads");
    }

    /// Sends a signal: `STOP` or `CONT`.
    pub(super) fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(status.expect("every system has it").success(), "the process is gone");
    }

    /// Kills the process with SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().expect("it is a child of this process");
        self.child.wait().expect("it ends");
    }

    /// Returns how the process ended, if it did.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is a child of this process")
    }

    /// Waits for the end of the process.
    pub(super) async fn end(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(Instant::now() < end, "the process hangs");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
