//! Store of slots on Redis or Valkey.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use api_runtime::{RateLimitStore, Settlement, SlotRequest, StoreError, StoreFuture, TakenSlots};
use tokio::sync::watch;

use crate::reconnect::Reconnect;
use crate::script::{settle, take, taken};
use crate::store_error::{NOT_A_STORE, RESTARTED};

/// Store of rate limit slots on Redis or Valkey, for [`RateLimits::shared`](api_runtime::RateLimits::shared). Clones share
/// one connection.
///
/// The connection belongs to the runtime in which the store was connected, and ends with it.
pub struct RedisRateLimitStore {
    prefix: Arc<str>,
    reconnect: Arc<Reconnect>,
    /// Number of times of lost data that this clone has told of, at least to one call. Each belongs to a handle of its own, which has to know.
    told_losses: AtomicU64,
    /// Number of settlements under way.
    settling: watch::Sender<usize>,
}

impl RedisRateLimitStore {
    pub(crate) fn new(prefix: &str, reconnect: Arc<Reconnect>) -> Self {
        Self { prefix: prefix.into(), reconnect, told_losses: AtomicU64::new(0), settling: watch::Sender::new(0) }
    }

    /// Waits until no settlement of this store and its clones is under way: before a program ends that has made calls just now.
    /// Each takes the response time-out at most. A call that could not be settled counts until the end of its lease.
    pub async fn flush(&self) {
        // The sender is this store's own, so it can't be gone.
        let _ = self.settling.subscribe().wait_for(|count| *count == 0).await;
    }

    pub(crate) async fn take_slots(&self, attempt: &SlotRequest) -> Result<TakenSlots, StoreError> {
        let losses_before = self.reconnect.losses();
        let answer: Result<Vec<i64>, _> = self.reconnect.run(&take(&self.prefix, attempt)).await;
        let losses = self.reconnect.losses();
        // All calls that waited for the new connection are told, or but one of them would fill the empty windows.
        if self.told_losses.swap(losses, Ordering::Relaxed) != losses || losses_before != losses {
            return Err(RESTARTED);
        }
        taken(&answer?).ok_or(NOT_A_STORE)
    }

    pub(crate) async fn settle_slots(&self, attempt: &SlotRequest, settlement: Settlement) -> Result<(), StoreError> {
        self.reconnect.run_when_open(&settle(&self.prefix, attempt, settlement)).await
    }
}

impl RateLimitStore for RedisRateLimitStore {
    fn take<'s>(&'s self, attempt: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        Box::pin(self.take_slots(attempt))
    }

    fn settle(&self, attempt: Arc<SlotRequest>, settlement: Settlement) {
        let under_way = UnderWay::new(self.settling.clone());
        let store = self.clone();
        self.reconnect.runtime().spawn(async move {
            // A settlement that fails leaves the attempt counted for longer.
            let _ = store.settle_slots(&attempt, settlement).await;
            drop(under_way);
        });
    }
}

impl Clone for RedisRateLimitStore {
    fn clone(&self) -> Self {
        Self {
            prefix: Arc::clone(&self.prefix),
            reconnect: Arc::clone(&self.reconnect),
            told_losses: AtomicU64::new(self.told_losses.load(Ordering::Relaxed)),
            settling: self.settling.clone(),
        }
    }
}

impl fmt::Debug for RedisRateLimitStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRateLimitStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Settlement under way, which is one until it is dropped, even by a runtime that ends.
struct UnderWay(watch::Sender<usize>);

impl UnderWay {
    fn new(count: watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
