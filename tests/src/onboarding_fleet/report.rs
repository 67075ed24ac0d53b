//! Report of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use tenant_onboarding::QueueStatus;

use super::audit_findings::AuditFindings;
use super::freeze_point::CreatedThing;
use super::recorded_calls::RecordedCalls;
use super::scaled_limits::scaled_limits;
use super::settings::OnboardingFleetSettings;
use super::tokens::TokenCounts;

/// Operations that look for what exists.
const LOOKS: [&str; 5] = ["list_clients", "list_channels", "list_channel_api_keys", "get_partner_plans", "list_users"];

/// Measurements of a run, and what the audit found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OnboardingFleetReport {
    /// Settings of the run.
    pub settings: OnboardingFleetSettings,
    /// Time of the run.
    pub time: Duration,
    /// Least time for its calls under the vendor's limit.
    pub floor: Duration,
    /// Longest time in which no call arrived.
    pub longest_pause: Duration,
    /// Number of processes that were killed.
    pub kills: usize,
    /// Number of restarts of the database.
    pub restarts: usize,
    /// Processes that failed otherwise.
    pub failed: Vec<String>,
    /// Number of times that the onboarding of a tenant ended and the process told it.
    pub ends: usize,
    /// Errors of these.
    pub errors: Vec<String>,
    /// Number of calls that arrived at the vendors.
    pub calls: usize,
    /// Number of calls that looked for what exists.
    pub looks: usize,
    /// Number of calls that create something and whose response did not arrive as the vendor made it.
    pub unknown_outcomes: usize,
    /// Number of calls that a limit refused.
    pub refusals: usize,
    /// Each limit by its name, with the largest number of calls in any of its windows.
    pub worst: Vec<WorstWindow>,
    /// State of the queue.
    pub status: QueueStatus,
    /// Entries of processes that had lost the tenant when they wrote them.
    pub late_entries: u64,
    /// Number of them that nobody has verified.
    pub unverified: u64,
    /// Number of claims. Those whose end no process told ended with their lease, or their process was killed just then.
    pub claims: u64,
    /// Tenants that need an operator, with the error.
    pub dead: Vec<String>,
    /// Findings of the audit.
    pub findings: AuditFindings,
    /// Tokens of accounts.
    pub tokens: TokenCounts,
    /// Messaging keys.
    pub keys: TokenCounts,
}

/// Fullest window of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorstWindow {
    /// Name of the API or the operation.
    pub limit: &'static str,
    /// Number of calls that are allowed.
    pub requests: u32,
    /// Length of a window, in seconds.
    pub per_seconds: u32,
    /// Largest number of calls in any window.
    pub count: usize,
}

impl OnboardingFleetReport {
    /// Creates the report of the calls; all else is empty.
    pub(super) fn of_calls(settings: &OnboardingFleetSettings, calls: &RecordedCalls) -> Self {
        let mut floor = 0;
        let worst = scaled_limits().into_iter().map(|(limit, requests, per_seconds)| {
            let (most, count) = calls.worst(limit, per_seconds);
            let windows = (most as u64).div_ceil(requests.into()).saturating_sub(1);
            floor = floor.max(windows * u64::from(per_seconds));
            WorstWindow { limit, requests, per_seconds, count }
        });
        let worst = worst.collect();
        let creating = CreatedThing::ALL.into_iter().map(CreatedThing::operation);
        Self {
            settings: settings.clone(),
            time: Duration::ZERO,
            floor: Duration::from_secs(floor),
            longest_pause: calls.longest_pause(),
            kills: 0,
            restarts: 0,
            failed: Vec::new(),
            ends: 0,
            errors: Vec::new(),
            calls: calls.len(),
            looks: LOOKS.into_iter().map(|operation| calls.count(operation)).sum(),
            unknown_outcomes: creating.map(|operation| calls.unknown_outcomes(operation)).sum(),
            refusals: calls.refusals(),
            worst,
            status: QueueStatus::default(),
            late_entries: 0,
            unverified: 0,
            claims: 0,
            dead: Vec::new(),
            findings: AuditFindings::default(),
            tokens: TokenCounts::default(),
            keys: TokenCounts::default(),
        }
    }

    /// Returns a line for each tenant that does not have exactly one of everything, with access to it, and for each thing that
    /// nobody has.
    pub fn differences(&self) -> Vec<String> {
        let mut differences = self.findings.problems.clone();
        let (tenants, findings) = (self.settings.tenants, &self.findings);
        let of_each = [
            ("clients", findings.clients),
            ("channels", findings.channels),
            ("keys", findings.keys),
            ("accounts", findings.accounts),
            ("accounts with access", findings.by_token + findings.by_login),
            ("tenants that are done", usize::try_from(self.status.done).unwrap_or(usize::MAX)),
        ];
        for (what, count) in of_each.into_iter().filter(|(_, count)| *count != tenants) {
            differences.push(format!("{count} {what} of {tenants} tenants"));
        }
        if self.status.doubts < self.unknown_outcomes as u64 {
            let (doubts, unknown) = (self.status.doubts, self.unknown_outcomes);
            differences.push(format!("{unknown} calls had an unknown outcome, and {doubts} doubts are recorded"));
        }
        if self.unverified > 0 {
            differences.push(format!("{} late entries are not verified", self.unverified));
        }
        differences.extend(self.failed.iter().map(|failed| format!("a process failed: {failed}")));
        differences.extend(self.dead.iter().map(|dead| format!("dead letter: {dead}")));
        differences
    }

    /// Returns a line for each thing that is not as promised: the differences, secrets that are lost, and limits that are
    /// exceeded. A process that a slow machine lets time out may lose a secret, and exceed a limit.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = self.differences();
        let lost = [("tokens", self.tokens.lost), ("keys", self.keys.lost)];
        for (what, count) in lost.into_iter().filter(|(_, count)| *count > 0) {
            broken.push(format!("{count} {what} arrived and are not in the journal"));
        }
        for WorstWindow { limit, requests, per_seconds, count } in &self.worst {
            if *count > *requests as usize {
                broken.push(format!("{count} calls in {per_seconds} s, where {limit} allows {requests}"));
            }
        }
        if self.refusals > 0 {
            broken.push(format!("the vendor refused {} calls", self.refusals));
        }
        broken
    }
}

impl fmt::Display for OnboardingFleetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OnboardingFleetSettings { tenants, processes, workers, seed, times, .. } = &self.settings;
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        writeln!(f, "tenants             {tenants}, {processes} processes with {workers} workers, seed {seed}")?;
        let faults = self.settings.fault_probability * 100.0;
        writeln!(f, "faults              {faults:.0} % of the calls")?;
        let settle = seconds(times.settle);
        let (lease, timeout) = (seconds(times.lease), seconds(times.attempt_timeout));
        writeln!(f, "times               lease {lease}, settle {settle}, attempt {timeout}")?;
        let kill_every = self.settings.kill_every.map_or_else(|| "never".to_owned(), seconds);
        writeln!(f, "kills               {} (every {kill_every})", self.kills)?;
        writeln!(f, "database restarts   {}", self.restarts)?;
        let pause = seconds(self.longest_pause);
        writeln!(
            f,
            "time                {}, floor {}, longest pause {pause}",
            seconds(self.time),
            seconds(self.floor)
        )?;
        let per_tenant = self.calls as f64 / (*tenants).max(1) as f64;
        writeln!(f, "calls               {} ({per_tenant:.1} per tenant), {} look-ups", self.calls, self.looks)?;
        writeln!(f, "refusals (429)      {}", self.refusals)?;
        for WorstWindow { limit, requests, per_seconds, count } in &self.worst {
            writeln!(f, "worst in a window   {count} of {requests} in {per_seconds} s, {limit}")?;
        }
        let AuditFindings { clients, channels, keys, accounts, by_token, by_login, ownerless, .. } = &self.findings;
        writeln!(
            f,
            "exactly one         {clients} clients, {channels} numbers, {keys} working keys, {accounts} accounts"
        )?;
        writeln!(f, "access to accounts  {by_token} by token, {by_login} by the owner's login")?;
        writeln!(f, "nobody's            {ownerless} things")?;
        for (what, counts) in [("tokens", &self.tokens), ("keys", &self.keys)] {
            let TokenCounts { created, kept, broken, killed, lost } = counts;
            writeln!(
                f,
                "{what:<20}{created} created, {kept} in the journal, {broken} responses broke, {killed} at a process that was \
                 killed, {lost} lost"
            )?;
        }
        let QueueStatus { done, fenced, doubts, .. } = &self.status;
        let lost = self.claims.saturating_sub(self.ends as u64);
        writeln!(f, "queue               {done} done, {} dead, {} claims, {lost} lost", self.dead.len(), self.claims)?;
        writeln!(f, "doubts              {doubts}, {} unknown outcomes at the vendors", self.unknown_outcomes)?;
        let (late, unverified) = (self.late_entries, self.unverified);
        writeln!(f, "fenced writes       {fenced}, {late} late entries, {unverified} unverified")?;
        writeln!(f, "keys replaced       {}", self.findings.replaced_keys)?;
        let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
        self.errors.iter().for_each(|error| *errors.entry(error).or_default() += 1);
        for (error, count) in errors.iter().take(20) {
            writeln!(f, "error               {count} x {error}")?;
        }
        for broken in self.broken_promises() {
            writeln!(f, "BROKEN              {broken}")?;
        }
        Ok(())
    }
}
