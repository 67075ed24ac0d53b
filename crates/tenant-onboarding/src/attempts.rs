//! Retries of a creation: after an attempt with an unknown outcome the resource is looked up before it is created
//! again.

use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::sync::watch;

use crate::error::{ErrorKind, OnboardingError};
use crate::journal_error::JournalError;
use crate::step_error::StepError;

/// State of a resource to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResourceState {
    /// It does not exist.
    Absent,
    /// It was looked for twice after a call with an unknown outcome, and does not exist.
    Missing,
    /// A create call failed after it may have taken effect.
    Unknown,
    /// The server accepted the create call, and the resource is not listed yet.
    Pending,
}

/// Result of a create call.
pub(crate) enum CreateOutcome<T> {
    Created(T),
    /// It was created, and the response has no id.
    Pending,
}

/// Resource to create: its lookup and its create call.
pub(crate) trait Creation: Sync {
    type Thing: Send;

    /// Operation that creates it.
    const OPERATION: &'static str;

    /// Returns the resource if it exists now and did not when the intent was recorded.
    fn look(&self) -> impl Future<Output = Result<Option<Self::Thing>, StepError>> + Send;

    /// Sends the create call once.
    fn create(&self) -> impl Future<Output = Result<CreateOutcome<Self::Thing>, StepError>> + Send;
}

/// Guard of create calls: the lease under which they are sent, and the log of those with an unknown outcome.
pub(crate) trait CreationGuard: Sync {
    /// Renews the lease of the tenant, if the create call could not be sent under it.
    fn renew_lease(&self) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Records that a call of an operation ended with an unknown outcome, or that the process that was to send it is gone.
    fn record_doubt(&self, operation: &str) -> impl Future<Output = Result<(), OnboardingError>> + Send;
}

/// Retry settings of the steps.
#[derive(Debug, Clone)]
pub(crate) struct AttemptSettings {
    pub(crate) max_attempts: u32,
    pub(crate) initial_backoff: Duration,
    /// Interval between the two lookups after an unknown outcome.
    pub(crate) settle: Duration,
    /// Maximum delay that a server may request.
    pub(crate) max_wait: Duration,
    /// `true` once the run is stopped.
    pub(crate) stopped: watch::Receiver<bool>,
}

impl AttemptSettings {
    /// Returns an error of kind [`ErrorKind::Stopped`] if the run is stopped.
    pub(crate) fn check_stop(&self) -> Result<(), OnboardingError> {
        if *self.stopped.borrow() { Err(stopped()) } else { Ok(()) }
    }

    /// Sleeps. The error is of kind [`ErrorKind::Stopped`], as soon as the run is stopped.
    pub(crate) async fn wait(&self, time: Duration) -> Result<(), OnboardingError> {
        self.check_stop()?;
        let mut stop = self.stopped.clone();
        let stop = async move {
            // The sender is gone, so no stop can follow.
            if stop.wait_for(|stopped| *stopped).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = stop => Err(stopped()),
        }
    }

    /// Retries until the resource exists, and leaves its last known state in `state`.
    pub(crate) async fn run<C: Creation>(
        &self,
        guard: &impl CreationGuard,
        creation: &C,
        state: &mut ResourceState,
    ) -> Result<C::Thing, OnboardingError> {
        let backoff = ExponentialBuilder::default().with_min_delay(self.initial_backoff);
        let mut waits = backoff.with_jitter().without_max_times().build();
        let mut failed = 0;
        loop {
            self.check_stop()?;
            let fault = match self.attempt(guard, creation, state).await {
                Ok(Some(thing)) => return Ok(thing),
                // It was accepted, and the next attempt looks it up.
                Ok(None) => continue,
                Err(fault) if !fault.retryable => return Err(fault.error),
                Err(fault) => fault,
            };
            failed += 1;
            let reason = fault.error.to_string();
            if failed >= self.max_attempts {
                let message = format!("given up after {failed} attempts: {reason}");
                return Err(OnboardingError::new(ErrorKind::Failed, message).passing(fault.retry_after));
            }
            let wait = fault.retry_after.or_else(|| waits.next()).unwrap_or(self.initial_backoff);
            self.accept(wait, &reason)?;
            self.wait(wait).await?;
        }
    }

    /// Retries a read, which has no effect.
    pub(crate) async fn read<T, F>(&self, read: impl Fn() -> F + Sync) -> Result<T, OnboardingError>
    where
        T: Send,
        F: Future<Output = Result<T, StepError>> + Send,
    {
        self.run(&Unguarded, &Repeatable(read), &mut ResourceState::Absent).await
    }

    fn accept(&self, wait: Duration, reason: &str) -> Result<(), OnboardingError> {
        if wait <= self.max_wait {
            return Ok(());
        }
        let (seconds, most) = (wait.as_secs(), self.max_wait.as_secs());
        let message = format!(
            "the server asks to wait {seconds} s, and this run waits {most} s at most; run it again later: {reason}"
        );
        Err(OnboardingError::new(ErrorKind::WaitTooLong, message).passing(Some(wait)))
    }

    async fn attempt<C: Creation>(
        &self,
        guard: &impl CreationGuard,
        creation: &C,
        state: &mut ResourceState,
    ) -> Result<Option<C::Thing>, StepError> {
        match state {
            ResourceState::Absent | ResourceState::Missing => {}
            ResourceState::Pending => {
                let found = creation.look().await?;
                return found.map(Some).ok_or_else(|| StepError::retryable("it was accepted and has not appeared yet"));
            }
            ResourceState::Unknown => {
                // A call that failed may still take effect later, so one lookup is not enough.
                if let Some(found) = creation.look().await? {
                    return Ok(Some(found));
                }
                self.wait(self.settle).await?;
                if let Some(found) = creation.look().await? {
                    return Ok(Some(found));
                }
                *state = ResourceState::Missing;
            }
        }
        guard.renew_lease().await?;
        match creation.create().await {
            Ok(CreateOutcome::Created(thing)) => Ok(Some(thing)),
            Ok(CreateOutcome::Pending) => {
                *state = ResourceState::Pending;
                Ok(None)
            }
            Err(fault) => {
                if fault.may_have_taken_effect {
                    *state = ResourceState::Unknown;
                    // An answer that could not be recorded is told by its own error.
                    if fault.error.kind() != ErrorKind::Journal {
                        guard.record_doubt(C::OPERATION).await?;
                    }
                }
                Err(fault)
            }
        }
    }
}

/// Read in the form of a creation without a lookup.
struct Repeatable<R>(R);

impl<T, F, R> Creation for Repeatable<R>
where
    T: Send,
    F: Future<Output = Result<T, StepError>> + Send,
    R: Fn() -> F + Sync,
{
    type Thing = T;
    const OPERATION: &'static str = "read";

    async fn look(&self) -> Result<Option<T>, StepError> {
        Ok(None)
    }

    async fn create(&self) -> Result<CreateOutcome<T>, StepError> {
        let outcome = (self.0)().await;
        outcome.map(CreateOutcome::Created).map_err(|fault| StepError { may_have_taken_effect: false, ..fault })
    }
}

/// Guard of calls that have no effect.
struct Unguarded;

impl CreationGuard for Unguarded {
    async fn renew_lease(&self) -> Result<(), JournalError> {
        Ok(())
    }

    async fn record_doubt(&self, _: &str) -> Result<(), OnboardingError> {
        Ok(())
    }
}

fn stopped() -> OnboardingError {
    OnboardingError::new(ErrorKind::Stopped, "the run was stopped; run it again to go on")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::*;

    /// Creation, and its guard, that replies from a script and records the time of each call.
    struct Script {
        looks: Mutex<Vec<Option<u8>>>,
        creates: Mutex<Vec<Result<u8, StepError>>>,
        calls: Mutex<Vec<(&'static str, u64)>>,
        began: Instant,
    }

    impl Script {
        fn new(looks: &[Option<u8>], creates: Vec<Result<u8, StepError>>) -> Self {
            let looks = Mutex::new(looks.iter().rev().copied().collect());
            let creates = Mutex::new(creates.into_iter().rev().collect());
            Self { looks, creates, calls: Mutex::default(), began: Instant::now() }
        }

        fn note(&self, call: &'static str) {
            self.calls.lock().expect("no panic").push((call, self.began.elapsed().as_secs()));
        }
    }

    impl Creation for Script {
        type Thing = u8;
        const OPERATION: &'static str = "script";

        async fn look(&self) -> Result<Option<u8>, StepError> {
            self.note("look");
            Ok(self.looks.lock().expect("no panic").pop().expect("a look in the script"))
        }

        async fn create(&self) -> Result<CreateOutcome<u8>, StepError> {
            self.note("create");
            let outcome = self.creates.lock().expect("no panic").pop().expect("a call in the script");
            outcome.map(CreateOutcome::Created)
        }
    }

    impl CreationGuard for Script {
        async fn renew_lease(&self) -> Result<(), JournalError> {
            self.note("renew");
            Ok(())
        }

        async fn record_doubt(&self, operation: &str) -> Result<(), OnboardingError> {
            assert_eq!(operation, Self::OPERATION);
            self.note("doubt");
            Ok(())
        }
    }

    fn settings() -> (watch::Sender<bool>, AttemptSettings) {
        let (stop, stopped) = watch::channel(false);
        let settings = AttemptSettings {
            max_attempts: 4,
            initial_backoff: Duration::ZERO,
            settle: Duration::from_secs(60),
            max_wait: Duration::from_secs(300),
            stopped,
        };
        (stop, settings)
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_be_there_is_looked_for_twice_a_settle_apart() {
        let (_stop, settings) = settings();
        let script = Script::new(&[None, None], vec![Err(StepError::retryable("lost")), Ok(2)]);
        assert_eq!(settings.run(&script, &script, &mut ResourceState::Absent).await.expect("it exists"), 2);
        let calls = script.calls.into_inner().expect("no panic");
        let first = [("renew", 0), ("create", 0), ("doubt", 0)];
        let second = [("look", 0), ("look", 60), ("renew", 60), ("create", 60)];
        assert_eq!(calls, [&first[..], &second[..]].concat());

        let late = Script::new(&[None, Some(1)], Vec::new());
        assert_eq!(settings.run(&late, &late, &mut ResourceState::Unknown).await.expect("it appeared"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_max_wait_ends_the_tenant_at_once() {
        let (_stop, settings) = settings();
        let far = StepError { retry_after: Some(Duration::from_secs(31_536_000)), ..StepError::retryable("429") };
        let script = Script::new(&[], vec![Err(far)]);
        let error = settings.run(&script, &script, &mut ResourceState::Absent).await.expect_err("too long");
        assert_eq!((error.kind(), script.began.elapsed()), (ErrorKind::WaitTooLong, Duration::ZERO));
        assert!(error.to_string().contains("wait 31536000 s, and this run waits 300 s at most"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_a_wait() {
        let (stop, settings) = settings();
        let script = Script::new(&[None], Vec::new());
        let mut unknown = ResourceState::Unknown;
        let (outcome, ()) = tokio::join!(settings.run(&script, &script, &mut unknown), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            stop.send_replace(true);
        });
        assert_eq!(outcome.expect_err("stopped").kind(), ErrorKind::Stopped);
        assert_eq!(script.began.elapsed(), Duration::from_secs(1));
    }
}
