//! What was achieved, a line for each step, on disk before the next step begins.
//!
//! A line is only ever added, so whoever is killed leaves whole lines and at most the beginning of one.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use dialog360_api::types::{ChannelId, ClientId};
use fs4::{FileExt, TryLockError};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use zapsign_api::Secret;

/// One step of one tenant.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    /// 360dialog took the client and has not named it yet.
    ClientAccepted,
    Client {
        client_id: ClientId,
    },
    /// 360dialog took the number and has not named the channel yet.
    NumberAccepted,
    Number {
        channel_id: ChannelId,
    },
    Key {
        address: Option<String>,
        api_key: Secret,
    },
    Account {
        account_id: i64,
        api_token: Secret,
    },
    /// The token was lost on its way, and the owner's login opens the account.
    AccountByLogin {
        account_id: i64,
    },
    /// What came instead of a readable answer to a call that may have had its effect.
    Unread {
        operation: String,
        body: Secret,
    },
}

/// What a tenant has.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    pub(crate) client_accepted: bool,
    pub(crate) client: Option<ClientId>,
    pub(crate) number_accepted: bool,
    pub(crate) channel: Option<ChannelId>,
    pub(crate) has_key: bool,
    pub(crate) account: Option<i64>,
    pub(crate) by_login: bool,
}

impl Progress {
    pub(crate) fn apply(&mut self, step: &Step) {
        match step {
            Step::ClientAccepted => self.client_accepted = true,
            Step::Client { client_id } => self.client = Some(client_id.clone()),
            Step::NumberAccepted => self.number_accepted = true,
            Step::Number { channel_id } => self.channel = Some(channel_id.clone()),
            Step::Key { .. } => self.has_key = true,
            Step::Account { account_id, .. } => self.account = Some(*account_id),
            Step::AccountByLogin { account_id } => {
                self.account = Some(*account_id);
                self.by_login = true;
            }
            Step::Unread { .. } => {}
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    /// The first: which servers the file is about.
    Servers { servers: String },
    Step {
        tenant: String,
        #[serde(flatten)]
        step: Step,
    },
}

/// The file, which this run alone writes.
pub(crate) struct State {
    lines: mpsc::Sender<Waiting>,
}

struct Waiting {
    line: String,
    written: oneshot::Sender<io::Result<()>>,
}

impl State {
    /// Opens the file, or starts a new one, and reads what each tenant has.
    pub(crate) fn open(path: &Path, servers: &str) -> Result<(Self, HashMap<String, Progress>), String> {
        let fault = |error: io::Error| format!("{}: {error}", path.display());
        let mut file = create(path).map_err(fault)?;
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!("{}: another run has it; wait for that to end", path.display()));
            }
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        let progress = load(&mut file, path, servers)?;
        let (lines, waiting) = mpsc::channel();
        let name: PathBuf = path.to_owned();
        thread::Builder::new()
            .name(name.display().to_string())
            .spawn(move || write(&mut file, &waiting))
            .map_err(fault)?;
        Ok((Self { lines }, progress))
    }

    /// Comes back when the step is on disk.
    pub(crate) async fn record(&self, tenant: &str, step: Step) -> Result<(), String> {
        let line = Line::Step { tenant: tenant.to_owned(), step };
        let line = serde_json::to_string(&line).map_err(|error| error.to_string())?;
        let (written, on_disk) = oneshot::channel();
        let gone = "the state file can't be written any more";
        self.lines.send(Waiting { line, written }).map_err(|_| gone)?;
        on_disk.await.map_err(|_| gone)?.map_err(|error| format!("the state file: {error}"))
    }
}

/// Opens the file for its owner's eyes only.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let file = options.mode(0o600).open(path)?;
        // It may be older than this rule.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

fn load(file: &mut File, path: &Path, servers: &str) -> Result<HashMap<String, Progress>, String> {
    let fault = |error: io::Error| format!("{}: {error}", path.display());
    let mut progress: HashMap<String, Progress> = HashMap::new();
    let mut reader = BufReader::new(&*file);
    let (mut whole, mut number, mut line) = (0, 0, Vec::new());
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(fault)?;
        // Whoever was killed left the beginning of a line, which nobody counted on yet.
        if !line.ends_with(b"\n") {
            break;
        }
        whole += length as u64;
        number += 1;
        match serde_json::from_slice(&line) {
            Ok(Line::Servers { servers: about }) if about != servers => {
                return Err(format!(
                    "{}: it is about {about}, and this run about {servers}; choose another with --state",
                    path.display()
                ));
            }
            Ok(Line::Servers { .. }) => {}
            Ok(Line::Step { tenant, step }) => progress.entry(tenant).or_default().apply(&step),
            Err(_) => return Err(format!("{}: line {number} is not of a state file", path.display())),
        }
    }
    file.set_len(whole).map_err(fault)?;
    file.seek(io::SeekFrom::End(0)).map_err(fault)?;
    if number == 0 {
        let line = serde_json::to_string(&Line::Servers { servers: servers.to_owned() });
        writeln!(file, "{}", line.map_err(|error| error.to_string())?)
            .and_then(|()| file.sync_data())
            .map_err(fault)?;
    }
    Ok(progress)
}

/// Writes what waits, all of it at once: a disk takes its time for each wish to be sure.
fn write(file: &mut File, waiting: &mpsc::Receiver<Waiting>) {
    while let Ok(first) = waiting.recv() {
        let batch: Vec<Waiting> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let text: String = batch.iter().flat_map(|waiting| [waiting.line.as_str(), "\n"]).collect();
        let outcome = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        for waiting in batch {
            let told = outcome.as_ref().copied().map_err(|error| io::Error::new(error.kind(), error.to_string()));
            // A tenant that was given up no longer listens.
            let _ = waiting.written.send(told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVERS: &str = "here";

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
    }

    fn client(id: &str) -> Step {
        Step::Client { client_id: ClientId::new(id).expect("an id") }
    }

    #[test]
    fn the_beginning_of_a_line_is_cut_off_and_whole_lines_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.jsonl");
        {
            let (state, progress) = State::open(&path, SERVERS).expect("a new file");
            assert!(progress.is_empty());
            runtime().block_on(state.record("a@x.example", client("aCL"))).expect("it is written");
        }
        let whole = std::fs::read(&path).expect("the file");
        for torn in ["{", "{\"tenant\":\"a@x.example\",\"step\":\"client\",\"client_id\":\"bCL\"}"] {
            std::fs::write(&path, [&whole, torn.as_bytes()].concat()).expect("it is written");
            let (state, progress) = reopen(&path, SERVERS).expect("a state file");
            assert_eq!(progress["a@x.example"].client.as_ref().map(ClientId::as_str), Some("aCL"));
            assert_eq!(std::fs::read(&path).expect("the file"), whole);
            drop(state);
        }
        std::fs::write(&path, [&whole, &b"nonsense\n"[..]].concat()).expect("it is written");
        let error = reopen(&path, SERVERS).err().expect("not of a state file");
        assert!(error.ends_with("line 3 is not of a state file"), "{error}");
    }

    /// The thread that writes lets go of the file a moment after the state is dropped.
    fn reopen(path: &Path, servers: &str) -> Result<(State, HashMap<String, Progress>), String> {
        loop {
            match State::open(path, servers) {
                Err(error) if error.contains("another run") => thread::yield_now(),
                outcome => return outcome,
            }
        }
    }

    #[test]
    fn one_run_has_the_file_and_it_is_about_its_servers() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.jsonl");
        let first = State::open(&path, SERVERS).expect("a new file");
        let error = State::open(&path, SERVERS).err().expect("it is taken");
        assert!(error.contains("another run has it"), "{error}");
        drop(first);
        let error = reopen(&path, "elsewhere").err().expect("it is about another server");
        assert!(error.contains("it is about here, and this run about elsewhere"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.jsonl");
        std::fs::write(&path, "").expect("it is written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("it is set");
        let _state = State::open(&path, SERVERS).expect("an empty file");
        let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
