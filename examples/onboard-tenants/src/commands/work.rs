use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use dialog360_api::Secret;
use indicatif::{ProgressBar, ProgressStyle};
use tenant_onboarding::{
    ErrorKind, JournalError, OnboardingError, PostgresJournal, QueueStatus, Tenant, TenantReport, printable,
};
use tokio::time::{Instant, sleep};

use crate::arguments::Arguments;
use crate::credentials::Credentials;
use crate::interrupts::Interrupts;
use crate::outcome::Outcome;
use crate::output::print_line;
use crate::sealing::CredentialAccess;
use crate::shared_rate_limits::SharedRateLimits;
use crate::vendors::Vendors;
use crate::worked_tenants::{INTERRUPTED, follow};
use crate::{fleet_status, report, shared_journal, tenants};

/// Time between two looks at the numbers of all processes.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Least time between two lines of a log.
const LINE_INTERVAL: Duration = Duration::from_secs(30);
/// Bounds of the number of connections to the database.
const CONNECTIONS: (usize, usize) = (4, 16);

/// Works through the tenants of a shared journal together with the other processes, and prints the report.
pub(crate) async fn work(arguments: &Arguments, url: &Secret, interrupts: &mut Interrupts) -> Result<Outcome, String> {
    let tenants = match &arguments.run.tenants {
        Some(path) => tenants::read(path)?,
        None => Vec::new(),
    };
    let Some(credentials) = Credentials::in_environment(arguments)? else {
        return Err(
            "--journal needs D360_API_KEY and ZAPSIGN_API_TOKEN: processes can't share a sandbox that one of them \
                    starts"
                .to_owned(),
        );
    };
    // A key of another server must not be sent to the vendor's, and the journal may have tenants with webhooks.
    if credentials.dialog360_url.is_some() && arguments.run.messaging_url.is_none() {
        return Err("--journal and --dialog360-url: set --messaging-url too".to_owned());
    }
    if arguments.run.state.is_some() {
        return Err("--state, and --journal or ONBOARDING_JOURNAL is given: choose one".to_owned());
    }
    let servers = credentials.servers();
    let builder = shared_journal::builder(arguments, url, &servers, CredentialAccess::Used)?;
    let connections = arguments.run.concurrency.clamp(CONNECTIONS.0, CONNECTIONS.1);
    let connect = async {
        let shared = SharedRateLimits::connect(arguments).await?;
        let limits = shared.as_ref().map(|shared| shared.limits.clone());
        let vendors = Vendors::new(credentials, arguments, limits)?;
        let journal = builder.max_connections(connections).connect().await.map_err(|error| error.to_string())?;
        enqueue(&journal, &tenants).await?;
        // One that began before the process with the file must not end as if all were done.
        let status = journal.status().await.map_err(|error| error.to_string())?;
        if arguments.run.tenants.is_none() && fleet_status::tenants(&status) == 0 {
            return Err(fleet_status::no_tenants(&servers));
        }
        Ok::<_, String>((shared, vendors, journal))
    };
    let (shared, vendors, journal) = tokio::select! {
        connected = connect => connected?,
        () = interrupts.next() => return Err(INTERRUPTED.to_owned()),
    };
    for fault in journal.spool_faults() {
        eprintln!("warning: {}", printable(fault));
    }
    if shared.is_none() && !arguments.run.no_pacing {
        eprintln!(
            "warning: each process keeps the vendors' whole limits by itself, so that several exceed them together: give all of \
             them --rate-limits URL"
        );
    }
    let settle = Duration::from_secs(arguments.run.settle.unwrap_or(60));
    let onboarding = vendors.onboarding(arguments, journal.clone(), settle);

    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").map_err(|error| error.to_string())?;
    let bar = ProgressBar::new(0).with_style(style);
    // The last report of a tenant counts: it may have been tried again.
    let mut reports: BTreeMap<String, TenantReport> = BTreeMap::new();
    let mut broken = None;
    let told = |report: Result<TenantReport, JournalError>| match report {
        Ok(report) => {
            bar.set_message(printable(&report.tenant.name));
            reports.insert(report.tenant.identity(), report);
        }
        Err(fault) => broken = Some(fault),
    };
    let workers = arguments.run.concurrency;
    tokio::select! {
        followed = follow(&onboarding, onboarding.work(workers), &bar, interrupts, told) => followed?,
        () = show_progress(&journal, &bar) => {}
    }
    bar.finish_and_clear();
    if let Some(shared) = &shared {
        shared.flush().await;
    }
    let done = report::print(reports.values())?;
    print_line(format_args!("this process: {done} of {} tenants that it had have everything", reports.len()))?;
    if let Some(fault) = broken {
        return Err(fault.to_string());
    }
    let status = tokio::select! {
        status = journal.status() => status.map_err(|error| error.to_string())?,
        () = interrupts.next() => return Err(INTERRUPTED.to_owned()),
    };
    print_line(format_args!("all processes: {}", fleet_status::line(&status)))?;
    if status.dead > 0 {
        print_line("`onboard-tenants dead` lists those that need an operator")?;
    }
    if let Some(text) = fleet_status::without_data(&status) {
        eprintln!("{text}");
    }
    let outcome = fleet_status::outcome(&status);
    // Why it ends stands in a table otherwise, which may be long.
    let of_journal = |error: &&OnboardingError| error.kind() == ErrorKind::Journal;
    let error = reports.values().filter_map(|report| report.result.as_ref().err()).find(of_journal);
    if let Some(error) = error.filter(|_| outcome == Outcome::Incomplete) {
        eprintln!("error of the journal: {error}");
    }
    Ok(outcome)
}

/// Adds the tenants of the CSV file.
async fn enqueue(journal: &PostgresJournal, tenants: &[Tenant]) -> Result<(), String> {
    if tenants.is_empty() {
        return Ok(());
    }
    let enqueued = journal.enqueue(tenants).await.map_err(|error| error.to_string())?;
    eprintln!("tenants: {} added, {} changed, {} unchanged", enqueued.added, enqueued.changed, enqueued.unchanged);
    Ok(())
}

/// Shows the numbers of all processes, as a bar in a terminal and as lines elsewhere. It never ends.
async fn show_progress(journal: &PostgresJournal, bar: &ProgressBar) {
    let terminal = std::io::stderr().is_terminal();
    let mut last: Option<(Instant, QueueStatus)> = None;
    loop {
        // While the database is away, the tenants tell of it.
        if let Ok(status) = journal.status().await {
            bar.set_length(fleet_status::tenants(&status));
            bar.set_position(fleet_status::ended(&status));
            let due = last.is_none_or(|(at, told)| at.elapsed() >= LINE_INTERVAL && told != status);
            if !terminal && due {
                eprintln!("{}", fleet_status::line(&status));
                last = Some((Instant::now(), status));
            }
        }
        sleep(POLL_INTERVAL).await;
    }
}
