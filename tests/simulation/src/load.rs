//! Load of the vendor: accounts, limits and callers.

use std::ops::Range;

use api_runtime::{Method, Operation, RateLimitRule, RateLimitScope};
use fastrand::Rng;

use crate::scenario::Scenario;

/// Limit of all calls of an account.
pub(crate) const PER_ACCOUNT: RateLimitRule =
    RateLimitRule { requests: 500, per_seconds: 60, scope: RateLimitScope::Credential };
/// Limit of the calls of an account about one e-mail address.
pub(crate) const PER_EMAIL: RateLimitRule =
    RateLimitRule { requests: 1, per_seconds: 5, scope: RateLimitScope::Path("email") };

/// Operation with the limit of the account alone.
pub(crate) static LIST_SHIPS: Operation = operation("list_ships", "/accounts/{account}/ships", &[PER_ACCOUNT]);
/// Operation with both limits.
pub(crate) static INVITE: Operation =
    operation("invite", "/accounts/{account}/invitations/{email}", &[PER_EMAIL, PER_ACCOUNT]);

/// Accounts that each process has a backlog for: a call follows the other.
const BACKLOG: u32 = 2;
/// Accounts with more new calls than the limit lets through.
const OVERLOAD: u32 = 2;
/// Accounts with one e-mail address that some processes have a backlog for.
const HOT_EMAIL: u32 = 10;
/// Processes with a backlog for the e-mail address of an account.
const HOT_EMAIL_PROCESSES: u32 = 8;
/// Calls at a time of a process with a backlog.
const BACKLOG_CALLS: u32 = 2;
/// New calls of an overloaded account, as a multiple of the limit.
const OVERLOAD_FACTOR: f64 = 1.1;
/// Calls of each other account in an hour.
const CALLS_PER_HOUR: f64 = 12.0;
/// E-mail addresses of a busy account.
const EMAILS: u32 = 5_000;

const fn operation(id: &'static str, path: &'static str, rate_limits: &'static [RateLimitRule]) -> Operation {
    let mut operation = Operation::new(id, Method::GET, path, true);
    operation.rate_limits = rate_limits;
    operation
}

/// Load of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Load {
    /// Each process has calls for the account all the time.
    Backlog,
    /// More calls begin than the limit of the account lets through.
    Overload,
    /// The limit of an e-mail address has no slot left all the time.
    HotEmail,
    /// A call now and then.
    Light,
}

/// One call to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlannedCall {
    pub(crate) account: u32,
    pub(crate) email: Option<u32>,
    /// `true` for a call that is not worth a long wait.
    pub(crate) hurried: bool,
}

/// Source of calls in a process.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller {
    /// The next call begins when the last one has ended.
    Backlog { account: u32 },
    /// Calls begin at random times, this many per second.
    Random { account: Option<u32>, per_second: f64 },
}

/// Returns the load of an account.
pub(crate) fn load_of(account: u32) -> Load {
    match account {
        _ if account < BACKLOG => Load::Backlog,
        _ if account < BACKLOG + OVERLOAD => Load::Overload,
        _ if account < BACKLOG + OVERLOAD + HOT_EMAIL => Load::HotEmail,
        _ => Load::Light,
    }
}

/// Returns the accounts whose limit has no slot left all the time.
pub(crate) fn saturated_accounts() -> Range<u32> {
    0..BACKLOG + OVERLOAD
}

/// Returns the callers of a process.
pub(crate) fn callers(scenario: &Scenario, process: u32) -> Vec<Caller> {
    let processes = f64::from(scenario.processes);
    let mut callers = Vec::new();
    for account in 0..BACKLOG {
        callers.extend((0..BACKLOG_CALLS).map(|_| Caller::Backlog { account }));
    }
    let allowed = f64::from(PER_ACCOUNT.requests) / f64::from(PER_ACCOUNT.per_seconds);
    for account in BACKLOG..BACKLOG + OVERLOAD {
        callers.push(Caller::Random { account: Some(account), per_second: allowed * OVERLOAD_FACTOR / processes });
    }
    for (index, account) in (BACKLOG + OVERLOAD..BACKLOG + OVERLOAD + HOT_EMAIL).enumerate() {
        // Other processes for each account.
        let first = index as u32 * HOT_EMAIL_PROCESSES % scenario.processes;
        if (process + scenario.processes - first) % scenario.processes < HOT_EMAIL_PROCESSES {
            callers.push(Caller::Backlog { account });
        }
    }
    let light = f64::from(scenario.accounts) * CALLS_PER_HOUR / 3600.0;
    callers.push(Caller::Random { account: None, per_second: light / processes });
    callers
}

/// Draws a call of an account, or of one with light load.
pub(crate) fn draw_call(rng: &mut Rng, scenario: &Scenario, account: Option<u32>) -> PlannedCall {
    let busy = BACKLOG + OVERLOAD + HOT_EMAIL;
    let account = account.unwrap_or_else(|| rng.u32(busy..scenario.accounts.max(busy + 1)));
    let email = match load_of(account) {
        Load::HotEmail => Some(0),
        Load::Backlog | Load::Overload if rng.u32(0..4) == 0 => Some(rng.u32(0..EMAILS)),
        Load::Light if rng.bool() => Some(0),
        Load::Backlog | Load::Overload | Load::Light => None,
    };
    PlannedCall { account, email, hurried: rng.u32(0..20) == 0 }
}
