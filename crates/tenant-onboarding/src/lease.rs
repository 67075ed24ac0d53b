use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Time for which a tenant belongs to this process, as a shared journal granted it. Clones are the same lease.
///
/// A call that creates something is sent in the first half of the lease only, so that it has ended before another process can
/// have the tenant. Time is measured twice, because the monotonic clock stands still while a machine is suspended and the
/// system's clock may be set: the longer one counts.
#[derive(Clone)]
pub struct Lease(Option<Arc<LeaseState>>);

struct LeaseState {
    duration: Duration,
    /// Times at which the last renewal was requested; `None` once the lease is lost.
    renewed: Mutex<Option<(Instant, SystemTime)>>,
}

/// Moment before a lease is requested, from which it is counted.
#[derive(Debug, Clone, Copy)]
pub struct LeaseStart(Instant, SystemTime);

impl LeaseStart {
    /// Returns the present moment.
    pub fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }
}

impl Lease {
    /// Creates the lease of a journal that is used by one process only: it does not end.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Creates a lease that was requested at `start`.
    pub fn new(duration: Duration, start: LeaseStart) -> Self {
        Self(Some(Arc::new(LeaseState { duration, renewed: Mutex::new(Some((start.0, start.1))) })))
    }

    /// Records a renewal that was requested at `start`. A lost lease stays lost.
    pub fn renew(&self, start: LeaseStart) {
        if let Some(state) = &self.0
            && let Some(renewed) = state.renewed().as_mut()
        {
            *renewed = (start.0, start.1);
        }
    }

    /// Records that another process has the tenant.
    pub fn lose(&self) {
        if let Some(state) = &self.0 {
            *state.renewed() = None;
        }
    }

    /// Returns `true` in the first half of the lease, in which a call that creates something may be sent.
    pub fn may_send(&self) -> bool {
        let Some(state) = &self.0 else { return true };
        let Some((monotonic, system)) = *state.renewed() else { return false };
        // A clock that was set back says nothing.
        let system = system.elapsed().unwrap_or_default();
        monotonic.elapsed().max(system) < state.duration / 2
    }

    /// Returns `true` if somebody else has this lease, too: its task has not ended.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_shared(&self) -> bool {
        self.0.as_ref().is_some_and(|state| Arc::strong_count(state) > 1)
    }

    /// Returns `true` once another process has the tenant.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_lost(&self) -> bool {
        self.0.as_ref().is_some_and(|state| state.renewed().is_none())
    }

    /// Returns the time between two renewals; `None` if the lease does not end.
    pub(crate) fn renewal_interval(&self) -> Option<Duration> {
        self.0.as_ref().map(|state| state.duration / 4)
    }
}

impl LeaseState {
    fn renewed(&self) -> std::sync::MutexGuard<'_, Option<(Instant, SystemTime)>> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("may_send", &self.may_send()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn half_of_a_lease_is_for_sending() {
        let lease = Lease::new(Duration::from_secs(8), LeaseStart::now());
        tokio::time::advance(Duration::from_millis(3999)).await;
        assert!(lease.may_send());
        let start = LeaseStart::now();
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!lease.may_send());
        lease.renew(start);
        assert!(lease.may_send(), "a renewal counts from its request");
        lease.lose();
        lease.renew(LeaseStart::now());
        assert!(!lease.may_send(), "a lost lease stays lost");
        assert!(Lease::unlimited().may_send());
    }

    #[test]
    fn the_time_of_a_suspended_machine_counts() {
        let suspended = LeaseStart(Instant::now(), SystemTime::now() - Duration::from_secs(5));
        assert!(!Lease::new(Duration::from_secs(8), suspended).may_send());
        let set_back = LeaseStart(Instant::now(), SystemTime::now() + Duration::from_secs(3600));
        assert!(Lease::new(Duration::from_secs(8), set_back).may_send());
    }
}
