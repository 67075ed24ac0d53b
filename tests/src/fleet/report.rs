//! Report of a fleet's run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::arrivals::{Arrival, fairness, sent_twice};
use super::member::MemberReport;
use super::observed_store::{Micros, Observations, ReportedHold};
use super::settings::FleetSettings;
use crate::worst_count::worst_count;

/// Measurements of a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FleetReport {
    /// Limit: requests, and the seconds of a window.
    pub limit: (u32, u32),
    /// Number of calls of all processes.
    pub calls: usize,
    /// Number of requests that arrived at the vendor.
    pub arrivals: usize,
    /// Number of them that the vendor refused.
    pub refusals: usize,
    /// Largest number of requests, refused ones included, in any stretch of the window's length.
    pub worst: usize,
    /// Number of calls that arrived again although they had not been refused.
    pub sent_twice: usize,
    /// Calls that failed, by the text of the error.
    pub failed: BTreeMap<String, usize>,
    /// Time from the first arrival to the last.
    pub total: Duration,
    /// Least time from the first arrival to the last under the limit.
    pub floor: Duration,
    /// Jain's index of the shares of the processes.
    pub fairness: f64,
    /// Median of the time of a call.
    pub median: Duration,
    /// Time within which 99 of 100 calls ended.
    pub percentile_99: Duration,
    /// Number of holds that the processes reported after a refusal.
    pub holds: usize,
    /// Number of attempts that the store granted while a hold of any process was in force.
    pub granted_in_holds: usize,
    /// Number of times that the processes asked the store.
    pub asks: usize,
    /// Number of times that the store failed, and the time for which a process kept its part alone, of each process.
    pub outages: Vec<(usize, Duration)>,
    /// Scripts that the server ran, and its processor time; `None` with a fault or without a store.
    pub server: Option<(u64, Duration)>,
}

impl FleetReport {
    pub(super) fn new(
        settings: &FleetSettings,
        arrivals: &[Arrival],
        members: &[MemberReport],
        server: Option<(u64, Duration)>,
    ) -> Self {
        let window = Micros::from(settings.per_seconds) * 1_000_000;
        let calls = || members.iter().flat_map(|member| &member.calls);
        let observations = || members.iter().map(|member| &member.observations);
        let arrived_at: Vec<Micros> = arrivals.iter().map(|arrival| arrival.at).collect();
        let mut times: Vec<Micros> = calls().map(|call| call.ended - call.began).collect();
        times.sort_unstable();
        let percentile = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        let mut failed = BTreeMap::new();
        for error in calls().filter_map(|call| call.error.as_ref()) {
            *failed.entry(error.clone()).or_default() += 1;
        }
        let total = arrivals.first().zip(arrivals.last()).map_or(0, |(first, last)| last.at - first.at);
        let windows = (times.len() as u64).div_ceil(u64::from(settings.requests)).saturating_sub(1);
        Self {
            limit: (settings.requests, settings.per_seconds),
            calls: times.len(),
            arrivals: arrivals.len(),
            refusals: arrivals.iter().filter(|arrival| arrival.refused).count(),
            worst: worst_count(&arrived_at, window),
            sent_twice: sent_twice(arrivals),
            failed,
            total: Duration::from_micros(total),
            floor: Duration::from_micros(windows * window),
            fairness: fairness(arrivals, members.len()),
            median: Duration::from_micros(percentile(50)),
            percentile_99: Duration::from_micros(percentile(99)),
            holds: observations().map(|seen| seen.holds.len()).sum(),
            granted_in_holds: granted_in_holds(observations()),
            asks: observations().map(|seen| seen.granted.len() + seen.refused + seen.failed.len()).sum(),
            outages: observations().map(|seen| (seen.failed.len(), divided(seen, window))).collect(),
            server,
        }
    }

    /// Returns `true` if the promise was kept: without a fault of the store, no refusal and never more than the limit in a window;
    /// with one, never more than twice the limit, and after a refusal no grant during the hold. No call was sent twice.
    pub fn keeps_promise(&self, had_fault: bool) -> bool {
        let limit = self.limit.0 as usize;
        let counts = if had_fault { self.worst <= 2 * limit } else { self.worst <= limit && self.refusals == 0 };
        counts && self.sent_twice == 0 && self.granted_in_holds == 0
    }
}

/// Returns the number of attempts that asked the store while a hold was in force that it knew, and were granted.
fn granted_in_holds<'o>(observations: impl Iterator<Item = &'o Observations> + Clone) -> usize {
    let holds: Vec<ReportedHold> = observations.clone().flat_map(|seen| seen.holds.iter().copied()).collect();
    let is_held = |asked: Micros| holds.iter().any(|hold| asked >= hold.known && asked < hold.until);
    observations.flat_map(|seen| &seen.granted).filter(|asked| is_held(**asked)).count()
}

/// Returns the time for which a process kept its part alone: a window's length after each failure.
fn divided(seen: &Observations, window: Micros) -> Duration {
    let (mut sum, mut end) = (0, 0);
    for failed in &seen.failed {
        sum += (failed + window).saturating_sub(end.max(*failed));
        end = failed + window;
    }
    Duration::from_micros(sum)
}

impl fmt::Display for FleetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (requests, seconds) = self.limit;
        let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let over = (ratio(self.total.as_secs_f64(), self.floor.as_secs_f64()) - 1.0) * 100.0;
        writeln!(f, "limit               {requests} in {seconds} s")?;
        writeln!(f, "calls               {}", self.calls)?;
        writeln!(f, "arrivals            {}", self.arrivals)?;
        writeln!(f, "refusals (429)      {}", self.refusals)?;
        writeln!(f, "worst in a window   {}", self.worst)?;
        writeln!(f, "sent twice          {}", self.sent_twice)?;
        writeln!(f, "failed calls        {}", self.failed.values().sum::<usize>())?;
        for (error, times) in &self.failed {
            writeln!(f, "                    {times} times: {error}")?;
        }
        writeln!(
            f,
            "time                {:.2} s, floor {} s, {over:+.1} %",
            self.total.as_secs_f64(),
            self.floor.as_secs()
        )?;
        writeln!(f, "Jain's index        {:.4}", self.fairness)?;
        writeln!(
            f,
            "call p50, p99       {:.2} s, {:.2} s",
            self.median.as_secs_f64(),
            self.percentile_99.as_secs_f64()
        )?;
        writeln!(f, "asks per call       {:.2}", ratio(self.asks as f64, self.calls as f64))?;
        writeln!(f, "holds reported      {}, granted during one {}", self.holds, self.granted_in_holds)?;
        for (process, (failures, divided)) in self.outages.iter().enumerate().filter(|(_, outage)| outage.0 > 0) {
            let divided = divided.as_secs_f64();
            writeln!(f, "process {process}           store failed {failures} times, divided for {divided:.2} s")?;
        }
        if let Some((scripts, processor)) = self.server {
            let each = ratio(processor.as_micros() as f64, scripts as f64);
            writeln!(
                f,
                "server              {scripts} scripts, {:.3} s of processor, {each:.0} us each",
                processor.as_secs_f64()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_counts_as_one_in_a_hold_from_when_the_store_knows_to_its_end() {
        let holds = vec![ReportedHold { known: 1_050_000, until: 1_500_000 }];
        let seen = [
            Observations { holds, ..Observations::default() },
            Observations {
                granted: vec![999_999, 1_000_001, 1_050_000, 1_499_999, 1_500_000],
                ..Observations::default()
            },
        ];
        assert_eq!(granted_in_holds(seen.iter()), 2);
    }

    #[test]
    fn a_process_is_alone_for_a_window_after_each_failure() {
        let seen = Observations { failed: vec![1_000_000, 1_500_000, 9_000_000], ..Observations::default() };
        assert_eq!(divided(&seen, 2_000_000), Duration::from_millis(4500));
    }
}
