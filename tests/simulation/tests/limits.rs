//! Limits of a small fleet in virtual time, for a few seeds. `cargo run --release -p simulation` runs a large one.
#![allow(missing_docs)]

use std::time::Duration;

use simulation::{Faults, Outcome, Scenario, run};

fn small(seed: u64, faults: Faults) -> Scenario {
    Scenario { seed, processes: 20, accounts: 500, duration: Duration::from_secs(180), faults }
}

/// Runs all seeds, and asserts that each keeps its promise.
fn assert_limits(faults: Faults, seeds: u64) -> Vec<Outcome> {
    let outcomes: Vec<Outcome> = (1..=seeds).map(|seed| run(small(seed, faults))).collect();
    for outcome in &outcomes {
        assert!(outcome.keeps_limits(faults.allowed_multiple()), "{faults:?}: {outcome:?}");
        assert!(outcome.used > 0.9 || faults != Faults::None, "{outcome:?}");
    }
    outcomes
}

#[test]
fn no_interval_has_more_calls_than_its_limit() {
    for outcome in assert_limits(Faults::None, 5) {
        // The load reaches the limits, so that more calls would be seen.
        assert_eq!((outcome.worst_by_account, outcome.worst_by_email), (500, 1), "{outcome:?}");
        assert_eq!(outcome.store_failures, 0);
    }
}

#[test]
fn attempts_that_are_never_settled_count_for_longer() {
    assert_limits(Faults::LostSettlements, 2);
    assert_limits(Faults::Kills, 2);
}

#[test]
fn a_store_that_is_away_or_loses_its_count_costs_at_most_the_limit_once_more() {
    for faults in [Faults::Outage, Faults::Restart] {
        assert!(assert_limits(faults, 2).iter().all(|outcome| outcome.store_failures > 0), "{faults:?}");
    }
}

#[test]
fn a_seed_decides_all() {
    let [first, second] = [(), ()].map(|()| run(small(7, Faults::Kills)));
    let figures = |outcome: Outcome| Outcome { elapsed: Duration::ZERO, ..outcome };
    assert_eq!(format!("{:?}", figures(first)), format!("{:?}", figures(second)));
}
