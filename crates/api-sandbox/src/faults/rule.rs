//! Fault rules.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::spec::Bundle;

/// Rule that injects faults into calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// Faults to choose from, by the seed.
    pub faults: Vec<Fault>,
    /// Operation that the rule is limited to; by default all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Frequency of the faults.
    #[serde(flatten)]
    pub frequency: Frequency,
}

/// Frequency of the faults of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// The next calls, by number.
    Next(u32),
    /// Probability per call, from 0 to 1. The sandbox's seed decides: the same attempt of the same call always meets the same
    /// fault.
    Probability(f64),
}

impl FaultRule {
    /// Creates a rule with a fault for the next `times` calls.
    #[must_use]
    pub fn next(times: u32, fault: Fault) -> Self {
        Self { faults: vec![fault], operation: None, frequency: Frequency::Next(times) }
    }

    /// Creates a rule with a probability per call, from 0 to 1, of one of these faults.
    #[must_use]
    pub fn with_probability(probability: f64, faults: Vec<Fault>) -> Self {
        Self { faults, operation: None, frequency: Frequency::Probability(probability) }
    }

    /// Checks that the rule can be applied.
    ///
    /// # Errors
    ///
    /// Returns a message if there is no fault, a value that cannot be sent, a probability out of range, or an unknown operation.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.faults.is_empty() {
            return Err("`faults` is empty: name at least one".to_owned());
        }
        if let Frequency::Probability(probability) = self.frequency
            && !(0.0..=1.0).contains(&probability)
        {
            return Err(format!("`probability` is {probability}: give a number from 0 to 1"));
        }
        if let Some(operation) = self.operation.as_deref()
            && Bundle::all().iter().all(|bundle| bundle.operation(operation).is_none())
        {
            return Err(format!("there is no operation `{operation}`; specs/ names those that there are"));
        }
        self.faults.iter().try_for_each(Fault::check)
    }

    /// Limits the rule to one operation, by its `operationId`.
    #[must_use]
    pub fn for_operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::FaultStage;
    use super::*;

    #[test]
    fn a_rule_is_written_as_json() {
        let text = r#"{"faults":[{"kind":"reset","stage":"after"}],"operation":"onboard_number","next":3}"#;
        let rule: FaultRule = serde_json::from_str(text).expect("a rule");
        assert_eq!(
            rule,
            FaultRule::next(3, Fault::Reset { stage: FaultStage::AfterHandler }).for_operation("onboard_number")
        );
        assert_eq!(serde_json::to_string(&rule).expect("json"), text);
        let rule: FaultRule =
            serde_json::from_str(r#"{"faults":[{"kind":"too_many_requests","hint":"none"}],"probability":0.5}"#)
                .expect("a rule");
        assert_eq!(rule.frequency, Frequency::Probability(0.5));
    }
}
