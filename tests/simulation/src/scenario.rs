//! Parameters of a run.

use std::time::Duration;

use clap::ValueEnum;

/// Parameters of one run.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Number that decides all that happens.
    pub seed: u64,
    /// Number of processes that share the limits.
    pub processes: u32,
    /// Number of accounts, each with limits of its own.
    pub accounts: u32,
    /// Virtual time that passes.
    pub duration: Duration,
    /// Faults that happen.
    pub faults: Faults,
}

/// Faults of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Faults {
    /// None.
    None,
    /// One settlement of a hundred is lost.
    LostSettlements,
    /// Processes are killed at random times, and start anew.
    Kills,
    /// The store can't be asked for half a minute, and loses nothing.
    Outage,
    /// The store can't be asked for half a minute, and has lost everything afterwards.
    Restart,
}

impl Faults {
    /// Returns the number by which the calls in an interval may exceed the limit, as a multiple of the limit: 1 if it is kept.
    pub fn allowed_multiple(self) -> usize {
        match self {
            Self::None | Self::LostSettlements | Self::Kills => 1,
            Self::Outage | Self::Restart => 2,
        }
    }

    /// Returns the share of settlements that are lost.
    pub(crate) fn lost_settlements(self) -> f64 {
        if self == Self::LostSettlements { 0.01 } else { 0.0 }
    }

    /// Returns `true` if the store can't be asked for a while.
    pub(crate) fn has_outage(self) -> bool {
        matches!(self, Self::Outage | Self::Restart)
    }
}
