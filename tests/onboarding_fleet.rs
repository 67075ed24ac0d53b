//! Processes that onboard tenants together over a real journal on Postgres: they are killed, stopped and frozen, calls fail and the
//! database restarts, and at the vendors each tenant has one of everything.
//!
//! `ONBOARDING_SEED` repeats a failed run; its seed is printed.
#![allow(missing_docs)]
#![cfg(unix)]

use std::path::Path;
use std::time::Duration;

use conformance::onboarding_fleet::{
    FreezePoint, OnboardingFleetSettings, ProcessTimes, run_freezes, run_onboarding_fleet,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_onboarding-fleet");

fn seed() -> u64 {
    let seed =
        std::env::var("ONBOARDING_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    eprintln!("ONBOARDING_SEED={seed}");
    seed
}

fn settings(tenants: usize) -> OnboardingFleetSettings {
    OnboardingFleetSettings {
        tenants,
        processes: 3,
        workers: 2,
        seed: seed(),
        kill_every: None,
        fault_probability: 0.3,
        restarts: true,
        times: ProcessTimes::default(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_tenant_has_one_of_everything_whoever_is_killed() {
    let settings = OnboardingFleetSettings { kill_every: Some(Duration::from_millis(700)), ..settings(40) };
    let Some(report) = run_onboarding_fleet(Path::new(PROGRAM), &settings).await else { return };
    println!("{report}");
    assert_eq!(report.differences(), [""; 0], "{report}");
    // Under the limit, 40 tenants take longer than the time between two kills.
    assert!(report.kills > 0 && report.restarts == 2, "{report}");
    assert!(report.status.doubts > 0, "the faults met nothing: {report}");
}

/// Nobody is killed here, so a response that arrived has no place but the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_token_that_arrives_is_in_the_journal() {
    // No lease ends, and no call times out, however slow the machine is.
    let (lease, attempt_timeout) = (Duration::from_secs(300), Duration::from_secs(120));
    let times = ProcessTimes { lease, attempt_timeout, ..ProcessTimes::default() };
    let settings = OnboardingFleetSettings { times, ..settings(20) };
    let Some(report) = run_onboarding_fleet(Path::new(PROGRAM), &settings).await else { return };
    println!("{report}");
    assert_eq!(report.broken_promises(), [""; 0], "{report}");
    assert_eq!((report.kills, report.restarts, report.tokens.killed, report.keys.killed), (0, 2, 0, 0), "{report}");
    assert!(report.tokens.kept > 0 && report.keys.kept >= 20, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_process_creates_a_second_thing_after_its_last_check_only() {
    // Two processes never run at the same time, so no call has to end before a lease, however slow the machine is.
    let (settle, attempt_timeout) = (Duration::from_millis(200), Duration::from_secs(120));
    let times = ProcessTimes { settle, attempt_timeout, ..ProcessTimes::default() };
    let Some(report) = run_freezes(Path::new(PROGRAM), &FreezePoint::all(), 10, times).await else { return };
    println!("{report}");
    assert_eq!(report.outcomes.len(), 29);
    assert!(report.keeps_promise(), "{report}");
    for outcome in report.outcomes.iter().filter(|outcome| outcome.point.may_create_twice()) {
        assert!(outcome.is_told(), "{report}");
    }
}
