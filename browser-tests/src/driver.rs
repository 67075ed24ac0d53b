//! Process of the WebDriver server.

use std::env;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// Running chromedriver. It ends when it is dropped, with the browsers that it has started.
pub(crate) struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    /// Starts a driver on a free port, or returns `None` if it is not installed.
    ///
    /// # Panics
    ///
    /// If it is not installed and `TOOLS` is `required`.
    pub(crate) fn start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        // A group of its own, to which the browser belongs, too.
        command.arg("--port=0").process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut process) = command.spawn() else {
            skip("chromedriver is not on the PATH: install chromium and chromium-driver");
            return None;
        };
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut driver = Self { process, url: String::new() };
        let port = output.lines().map_while(Result::ok).find_map(|line| port(&line));
        let port = port.expect("chromedriver tells its port");
        driver.url = format!("http://127.0.0.1:{port}");
        Some(driver)
    }

    /// Returns the base URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        // What has ended already needs no signal.
        let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        let _ = self.process.wait();
    }
}

/// Tells that a test was not run.
///
/// # Panics
///
/// If `TOOLS` is `required`.
pub fn skip(reason: &str) {
    assert!(env::var_os("TOOLS").is_none_or(|tools| tools != "required"), "{reason}");
    println!("skipped: {reason}");
}

/// Returns the port that a line of the driver's output tells.
fn port(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("started successfully on port ")?;
    port.trim_end_matches('.').parse().ok()
}
