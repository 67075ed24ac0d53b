//! Vendor that counts arrivals and refuses none.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::load::{PER_ACCOUNT, PER_EMAIL};
use crate::worst_count::worst_count;

/// Window as the vendor counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum VendorWindow {
    /// All calls of an account.
    Account(u32),
    /// Calls of an account about one e-mail address.
    Email(u32, u32),
}

/// Log of all arrivals.
#[derive(Default)]
pub(crate) struct Vendor {
    arrivals: HashMap<VendorWindow, Vec<Instant>>,
}

impl Vendor {
    /// Logs an arrival, at a time that may be yet to come.
    pub(crate) fn log(&mut self, account: u32, email: Option<u32>, at: Instant) {
        let windows = [Some(VendorWindow::Account(account)), email.map(|email| VendorWindow::Email(account, email))];
        for window in windows.into_iter().flatten() {
            self.arrivals.entry(window).or_default().push(at);
        }
    }

    /// Returns the largest number of arrivals in any interval of the limit by account, and of that by e-mail address.
    pub(crate) fn worst(&mut self) -> (usize, usize) {
        let (mut by_account, mut by_email) = (0, 0);
        for (window, arrivals) in &mut self.arrivals {
            arrivals.sort_unstable();
            let (worst, rule) = match window {
                VendorWindow::Account(_) => (&mut by_account, PER_ACCOUNT),
                VendorWindow::Email(..) => (&mut by_email, PER_EMAIL),
            };
            *worst = worst_count(arrivals, Duration::from_secs(rule.per_seconds.into())).max(*worst);
        }
        (by_account, by_email)
    }

    /// Returns the number of arrivals at an account from `start` to `end`.
    pub(crate) fn arrivals_between(&self, account: u32, start: Instant, end: Instant) -> usize {
        let arrivals = self.arrivals.get(&VendorWindow::Account(account));
        arrivals.map_or(0, |arrivals| arrivals.iter().filter(|at| (start..end).contains(at)).count())
    }
}
