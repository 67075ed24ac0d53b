//! Process of a real server that a test starts: found on the PATH, in a temporary folder of its own, and gone with the test.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Starts the server and obeys the lines on its input. The end of its input is that of the test, however it ended: then the
/// server is killed, too. If a test ends while its server is stopped, the system sends both a SIGHUP.
///
/// A server may have processes of its own, one for each connection, say, which are not in its process group. While it is stopped
/// it has no new ones. They are killed before it, so that nobody else has the memory that they share when it starts again.
const WATCHER: &str = r#"
trap '' HUP PIPE
folder=$1; shift
children() {
  cat "/proc/$1/task/$1/children" 2>/dev/null || ps -A -o ppid= -o pid= | awk -v "of=$1" '$1 == of { print $2 }'
}
runs() {
  state=$(sed -n 's/^State:[^A-Z]*//p' "/proc/$1/status" 2>/dev/null || ps -o stat= -p "$1")
  case $state in ''|[ZX]*) false ;; esac
}
end() {
  kill -STOP "$server"
  children=$(children "$server")
  for child in $children; do kill -KILL "$child"; done
  for child in $children; do while runs "$child"; do sleep 0.01; done; done
  kill -KILL "$server"
  wait "$server"
}
start() { "$@" >>"$folder/output" 2>&1 & server=$!; }
start "$@"
echo started
while read -r order; do
  case $order in
    start) start "$@" ;;
    KILL) end ;;
    INT|QUIT) kill -"$order" "$server"; wait "$server" ;;
    *) kill -"$order" "$server"; for child in $(children "$server"); do kill -"$order" "$child"; done ;;
  esac
  echo "$order"
done
end
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
    find_program_in(names, &path_folders(), "on the PATH")
}

/// Returns the path of the first of these programs that is in one of the folders, which are `place` in a message. Without one,
/// or if `STORES` is `off`, says that the test is skipped.
///
/// # Panics
///
/// If there is none, and `STORES` is `required`.
pub fn find_program_in(names: &[&str], folders: &[PathBuf], place: &str) -> Option<PathBuf> {
    if stores_are("off") {
        skip("STORES is off");
        return None;
    }
    let found = names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|it| it.is_file()));
    if found.is_none() {
        skip(&format!("no {} {place}", names.join(" or ")));
    }
    found
}

/// Returns the folders of the PATH.
pub fn path_folders() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect()
}

fn stores_are(setting: &str) -> bool {
    env::var_os("STORES").is_some_and(|stores| stores == setting)
}

/// Tells that a test was not run, where `.ci/run` looks for it.
///
/// # Panics
///
/// If `STORES` is `required`.
fn skip(reason: &str) {
    assert!(!stores_are("required"), "skipped: {reason}");
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

    /// Gives the folder to another user, whom the server runs as. Needs a test that runs as root.
    pub fn give_to(&self, user: u32) {
        std::os::unix::fs::chown(&self.0, Some(user), None).expect("the test runs as root");
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

    /// Sends the server a signal that ends it, `INT` or `QUIT`, and returns when it is gone.
    pub fn end(&mut self, signal: &str) {
        self.order(signal);
    }

    /// Starts the server again after it has ended, with the same arguments.
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
