use std::path::{Path, PathBuf};
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, Sandbox};
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use tenant_onboarding::{FileJournal, TenantReport, printable};

use crate::arguments::Arguments;
use crate::credentials::Credentials;
use crate::interrupts::Interrupts;
use crate::outcome::Outcome;
use crate::output::print_line;
use crate::shared_rate_limits::SharedRateLimits;
use crate::vendors::Vendors;
use crate::worked_tenants::follow;
use crate::{report, tenants};

/// CSV file of the example.
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tenants.csv");
const STATE: &str = "onboarding-state.jsonl";

/// Sandbox that lives as long as the run, with its journal.
struct OwnSandbox {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

/// Onboards the tenants of the CSV file with a journal of this process alone, and prints the report.
pub(crate) async fn run(arguments: &Arguments, interrupts: &mut Interrupts) -> Result<Outcome, String> {
    refuse_fleet_options(arguments)?;
    let path = arguments.run.tenants.as_deref().unwrap_or(Path::new(EXAMPLE));
    let tenants = tenants::read(path)?;
    let in_environment = Credentials::in_environment(arguments)?;
    let own = match &in_environment {
        Some(_) => None,
        None => Some(OwnSandbox::start(arguments.run.faults).await?),
    };
    let credentials = match (in_environment, &own) {
        (Some(credentials), _) => credentials,
        (None, Some(own)) => Credentials::of(&own.sandbox),
        (None, None) => return Err("no credentials".to_owned()),
    };
    // A key of another server must not be sent to the vendor's.
    let needs_address = own.is_none() && credentials.dialog360_url.is_some() && arguments.run.messaging_url.is_none();
    if needs_address && tenants.iter().any(|tenant| !tenant.messaging_webhook_url.is_empty()) {
        return Err("--dialog360-url and webhooks: set --messaging-url too".to_owned());
    }
    let servers = credentials.servers();
    let shared = SharedRateLimits::connect(arguments).await?;
    let vendors = Vendors::new(credentials, arguments, shared.as_ref().map(|shared| shared.limits.clone()))?;
    let state = match &own {
        Some(own) => own.folder.path().join("state.jsonl"),
        None => arguments.run.state.clone().unwrap_or_else(|| PathBuf::from(STATE)),
    };
    let journal = FileJournal::open(state, &servers).map_err(|error| error.to_string())?;
    let settle = arguments.run.settle.unwrap_or(if own.is_some() { 0 } else { 60 });
    let onboarding = vendors.onboarding(arguments, journal, Duration::from_secs(settle));
    if let Some(own) = &own {
        eprintln!("no credentials in the environment: working against a sandbox at {}", own.sandbox.url());
    }
    eprintln!("journal: {}", onboarding.journal().path().display());

    let bar = ProgressBar::new(tenants.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").map_err(|error| error.to_string())?);
    let mut reports: Vec<TenantReport> = Vec::new();
    let told = |report: TenantReport| {
        bar.set_message(printable(&report.tenant.name));
        bar.inc(1);
        reports.push(report);
    };
    let stream = onboarding.run(stream::iter(tenants.clone()), arguments.run.concurrency);
    follow(&onboarding, stream, &bar, interrupts, told).await?;
    if let Some(shared) = &shared {
        shared.flush().await;
    }
    bar.finish_and_clear();
    reports.sort_by_key(|report| tenants.iter().position(|tenant| tenant.email == report.tenant.email));
    let done = report::print(&reports)?;
    print_line(format_args!("{done} of {} tenants have everything", tenants.len()))?;
    if reports.len() < tenants.len() {
        print_line(format_args!("{} were not begun", tenants.len() - reports.len()))?;
    }
    Ok(if done == tenants.len() { Outcome::Complete } else { Outcome::Incomplete })
}

impl OwnSandbox {
    async fn start(faults: f64) -> Result<Self, String> {
        let rule = FaultRule::with_probability(faults, Fault::every_kind());
        let sandbox = Sandbox::builder().fault(rule).start().await;
        let sandbox = sandbox.map_err(|error| format!("the sandbox could not be started: {error}"))?;
        let folder = tempfile::tempdir().map_err(|error| format!("no place for the state file: {error}"))?;
        Ok(Self { sandbox, folder })
    }
}

/// Refuses what a journal of one process would ignore.
fn refuse_fleet_options(arguments: &Arguments) -> Result<(), String> {
    let (fleet, journal) = (&arguments.fleet, &arguments.journal);
    let given = [
        ("--lease", fleet.lease.is_some()),
        ("--spool", fleet.spool.is_some()),
        ("--process", fleet.process.is_some()),
        ("--backoff", fleet.backoff.is_some()),
        ("--max-failures", fleet.max_failures.is_some()),
        ("--max-outage", journal.max_outage.is_some()),
        ("--sealing-keys", journal.sealing_keys.is_some()),
        ("--unsealed", journal.unsealed),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(format!("{option} is for a shared journal: give --journal URL, too, or leave it out")),
        None => Ok(()),
    }
}
