//! Arrivals at the vendor.

use std::collections::HashMap;

use api_sandbox::RecordedRequest;

use super::member::CALL_HEADER;
use super::observed_store::{Micros, micros};
use crate::jain_index::jain_index;

/// Request of a fleet as it arrived.
pub(super) struct Arrival {
    pub(super) at: Micros,
    /// Number of its process.
    pub(super) process: usize,
    /// Process and number of the call.
    call: String,
    pub(super) refused: bool,
}

/// Returns the requests of a fleet in the order of their arrival.
pub(super) fn arrivals(requests: &[RecordedRequest]) -> Vec<Arrival> {
    let arrival = |request: &RecordedRequest| {
        let call = request.headers.get(CALL_HEADER)?.to_str().ok()?.to_owned();
        let process = call.split('-').next()?.parse().ok()?;
        Some(Arrival { at: micros(request.time), process, call, refused: request.status == Some(429) })
    };
    let mut arrivals: Vec<Arrival> = requests.iter().filter_map(arrival).collect();
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

/// Returns the number of calls that arrived again although they had not been refused.
pub(super) fn sent_twice(arrivals: &[Arrival]) -> usize {
    let mut accepted: HashMap<&str, usize> = HashMap::new();
    arrivals
        .iter()
        .filter(|arrival| !arrival.refused)
        .for_each(|arrival| *accepted.entry(&arrival.call).or_default() += 1);
    accepted.values().filter(|times| **times > 1).count()
}

/// Returns Jain's index of the calls that each process could make until the first process had made its last: 1 if all made
/// the same number, 1 / processes if one made all.
pub(super) fn fairness(arrivals: &[Arrival], processes: usize) -> f64 {
    let last = |process| arrivals.iter().rposition(|arrival| arrival.process == process).unwrap_or(0);
    let end = (0..processes).map(last).min().unwrap_or(0);
    let mut counts = vec![0; processes];
    arrivals.iter().take(end + 1).filter(|arrival| !arrival.refused).for_each(|arrival| counts[arrival.process] += 1);
    jain_index(&counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(at: Micros, process: usize, call: u32, refused: bool) -> Arrival {
        Arrival { at, process, call: format!("{process}-{call}"), refused }
    }

    #[test]
    fn a_call_that_was_refused_may_come_again() {
        let mut arrivals = vec![arrival(0, 0, 7, true), arrival(1, 0, 7, false), arrival(2, 1, 7, false)];
        assert_eq!(sent_twice(&arrivals), 0);
        arrivals.push(arrival(3, 1, 7, false));
        assert_eq!(sent_twice(&arrivals), 1);
    }

    #[test]
    fn shares_count_until_a_process_has_made_its_calls() {
        let even: Vec<Arrival> = (0..8).map(|at| arrival(at, at as usize % 2, 0, false)).collect();
        assert_eq!(fairness(&even, 2), 0.98, "4 and 3 before the last of the first process");
        let uneven: Vec<Arrival> = (0..8).map(|at| arrival(at, usize::from(at > 3), 0, false)).collect();
        assert_eq!(fairness(&uneven, 2), 0.5);
    }
}
