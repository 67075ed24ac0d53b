//! Fault injector.

use std::collections::HashMap;

use fastrand::Rng;

use super::fault::Fault;
use super::rule::{FaultRule, Frequency};
use crate::ids::seeded_hash;

/// Rules in force, and the state that makes their choice repeatable.
pub(crate) struct FaultInjector {
    seed: u64,
    rules: Vec<FaultRule>,
    /// Number of attempts of each call, by its hash. Counted only while a rule has a probability.
    occurrences: HashMap<u64, u64>,
}

impl FaultInjector {
    /// Creates an injector without rules.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, rules: Vec::new(), occurrences: HashMap::new() }
    }

    /// Adds a rule after the others.
    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    /// Removes all rules.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.occurrences.clear();
    }

    /// Picks the fault for a call, if a rule applies; the first one that does is used. `call` is a hash by which a repeated
    /// call is recognized.
    pub(crate) fn pick(&mut self, operation: &str, call: u64) -> Option<Fault> {
        let attempt = if self.rules.iter().any(|rule| matches!(rule.frequency, Frequency::Probability(_))) {
            let attempt = self.occurrences.entry(call).or_default();
            *attempt += 1;
            *attempt
        } else {
            0
        };
        let matching = self.rules.iter().position(|rule| {
            rule.operation.as_deref().is_none_or(|only| only == operation)
                && match rule.frequency {
                    Frequency::Next(remaining) => remaining > 0,
                    Frequency::Probability(probability) => {
                        Rng::with_seed(seeded_hash(self.seed, (call, attempt))).f64() < probability
                    }
                }
        })?;
        let rule = &mut self.rules[matching];
        let fault = match rule.faults.len() {
            0 => None,
            1 => rule.faults.first().cloned(),
            several => {
                let index = Rng::with_seed(seeded_hash(self.seed, (attempt, call))).usize(..several);
                rule.faults.get(index).cloned()
            }
        };
        if let Frequency::Next(remaining) = &mut rule.frequency {
            *remaining -= 1;
            if *remaining == 0 {
                self.rules.remove(matching);
            }
        }
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_calls_of_an_operation_meet_it_and_no_others() {
        let mut injector = FaultInjector::new(1);
        injector.add(FaultRule::next(2, Fault::CutBody).for_operation("create_client"));
        let picked: Vec<bool> = ["list_clients", "create_client", "create_client", "create_client"]
            .map(|id| injector.pick(id, 0).is_some())
            .into();
        assert_eq!(picked, [false, true, true, false]);
    }

    #[test]
    fn chance_depends_on_the_seed_and_the_call_and_not_on_the_order() {
        let pick = |seed, calls: &mut dyn Iterator<Item = u64>| -> HashMap<u64, Option<Fault>> {
            let mut injector = FaultInjector::new(seed);
            injector.add(FaultRule::with_probability(0.3, Fault::every_kind()));
            calls.map(|call| (call, injector.pick("x", call))).collect()
        };
        let forwards = pick(7, &mut (0..2000));
        assert_eq!(forwards, pick(7, &mut (0..2000).rev()));
        assert_ne!(forwards, pick(8, &mut (0..2000)));
        let met: Vec<&Fault> = forwards.values().flatten().collect();
        assert!((500..700).contains(&met.len()), "{}", met.len());
        for kind in Fault::every_kind() {
            assert!(met.contains(&&kind), "{kind:?} never came");
        }
    }
}
