//! Report of the freezes.

use std::fmt;

use crate::onboarding_fleet::freeze_point::{CreatedThing, FreezePoint};

/// Outcome of the freeze at one point: what the vendors have of the tenant, and what the journal says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FreezeOutcome {
    /// The point.
    pub point: FreezePoint,
    /// Ids of the clients.
    pub clients: Vec<String>,
    /// Ids of the channels.
    pub channels: Vec<String>,
    /// Ids of the keys that were created. The vendor has the last one only.
    pub keys: Vec<String>,
    /// Ids of the accounts.
    pub accounts: Vec<String>,
    /// `true` if the key that works is in the journal.
    pub key_works: bool,
    /// `true` if the journal gives access to the account that it has.
    pub has_access: bool,
    /// Number of writes that were refused.
    pub fenced: u64,
    /// Error of the dead letter, if the tenant is one.
    pub dead: Option<String>,
}

/// Outcomes at all points.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FreezeReport {
    /// The outcomes, in the order of the points.
    pub outcomes: Vec<FreezeOutcome>,
}

impl FreezeOutcome {
    /// Returns the ids of the things of a kind.
    fn ids(&self, thing: CreatedThing) -> &[String] {
        match thing {
            CreatedThing::Client => &self.clients,
            CreatedThing::Number => &self.channels,
            CreatedThing::Key => &self.keys,
            CreatedThing::Account => &self.accounts,
        }
    }

    /// Returns `true` if the tenant has one of everything, and nobody needs to do anything. A key that nobody has the value of
    /// is replaced by another.
    pub fn is_complete(&self) -> bool {
        let is_one = [&self.clients, &self.channels, &self.accounts].into_iter().all(|things| things.len() == 1);
        is_one && self.key_works && self.has_access && self.dead.is_none()
    }

    /// Returns `true` if two things arose, and the tenant is a dead letter that names both.
    pub fn is_told(&self) -> bool {
        let FreezePoint::Creation(frozen, _) = self.point else { return false };
        let are_as_expected = CreatedThing::ALL.into_iter().all(|thing| match (thing == frozen, thing) {
            (true, _) => self.ids(thing).len() == 2,
            (false, CreatedThing::Key) => self.key_works,
            (false, _) => self.ids(thing).len() == 1,
        });
        let names_all = |error: &String| self.ids(frozen).iter().all(|id| error.contains(id));
        are_as_expected && self.key_works && self.has_access && self.dead.as_ref().is_some_and(names_all)
    }

    /// Returns `true` if the outcome is as promised: at most one of everything, but for the point after the last check, and then
    /// an operator is told.
    pub fn keeps_promise(&self) -> bool {
        self.is_complete() || (self.point.may_create_twice() && self.is_told())
    }
}

impl FreezeReport {
    /// Returns `true` if each outcome is as promised.
    pub fn keeps_promise(&self) -> bool {
        self.outcomes.iter().all(FreezeOutcome::keeps_promise)
    }
}

impl fmt::Display for FreezeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = "clients numbers keys accounts key works access fenced";
        writeln!(f, "{:<42}{columns}", "point of the freeze")?;
        for outcome in &self.outcomes {
            let FreezeOutcome { point, clients, channels, keys, accounts, key_works, has_access, fenced, .. } = outcome;
            let (clients, channels, keys, accounts) = (clients.len(), channels.len(), keys.len(), accounts.len());
            let yes = |is_so: &bool| if *is_so { "yes" } else { "NO" };
            let (key_works, has_access) = (yes(key_works), yes(has_access));
            write!(f, "{:<42}{clients:>7} {channels:>7} {keys:>4} {accounts:>8}", point.to_string())?;
            write!(f, " {key_works:>9} {has_access:>6} {fenced:>6}")?;
            let promise = if outcome.keeps_promise() { "" } else { "  BROKEN" };
            let dead = outcome.dead.as_ref().map(|dead| format!("  dead letter: {dead}")).unwrap_or_default();
            writeln!(f, "{promise}{dead}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onboarding_fleet::freeze_point::Moment;

    fn outcome(moment: Moment) -> FreezeOutcome {
        let one = || vec!["one".to_owned()];
        FreezeOutcome {
            point: FreezePoint::Creation(CreatedThing::Account, moment),
            clients: one(),
            channels: one(),
            keys: one(),
            accounts: one(),
            key_works: true,
            has_access: true,
            fenced: 1,
            dead: None,
        }
    }

    #[test]
    fn two_things_are_as_promised_after_the_last_check_only_and_if_both_are_named() {
        assert!(outcome(Moment::AfterIntent).keeps_promise() && outcome(Moment::BeforeWrite).keeps_promise());
        let two = |moment, dead: Option<&str>| FreezeOutcome {
            accounts: vec!["one".to_owned(), "two".to_owned()],
            dead: dead.map(str::to_owned),
            ..outcome(moment)
        };
        assert!(two(Moment::BeforeWrite, Some("one and two")).keeps_promise());
        assert!(!two(Moment::BeforeWrite, Some("one and another")).keeps_promise());
        assert!(!two(Moment::BeforeWrite, None).keeps_promise());
        assert!(!two(Moment::Granted, Some("one and two")).keeps_promise());
        let lost = FreezeOutcome { key_works: false, ..two(Moment::BeforeWrite, Some("one and two")) };
        assert!(!lost.keeps_promise());
    }
}
