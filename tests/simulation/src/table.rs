//! Figures of runs as Markdown tables.

use crate::statistics::{Outcome, Waits};

/// Returns the head of the table of runs.
pub fn header() -> String {
    let columns = [
        "seed",
        "calls",
        "most in 60 s (500)",
        "most in 5 s (1)",
        "used",
        "backlog: Jain, least",
        "backlog: wait p50, p99, max",
        "overload: Jain, least",
        "overload: wait p50, p99, max",
        "light: wait p50, p99, max",
        "refused",
        "asks per saturated attempt",
        "events",
        "real s",
    ];
    head(&columns)
}

/// Returns the row of a run.
pub fn row(outcome: &Outcome) -> String {
    let (backlog, overload) = (outcome.backlog_fairness, outcome.overload_fairness);
    format!(
        "| {} | {} | {} | {} | {:.1} % | {:.3}, {:.2} | {} | {:.3}, {:.2} | {} | {} | {} | {:.1} | {} | {:.1} |",
        outcome.seed,
        outcome.calls,
        outcome.worst_by_account,
        outcome.worst_by_email,
        outcome.used * 100.0,
        backlog.jain,
        backlog.least_share,
        waits(outcome.backlog_waits),
        overload.jain,
        overload.least_share,
        waits(outcome.overload_waits),
        waits(outcome.light_waits),
        outcome.refused,
        outcome.saturated_asks_per_attempt,
        outcome.events,
        outcome.elapsed.as_secs_f64(),
    )
}

/// Returns the head of the table of [`summary`].
pub fn summary_header() -> String {
    let columns = [
        "faults",
        "runs",
        "calls",
        "most in 60 s (500)",
        "most in 5 s (1)",
        "used",
        "Jain, backlog",
        "wait p50",
        "p99",
        "max",
        "Jain, overload",
        "wait p50",
        "p99",
        "max",
        "light: p99",
        "asks per saturated attempt",
    ];
    head(&columns)
}

/// Returns the row that sums up runs: the largest counts, and the lowest and highest of other figures.
pub fn summary(title: &str, outcomes: &[Outcome]) -> String {
    let largest = |figure: fn(&Outcome) -> usize| outcomes.iter().map(figure).max().unwrap_or_default();
    let range = |figure: &dyn Fn(&Outcome) -> f64, digits: usize| {
        let low = outcomes.iter().map(figure).fold(f64::INFINITY, f64::min);
        let high = outcomes.iter().map(figure).fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = (format!("{low:.digits$}"), format!("{high:.digits$}"));
        if low == high { low } else { format!("{low} to {high}") }
    };
    let waits = |waits: fn(&Outcome) -> Waits| {
        [|waits: Waits| waits.p50, |waits: Waits| waits.p99, |waits: Waits| waits.max]
            .map(|part| format!("{} s", range(&|outcome| part(waits(outcome)).as_secs_f64(), 0)))
            .join(" | ")
    };
    let calls: u64 = outcomes.iter().map(|outcome| outcome.calls).sum();
    format!(
        "| {title} | {} | {calls} | {} | {} | {} % | {} | {} | {} | {} | {} s | {} |",
        outcomes.len(),
        largest(|outcome| outcome.worst_by_account),
        largest(|outcome| outcome.worst_by_email),
        range(&|outcome| outcome.used * 100.0, 1),
        range(&|outcome| outcome.backlog_fairness.jain, 2),
        waits(|outcome| outcome.backlog_waits),
        range(&|outcome| outcome.overload_fairness.jain, 2),
        waits(|outcome| outcome.overload_waits),
        range(&|outcome| outcome.light_waits.p99.as_secs_f64(), 3),
        range(&|outcome| outcome.saturated_asks_per_attempt, 0),
    )
}

fn head(columns: &[&str]) -> String {
    format!("| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()))
}

fn waits(waits: Waits) -> String {
    let seconds = [waits.p50, waits.p99, waits.max].map(|wait| format!("{:.2}", wait.as_secs_f64()));
    format!("{} s", seconds.join(", "))
}
