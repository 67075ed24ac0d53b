//! Fault rules.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::similar_name::{hint, most_similar};
use crate::spec::Bundle;

/// Rule that injects faults into calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenRule")]
#[non_exhaustive]
pub struct FaultRule {
    /// Faults to choose from, by the seed.
    pub faults: Vec<Fault>,
    /// Operation that the rule is limited to; by default all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Text in the path or the query that the rule is limited to; by default any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_contains: Option<String>,
    /// Account that the rule is limited to; by default all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Frequency of the faults.
    #[serde(flatten)]
    pub frequency: Frequency,
}

/// Frequency of the faults of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// The next calls, by number.
    Next(u32),
    /// Probability per call, from 0 to 1. The sandbox's seed decides: the same attempt of the same call always meets the same
    /// fault.
    Probability(f64),
}

/// Rule as it is written in JSON. An unknown key is an error, which a flattened enum would let pass.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "FaultRule")]
struct WrittenRule {
    faults: Vec<Fault>,
    operation: Option<String>,
    path_contains: Option<String>,
    account: Option<WrittenAccount>,
    next: Option<u32>,
    probability: Option<f64>,
}

/// Account: an id, or a number as `create_partner_account` returns it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`account` is the id of a partner, or the number of an account")]
enum WrittenAccount {
    Id(String),
    Number(u64),
}

impl TryFrom<WrittenRule> for FaultRule {
    type Error = &'static str;

    fn try_from(written: WrittenRule) -> Result<Self, Self::Error> {
        let WrittenRule { faults, operation, path_contains, account, next, probability } = written;
        let frequency = match (next, probability) {
            (Some(times), None) => Frequency::Next(times),
            (None, Some(probability)) => Frequency::Probability(probability),
            _ => return Err("a rule has either `next` or `probability`"),
        };
        let account = account.map(|account| match account {
            WrittenAccount::Id(id) => id,
            WrittenAccount::Number(number) => number.to_string(),
        });
        Ok(Self { faults, operation, path_contains, account, frequency })
    }
}

impl FaultRule {
    /// Creates a rule with a fault for the next `times` calls.
    #[must_use]
    pub fn next(times: u32, fault: Fault) -> Self {
        Self::new(vec![fault], Frequency::Next(times))
    }

    /// Creates a rule with a probability per call, from 0 to 1, of one of these faults.
    #[must_use]
    pub fn with_probability(probability: f64, faults: Vec<Fault>) -> Self {
        Self::new(faults, Frequency::Probability(probability))
    }

    fn new(faults: Vec<Fault>, frequency: Frequency) -> Self {
        Self { faults, operation: None, path_contains: None, account: None, frequency }
    }

    /// Checks that the rule can be applied.
    ///
    /// # Errors
    ///
    /// Returns a message if there is no fault, a value that cannot be sent, a number out of range, or an unknown operation.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.faults.is_empty() {
            return Err("`faults` is empty: name at least one".to_owned());
        }
        match self.frequency {
            Frequency::Next(0) => return Err("`next` is 0: give at least 1".to_owned()),
            Frequency::Probability(probability) if !(0.0..=1.0).contains(&probability) => {
                return Err(format!("`probability` is {probability}: give a number from 0 to 1"));
            }
            _ => {}
        }
        if let Some(operation) = &self.operation {
            check_operation(operation)?;
        }
        self.faults.iter().try_for_each(Fault::check)
    }

    /// Limits the rule to one operation: a row of a client's table of operations, or its id as text. The sandbox rejects a rule
    /// for an operation that there is not.
    #[must_use]
    pub fn for_operation(mut self, operation: impl AsRef<str>) -> Self {
        self.operation = Some(operation.as_ref().to_owned());
        self
    }

    /// Limits the rule to requests with this text in their path or query, such as the id of a client or a channel. It is
    /// compared with the decoded text.
    #[must_use]
    pub fn path_contains(mut self, text: impl Into<String>) -> Self {
        self.path_contains = Some(text.into());
        self
    }

    /// Limits the rule to requests with a valid credential of this account: for ZapSign its number, the `id` that
    /// `create_partner_account` returns, for 360dialog the id of the partner.
    #[must_use]
    pub fn for_account(mut self, account: impl ToString) -> Self {
        self.account = Some(account.to_string());
        self
    }
}

/// Checks that an operation exists.
///
/// # Errors
///
/// Returns a message with the most similar name.
fn check_operation(name: &str) -> Result<(), String> {
    let operations = Bundle::all().iter().flat_map(|bundle| &bundle.operations).map(|operation| &*operation.id);
    if operations.clone().any(|operation| operation == name) {
        return Ok(());
    }
    Err(format!("there is no operation `{name}`{}", hint(most_similar(name, operations))))
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
        for account in ["7", r#""7""#] {
            let text = format!(r#"{{"faults":[{{"kind":"garbage"}}],"account":{account},"next":1}}"#);
            let rule: FaultRule = serde_json::from_str(&text).expect("a rule");
            assert_eq!(rule, FaultRule::next(1, Fault::Garbage).for_account(7));
        }
    }

    #[test]
    fn a_name_that_does_not_exist_is_refused_with_the_most_similar_one() {
        let error =
            |name: &str| FaultRule::next(1, Fault::CutBody).for_operation(name).check().expect_err("no such name");
        assert_eq!(error("getplan"), "there is no operation `getplan`; the most similar one is `get_plan`");
        assert!(error("creat_client").ends_with("`create_client`"));
        for operation in Bundle::all().iter().flat_map(|bundle| &bundle.operations) {
            assert_eq!(FaultRule::next(1, Fault::CutBody).for_operation(&operation.id).check(), Ok(()));
        }
        let parse = |text: &str| serde_json::from_str::<FaultRule>(text).expect_err("it is refused").to_string();
        let unknown = parse(r#"{"faults":[{"kind":"garbage"}],"operations":"get_plan","next":1}"#);
        assert!(unknown.starts_with("unknown field `operations`, expected one of `faults`, `operation`"), "{unknown}");
        for frequency in ["", r#","next":1,"probability":0.5"#] {
            let text = format!(r#"{{"faults":[{{"kind":"garbage"}}]{frequency}}}"#);
            assert!(parse(&text).starts_with("a rule has either `next` or `probability`"), "{text}");
        }
    }
}
