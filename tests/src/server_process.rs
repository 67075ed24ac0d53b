//! Process of a real server that a test starts: found on the PATH, in a temporary folder of its own, and gone with the test.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Starts the server and obeys the lines on its input. The end of its input is that of the test, however it ended: then the
/// server is killed, too. If a test ends while its server is stopped, the system sends both a SIGHUP.
const WATCHER: &str = r#"
trap '' HUP PIPE
folder=$1; shift
"$@" >>"$folder/output" 2>&1 &
echo started
while read -r order; do
  case $order in
    start) "$@" >>"$folder/output" 2>&1 & ;;
    KILL) kill -KILL $!; wait $! ;;
    *) kill -"$order" $! ;;
  esac
  echo "$order"
done
kill -KILL $!
rm -rf "$folder"
"#;

/// Longest path of a Unix socket that every system takes, in bytes.
const MAX_SOCKET_PATH: usize = 103;

/// Returns the path of the first of these programs that is on the PATH. Without one, says that the test is skipped.
///
/// # Panics
///
/// If there is none, and `STORES` is `required`.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found =
        names.iter().find_map(|name| env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file()));
    if found.is_none() {
        skip(&format!("no {} on the PATH", names.join(" or ")));
    }
    found
}

/// Tells that a test was not run, where `.ci/run` looks for it.
///
/// # Panics
///
/// If `STORES` is `required`.
fn skip(reason: &str) {
    assert!(env::var_os("STORES").is_none_or(|stores| stores != "required"), "skipped: {reason}");
    // The harness shows what `println!` writes of failed tests only. One write, into which no other test's line gets.
    let _ = std::io::stderr().write_all(format!("skipped: {reason}\n").as_bytes());
}

/// Folder for the files of a server, which only this user may enter. The server's watcher removes it.
#[derive(Debug)]
pub struct ServerFolder(PathBuf);

impl ServerFolder {
    /// Creates a folder.
    pub fn create() -> Self {
        let folder = tempfile::Builder::new().prefix("store-").tempdir().expect("a temporary folder");
        Self(folder.keep())
    }

    /// Returns the path of a file in the folder.
    ///
    /// # Panics
    ///
    /// If the path is too long for a Unix socket.
    pub fn file(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        assert!(path.as_os_str().len() <= MAX_SOCKET_PATH, "set TMPDIR to a shorter path than {}", self.0.display());
        path
    }
}

/// Server in a process of its own. It ends when this is dropped, and when the test's process ends without that.
pub struct ServerProcess {
    watcher: Child,
    orders: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
    folder: ServerFolder,
}

impl ServerProcess {
    /// Starts a program with these arguments, in a folder.
    pub fn start(program: &Path, arguments: &[String], folder: ServerFolder) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", WATCHER, "sh"]).arg(&folder.0).arg(program).args(arguments).current_dir(&folder.0);
        // A Ctrl-C in the terminal ends the test, and the watcher then ends the server.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut watcher = command.spawn().expect("a shell");
        let orders = watcher.stdin.take();
        let replies = BufReader::new(watcher.stdout.take().expect("a pipe"));
        let mut process = Self { watcher, orders, replies, folder };
        assert_eq!(process.reply(), "started");
        process
    }

    /// Stops the server, which keeps its connections and answers nothing.
    pub fn freeze(&mut self) {
        self.order("STOP");
    }

    /// Lets a stopped server go on.
    pub fn thaw(&mut self) {
        self.order("CONT");
    }

    /// Kills the server, and returns when it is gone.
    pub fn kill(&mut self) {
        self.order("KILL");
    }

    /// Starts the server again after it was killed, with the same arguments.
    pub fn restart(&mut self) {
        self.order("start");
    }

    /// Returns what the server has written so far.
    pub fn output(&self) -> String {
        fs::read_to_string(self.folder.file("output")).unwrap_or_default()
    }

    fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("it is open until the drop");
        writeln!(orders, "{order}").expect("the watcher reads");
        assert_eq!(self.reply(), order);
    }

    fn reply(&mut self) -> String {
        let mut line = String::new();
        self.replies.read_line(&mut line).expect("the watcher replies");
        line.trim_end().to_owned()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.watcher.wait();
    }
}
