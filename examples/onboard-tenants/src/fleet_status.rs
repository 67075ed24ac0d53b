//! Numbers of the tenants of all processes.

use serde_json::{Value, json};
use tenant_onboarding::QueueStatus;

use crate::outcome::Outcome;

/// Returns the number of all tenants.
pub(crate) fn tenants(status: &QueueStatus) -> u64 {
    status.ready + status.delayed + status.claimed + status.done + status.dead
}

/// Returns the number of tenants that no process goes on with.
pub(crate) fn ended(status: &QueueStatus) -> u64 {
    status.done + status.dead
}

/// Tells what is left to do.
pub(crate) fn outcome(status: &QueueStatus) -> Outcome {
    match (tenants(status) - ended(status), status.dead) {
        (0, 0) => Outcome::Complete,
        (0, _) => Outcome::DeadLetters,
        _ => Outcome::Incomplete,
    }
}

/// Tells that there is nothing to do for these servers, which may be a mistake.
pub(crate) fn no_tenants(servers: &str) -> String {
    format!(
        "the journal has no tenants of {servers}: give a CSV file, or partner and addresses as the processes that have them"
    )
}

/// Tells of tenants that no process can go on with, if there are any.
pub(crate) fn without_data(status: &QueueStatus) -> Option<String> {
    let count = status.without_data;
    (count > 0).then(|| {
        format!(
            "{count} of the tenants that are left have no data in the journal, as after `import`, so that no process goes on with \
             them: start one with the CSV file of these tenants as its argument, as in `onboard-tenants tenants.csv`"
        )
    })
}

/// Returns the numbers as one line.
pub(crate) fn line(status: &QueueStatus) -> String {
    let QueueStatus { ready, delayed, claimed, done, dead, doubts, fenced, .. } = status;
    format!(
        "{done} of {} tenants have everything; {ready} ready, {claimed} claimed, {delayed} delayed, {dead} need an operator; \
         {doubts} calls in doubt, {fenced} writes refused",
        tenants(status)
    )
}

/// Returns the numbers as a JSON object.
pub(crate) fn object(status: &QueueStatus) -> Value {
    let QueueStatus { ready, delayed, claimed, done, dead, without_data, doubts, fenced, .. } = status;
    json!({
        "tenants": tenants(status),
        "ready": ready,
        "claimed": claimed,
        "delayed": delayed,
        "done": done,
        "dead": dead,
        "without_data": without_data,
        "doubts": doubts,
        "fenced": fenced,
    })
}
