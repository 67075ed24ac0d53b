//! Faults of a store.

use std::str::FromStr;
use std::thread::sleep;
use std::time::Duration;

use crate::redis_server::RedisServer;

/// Time for which a stopped store answers nothing.
const STOPPED: Duration = Duration::from_secs(10);

/// Time for which a killed store is away.
const AWAY: Duration = Duration::from_secs(2);

/// Fault of a store while a fleet uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFault {
    /// It forgets everything (`FLUSHALL`).
    Flush,
    /// It stands still for ten seconds, and goes on.
    Stop,
    /// It is killed, and starts after two seconds with nothing in it.
    Kill,
    /// It is killed, and its replica becomes the primary.
    Promote,
}

impl FromStr for StoreFault {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "flushall" => Ok(Self::Flush),
            "stop" => Ok(Self::Stop),
            "kill" => Ok(Self::Kill),
            "promote" => Ok(Self::Promote),
            _ => Err("there are the faults flushall, stop, kill and promote"),
        }
    }
}

impl StoreFault {
    /// Makes a store fail, and returns when it is there again.
    pub(super) fn strike(self, server: &mut RedisServer, replica: Option<RedisServer>) {
        match self {
            Self::Flush => drop(server.command(&["FLUSHALL"])),
            Self::Stop => {
                server.freeze();
                sleep(STOPPED);
                server.thaw();
            }
            Self::Kill => {
                server.kill();
                sleep(AWAY);
                server.restart();
            }
            Self::Promote => server.promote(replica.expect("a replica was started")),
        }
    }
}
