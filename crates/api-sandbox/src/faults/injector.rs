//! Fault injector.

use std::collections::{HashMap, VecDeque};

use fastrand::Rng;
use serde::Serialize;

use super::fault::Fault;
use super::rule::{FaultRule, Frequency};
use crate::ids::seeded_hash;

/// Largest number of spent rules kept; the oldest are removed first.
const MAX_SPENT: usize = 100;

/// Call that a fault may be injected into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InjectableCall<'c> {
    pub(crate) operation: &'c str,
    /// Path and query, decoded.
    pub(crate) path: &'c str,
    /// Account of the credential, if it is valid and a rule is bound to an account.
    pub(crate) account: Option<&'c str>,
    /// Hash by which a repeated call is recognized.
    pub(crate) hash: u64,
}

/// Rule that is in force, or that was for a number of calls and is spent.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ActiveRule {
    /// The rule, with the number of calls that it has left.
    #[serde(flatten)]
    rule: FaultRule,
    /// Number of calls that it was applied to.
    hits: u64,
    /// `true` after the last call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    spent: bool,
}

/// Rules in force, and the state that makes their choice repeatable.
#[derive(Clone)]
pub(crate) struct FaultInjector {
    seed: u64,
    rules: Vec<ActiveRule>,
    /// Rules that were for a number of calls, which have come, the latest first.
    spent: VecDeque<ActiveRule>,
    /// Number of attempts of each call, by its hash. Counted only while a rule has a probability.
    occurrences: HashMap<u64, u64>,
}

impl FaultInjector {
    /// Creates an injector without rules.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, rules: Vec::new(), spent: VecDeque::new(), occurrences: HashMap::new() }
    }

    /// Adds a rule after the others.
    ///
    /// # Errors
    ///
    /// Returns a message if the rule cannot be applied.
    pub(crate) fn add(&mut self, rule: FaultRule) -> Result<(), String> {
        rule.check()?;
        self.rules.push(ActiveRule { rule, hits: 0, spent: false });
        Ok(())
    }

    /// Removes all rules.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.spent.clear();
        self.occurrences.clear();
    }

    /// Returns the rules in force, and after them those that are spent.
    pub(crate) fn rules(&self) -> Vec<ActiveRule> {
        self.rules.iter().chain(&self.spent).cloned().collect()
    }

    /// Returns the rules for calls that have not come, and those with a probability that were never applied.
    pub(crate) fn unused(&self) -> Vec<FaultRule> {
        let is_unused = |active: &&ActiveRule| match active.rule.frequency {
            Frequency::Next(_) => true,
            Frequency::Probability(_) => active.hits == 0,
        };
        self.rules.iter().filter(is_unused).map(|active| active.rule.clone()).collect()
    }

    /// Returns `true` if a rule is bound to an account.
    pub(crate) fn needs_account(&self) -> bool {
        self.rules.iter().any(|active| active.rule.account.is_some())
    }

    /// Picks the fault for a call, if a rule applies; the first one that does is used.
    pub(crate) fn pick(&mut self, call: InjectableCall<'_>) -> Option<Fault> {
        let InjectableCall { operation, path, account, hash } = call;
        let attempt = if self.rules.iter().any(|active| matches!(active.rule.frequency, Frequency::Probability(_))) {
            let attempt = self.occurrences.entry(hash).or_default();
            *attempt += 1;
            *attempt
        } else {
            0
        };
        let matching = self.rules.iter().position(|ActiveRule { rule, .. }| {
            rule.operation.as_deref().is_none_or(|only| only == operation)
                && rule.path_contains.as_deref().is_none_or(|text| path.contains(text))
                && rule.account.as_deref().is_none_or(|only| Some(only) == account)
                && match rule.frequency {
                    Frequency::Next(remaining) => remaining > 0,
                    Frequency::Probability(probability) => {
                        Rng::with_seed(seeded_hash(self.seed, (hash, attempt))).f64() < probability
                    }
                }
        })?;
        let ActiveRule { rule, hits, spent } = &mut self.rules[matching];
        *hits += 1;
        let fault = match rule.faults.len() {
            0 => None,
            1 => rule.faults.first().cloned(),
            several => {
                let index = Rng::with_seed(seeded_hash(self.seed, (attempt, hash))).usize(..several);
                rule.faults.get(index).cloned()
            }
        };
        if let Frequency::Next(remaining) = &mut rule.frequency {
            *remaining -= 1;
            if *remaining == 0 {
                *spent = true;
                let rule = self.rules.remove(matching);
                self.spent.push_front(rule);
                self.spent.truncate(MAX_SPENT);
            }
        }
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a call by nobody.
    fn call<'c>(operation: &'c str, path: &'c str, hash: u64) -> InjectableCall<'c> {
        InjectableCall { operation, path, account: None, hash }
    }

    #[test]
    fn the_next_calls_of_an_operation_meet_it_and_no_others() {
        let mut injector = FaultInjector::new(1);
        injector.add(FaultRule::next(2, Fault::CutBody).for_operation("create_client")).expect("a rule");
        let picked: Vec<bool> = ["list_clients", "create_client", "create_client", "create_client"]
            .map(|id| injector.pick(call(id, "/", 0)).is_some())
            .into();
        assert_eq!(picked, [false, true, true, false]);
    }

    #[test]
    fn a_rule_is_bound_to_a_path_and_an_account() {
        let mut injector = FaultInjector::new(1);
        injector.add(FaultRule::next(1, Fault::CutBody).path_contains("ana@x.example")).expect("a rule");
        assert!(!injector.needs_account());
        injector.add(FaultRule::next(1, Fault::Garbage).for_account(7)).expect("a rule");
        assert!(injector.needs_account());
        let of_account = |account| InjectableCall { account, ..call("list_users", "/users", 0) };
        assert_eq!(injector.pick(of_account(None)), None);
        assert_eq!(injector.pick(of_account(Some("70"))), None);
        assert_eq!(injector.pick(of_account(Some("7"))), Some(Fault::Garbage));
        assert_eq!(injector.pick(call("delete_user", "/users/bento@x.example", 0)), None);
        assert_eq!(injector.pick(call("delete_user", "/users/ana@x.example", 0)), Some(Fault::CutBody));
    }

    #[test]
    fn rules_that_were_not_met_are_left_over() {
        let mut injector = FaultInjector::new(1);
        injector.add(FaultRule::next(2, Fault::CutBody)).expect("a rule");
        injector.add(FaultRule::next(1, Fault::Garbage).for_operation("get_plan")).expect("a rule");
        injector.add(FaultRule::with_probability(1.0, vec![Fault::CutBody])).expect("a rule");
        assert_eq!(injector.unused().len(), 3);
        injector.pick(call("list_users", "/", 0));
        let left: Vec<Frequency> = injector.unused().iter().map(|rule| rule.frequency).collect();
        assert_eq!(left, [Frequency::Next(1), Frequency::Next(1), Frequency::Probability(1.0)]);
        for operation in ["list_users", "get_plan", "get_plan"] {
            injector.pick(call(operation, "/", 0));
        }
        assert_eq!(injector.unused(), []);
        let rules = serde_json::to_value(injector.rules()).expect("json");
        let spent = |kind: &str, operation: Option<&str>, hits: u64| {
            let mut rule = serde_json::json!({"faults": [{"kind": kind}], "next": 0, "hits": hits, "spent": true});
            operation.into_iter().for_each(|operation| rule["operation"] = operation.into());
            rule
        };
        let in_force = serde_json::json!({"faults": [{"kind": "cut_body"}], "probability": 1.0, "hits": 1});
        let expected = [in_force, spent("garbage", Some("get_plan"), 1), spent("cut_body", None, 2)];
        assert_eq!(rules, serde_json::json!(expected));
        let mut injector = FaultInjector::new(1);
        for _ in 0..200 {
            injector.add(FaultRule::next(1, Fault::CutBody)).expect("a rule");
            injector.pick(call("list_users", "/", 0));
        }
        assert_eq!((injector.rules().len(), injector.unused().len()), (MAX_SPENT, 0));
        injector.clear();
        assert_eq!(injector.rules().len(), 0);
    }

    #[test]
    fn chance_depends_on_the_seed_and_the_call_and_not_on_the_order() {
        let pick = |seed, calls: &mut dyn Iterator<Item = u64>| -> HashMap<u64, Option<Fault>> {
            let mut injector = FaultInjector::new(seed);
            injector.add(FaultRule::with_probability(0.3, Fault::every_kind())).expect("a rule");
            calls.map(|hash| (hash, injector.pick(call("x", "/", hash)))).collect()
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
