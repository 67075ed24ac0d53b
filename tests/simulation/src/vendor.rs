//! Vendor that counts arrivals and refuses none.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::load::{PER_ACCOUNT, PER_EMAIL};

/// Window as the vendor counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum VendorWindow {
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
            *worst = worst_interval(arrivals, Duration::from_secs(rule.per_seconds.into())).max(*worst);
        }
        (by_account, by_email)
    }

    /// Returns the number of arrivals at an account since then.
    pub(crate) fn arrivals_between(&self, account: u32, start: Instant, end: Instant) -> usize {
        let arrivals = self.arrivals.get(&VendorWindow::Account(account));
        arrivals.map_or(0, |arrivals| arrivals.iter().filter(|at| (start..end).contains(at)).count())
    }
}

/// Returns the largest number of these times, which are sorted, in any half-open interval of this length.
fn worst_interval(times: &[Instant], length: Duration) -> usize {
    let mut first = 0;
    let counts = times.iter().enumerate().map(|(last, time)| {
        while times[first] + length <= *time {
            first += 1;
        }
        last + 1 - first
    });
    counts.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_start_and_not_its_end() {
        let start = Instant::now();
        let times = |seconds: &[u64]| seconds.iter().map(|at| start + Duration::from_secs(*at)).collect::<Vec<_>>();
        let worst = |seconds: &[u64]| worst_interval(&times(seconds), Duration::from_secs(5));
        assert_eq!((worst(&[]), worst(&[0, 5, 10]), worst(&[0, 1, 5]), worst(&[0, 7, 8, 9, 12])), (0, 1, 2, 3));
    }
}
