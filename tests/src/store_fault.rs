//! Faults of a store.

use std::thread::sleep;
use std::time::Duration;

use crate::redis_server::RedisServer;

/// Fault of a store that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFault {
    /// It forgets everything (`FLUSHALL`).
    Flush,
    /// It answers nothing for this time, and goes on.
    Freeze(Duration),
    /// It is killed, and starts after this time with nothing in it.
    Kill(Duration),
    /// It is killed, and its replica takes its place.
    Promote,
    /// Its replica takes its place, and it becomes a replica itself.
    SwitchOver,
}

impl StoreFault {
    /// Starts the replica that takes the place of a store, if one does.
    pub fn replica(self, server: &RedisServer) -> Option<RedisServer> {
        matches!(self, Self::Promote | Self::SwitchOver).then(|| server.replica())
    }

    /// Makes a store fail, and returns when it is there again.
    ///
    /// # Panics
    ///
    /// If there is no replica to take its place, or the store does not start again.
    pub fn inject(self, server: &mut RedisServer, replica: Option<RedisServer>) {
        let replica = || replica.expect("a replica was started");
        match self {
            Self::Flush => drop(server.command(&["FLUSHALL"])),
            Self::Freeze(time) => {
                server.freeze();
                sleep(time);
                server.thaw();
            }
            Self::Kill(time) => {
                server.kill();
                sleep(time);
                server.restart();
            }
            Self::Promote => server.promote(replica()),
            Self::SwitchOver => server.switch_over(replica()),
        }
    }
}
