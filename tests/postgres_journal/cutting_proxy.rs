//! Proxy in front of a Postgres server that loses one message, and the connection with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

/// Messages that a cut counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    ToServer,
    ToClient,
}

/// Proxy on a Unix socket. It ends when it is dropped.
pub(crate) struct CuttingProxy {
    folder: tempfile::TempDir,
    cuts: Arc<Cuts>,
    task: tokio::task::JoinHandle<()>,
}

/// Messages that pass before one is lost, in each direction; 0 for no cut.
#[derive(Default)]
struct Cuts {
    to_server: AtomicUsize,
    to_client: AtomicUsize,
}

impl Cuts {
    fn of(&self, direction: Direction) -> &AtomicUsize {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    /// Counts a message, and returns `true` if it is to be lost.
    fn is_cut(&self, direction: Direction) -> bool {
        let count = self.of(direction).fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        count == Ok(1)
    }
}

impl CuttingProxy {
    /// Starts a proxy for the server with this socket.
    pub(crate) fn start(server: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let cuts = Arc::<Cuts>::default();
        let task = tokio::spawn(serve(listener, server, Arc::clone(&cuts)));
        Self { folder, cuts, task }
    }

    /// Returns the folder of its socket.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Loses the message with this number from now on, from 1, and closes its connection.
    pub(crate) fn cut(&self, direction: Direction, number: usize) {
        self.cuts.of(direction).store(number, Ordering::SeqCst);
    }

    /// Cancels a cut, and returns `true` if it had not happened yet.
    pub(crate) fn cancel(&self, direction: Direction) -> bool {
        self.cuts.of(direction).swap(0, Ordering::SeqCst) > 0
    }
}

impl Drop for CuttingProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: UnixListener, server: PathBuf, cuts: Arc<Cuts>) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = UnixStream::connect(&server).await else { continue };
        let cuts = Arc::clone(&cuts);
        tokio::spawn(async move {
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            tokio::select! {
                () = copy(from_client, to_server, Direction::ToServer, &cuts) => {}
                () = copy(from_server, to_client, Direction::ToClient, &cuts) => {}
            }
        });
    }
}

/// Copies until one side closes, or a message is lost.
async fn copy(
    mut from: tokio::net::unix::OwnedReadHalf,
    mut to: tokio::net::unix::OwnedWriteHalf,
    direction: Direction,
    cuts: &Cuts,
) {
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = from.read(&mut buffer).await.unwrap_or(0);
        if length == 0 || cuts.is_cut(direction) || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
