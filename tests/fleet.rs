//! Processes that share a limit over a real store: the vendor refuses none of their calls.
#![allow(missing_docs)]
#![cfg(unix)]

use std::path::Path;
use std::time::Duration;

use conformance::fleet::{FleetSettings, run};

/// Time-out against a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const SMALL: FleetSettings = FleetSettings {
    processes: 2,
    calls: 50,
    tasks: 8,
    requests: 20,
    per_seconds: 1,
    // A slow machine is no fault of the store, nor of the vendor.
    attempt_timeout: PATIENCE,
    response_timeout: PATIENCE,
    with_store: true,
    vendor_refuses: true,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_with_a_store_keep_one_limit_together() {
    let Some(report) = run(Path::new(env!("CARGO_BIN_EXE_fleet")), &SMALL, None).await else { return };
    println!("{report}");
    assert_eq!((report.calls, report.arrivals, report.refusals, report.sent_twice), (100, 100, 0, 0), "{report}");
    assert!(report.failed.is_empty() && report.worst <= 20 && report.keeps_promise(false), "{report}");
    assert!(report.asks >= 100 && report.outages.iter().all(|(failures, _)| *failures == 0), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_without_a_store_exceed_it_and_the_report_says_so() {
    // A window that no machine is too slow to fill twice.
    let alone = FleetSettings { with_store: false, vendor_refuses: false, calls: 20, per_seconds: 3600, ..SMALL };
    let report = run(Path::new(env!("CARGO_BIN_EXE_fleet")), &alone, None).await.expect("it needs no store");
    assert_eq!((report.arrivals, report.worst), (40, 40), "{report}");
    assert!(!report.keeps_promise(false) && report.keeps_promise(true), "twice the limit is kept only with a fault");
}
