use std::sync::atomic::{AtomicU32, Ordering};

use super::super::shared_store::StoreOutage;
use super::super::store::{RateLimitStore, Settlement, SlotRequest, StoreError, StoreFuture, WindowKey, WindowWait};
use super::*;
use crate::operation::{RateLimitRule, RateLimitScope};

#[path = "tests/shared.rs"]
mod shared;

const FIVE_IN_THIRTY: RateLimitRule = RateLimitRule { requests: 5, per_seconds: 30, scope: RateLimitScope::Path("id") };
const ONE_IN_THIRTY: RateLimitRule = RateLimitRule { requests: 1, ..FIVE_IN_THIRTY };
/// Lease of a call that is answered at once.
const SHORT: Duration = Duration::from_secs(60);

fn window(rule: RateLimitRule) -> [Arc<SlidingWindow>; 1] {
    [Arc::new(SlidingWindow::new(rule, Some(Arc::new(WindowKey::new("api", "window", rule)))))]
}

/// Acquires a slot of this process, without a record of the wait.
async fn acquire_in(windows: &[Arc<SlidingWindow>], limit: WaitLimit) -> Result<Permit<'_>, NoSlot> {
    acquire(windows, None, SHORT, limit, &mut |_| ()).await
}

/// Makes a call that is answered at once.
async fn call(windows: &[Arc<SlidingWindow>], shared: Option<&SharedStore>) -> Result<(), NoSlot> {
    let mut permit = acquire(windows, shared, SHORT, far(), &mut |_| ()).await?;
    assert!(permit.send_by(Instant::now()));
    permit.settle(None);
    Ok(())
}

fn far() -> WaitLimit {
    within(Duration::from_secs(100_000))
}

fn within(wait: Duration) -> WaitLimit {
    let now = Instant::now();
    WaitLimit::new(now, None, now + wait)
}

fn taken(window: &SlidingWindow) -> usize {
    window.log().taken(window.interval(), Instant::now())
}

#[tokio::test(start_paused = true)]
async fn no_interval_holds_more_calls_than_the_limit() {
    let windows = window(FIVE_IN_THIRTY);
    let mut sent_at = Vec::new();
    for _ in 0..40 {
        call(&windows, None).await.expect("there is time");
        sent_at.push(Instant::now());
        // Uneven gaps make bursts cross the edges of intervals.
        tokio::time::advance(Duration::from_secs(sent_at.len() as u64 % 7)).await;
    }
    for pair in sent_at.windows(6) {
        assert!(pair[5] - pair[0] >= Duration::from_secs(30));
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_overtakes_a_waiter() {
    let windows = window(FIVE_IN_THIRTY);
    let (ticket, _) = QueueTicket::issue(&windows[0]);
    let head = windows[0].fifo.lock().await;
    let overtaking = timeout_at(Instant::now() + Duration::from_secs(1), acquire_in(&windows, far())).await;
    assert!(overtaking.is_err(), "a slot is free, and a waiter is ahead");
    drop((head, ticket));
    acquire_in(&windows, far()).await.expect("there is time");
}

#[test]
fn threads_together_take_no_more_than_the_limit() {
    for _ in 0..200 {
        let windows = window(FIVE_IN_THIRTY);
        let start = std::sync::Barrier::new(4);
        let take = || {
            start.wait();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            let limit = within(Duration::from_secs(25));
            let permits: Vec<_> = (0..3).map(|_| runtime.block_on(acquire_in(&windows, limit)).ok()).collect();
            start.wait();
            permits.into_iter().flatten().count()
        };
        let permits = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it ends")).sum::<usize>()
        });
        assert_eq!(permits, 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_counts_from_its_response() {
    let windows = window(ONE_IN_THIRTY);
    let start = Instant::now();
    let mut slow = acquire_in(&windows, far()).await.expect("there is time");
    assert!(slow.send_by(start));
    let next = tokio::spawn({
        let windows = windows.clone();
        async move { acquire_in(&windows, far()).await.map(|_| start.elapsed()) }
    });
    tokio::time::sleep(Duration::from_secs(47)).await;
    slow.settle(None);
    let waited = next.await.expect("it ends").expect("there is time");
    assert_eq!(waited, Duration::from_secs(77), "one that is under way for longer than the interval counts, too");
}

#[tokio::test(start_paused = true)]
async fn a_call_under_way_does_not_make_a_deadline_pass() {
    let windows = window(ONE_IN_THIRTY);
    let mut under_way = acquire_in(&windows, far()).await.expect("there is time");
    assert!(under_way.send_by(Instant::now()));
    // It may be answered now, so that its slot is free in 30 s.
    let waiting = acquire_in(&windows, within(Duration::from_secs(31)));
    let answered = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        under_way.settle(None);
    };
    let (permit, ()) = tokio::join!(waiting, answered);
    assert!(permit.is_ok());
    assert!(acquire_in(&windows, within(Duration::from_secs(29))).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_permit_whose_lease_is_used_up_is_not_sent_and_gives_its_slot_back() {
    let windows = window(ONE_IN_THIRTY);
    let mut permit = acquire_in(&windows, far()).await.expect("there is time");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(!permit.send_by(Instant::now() + SHORT));
    drop(permit);
    assert_eq!(taken(&windows[0]), 0);
    // One that is sent and dropped may have arrived.
    let mut permit = acquire_in(&windows, far()).await.expect("there is time");
    assert!(permit.send_by(Instant::now() + SHORT));
    drop(permit);
    assert_eq!(taken(&windows[0]), 1);
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(taken(&windows[0]), 0, "it counted from its end");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_consumes_no_slot() {
    let narrow = Arc::new(SlidingWindow::new(
        RateLimitRule { requests: 1, per_seconds: 5, scope: RateLimitScope::Body("/e") },
        None,
    ));
    let wide = Arc::new(SlidingWindow::new(
        RateLimitRule { requests: 1, per_seconds: 50, scope: RateLimitScope::Credential },
        None,
    ));
    let both = [Arc::clone(&narrow), Arc::clone(&wide)];
    call(&both[1..], None).await.expect("there is room");
    let waiting = tokio::time::timeout(Duration::from_secs(20), acquire_in(&both, far())).await;
    assert!(waiting.is_err(), "the wide window is full for 50 seconds");
    assert_eq!(taken(&narrow), 0, "a dropped call takes no slot");
    assert!(!narrow.has_waiters() && !wide.has_waiters());
    assert!(narrow.fifo.try_lock().is_ok() && wide.fifo.try_lock().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_a_narrow_window_holds_up_nobody_in_a_wide_one() {
    let rule = |requests, per_seconds, scope| RateLimitRule { requests, per_seconds, scope };
    let new = |rule| Arc::new(SlidingWindow::new(rule, None));
    let (narrow, other) = (new(rule(1, 40, RateLimitScope::Body("/e"))), new(rule(1, 40, RateLimitScope::Body("/e"))));
    let wide = new(rule(1, 10, RateLimitScope::Credential));
    let (both, beside) = ([narrow, Arc::clone(&wide)], [other, wide]);
    let start = Instant::now();
    call(&both, None).await.expect("there is room");
    let waiting = async {
        call(&both, None).await.expect("there is time");
        start.elapsed().as_secs()
    };
    let free = async {
        call(&beside, None).await.expect("there is time");
        start.elapsed().as_secs()
    };
    assert_eq!(tokio::join!(waiting, free), (40, 10));
}

#[tokio::test(start_paused = true)]
async fn a_slot_after_the_deadline_is_an_error_at_once() {
    let windows = window(FIVE_IN_THIRTY);
    let start = Instant::now();
    let limit = within(Duration::from_secs(45));
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let windows = windows.clone();
            tokio::spawn(async move {
                let outcome = acquire_in(&windows, limit).await.map(|mut permit| {
                    assert!(permit.send_by(Instant::now()));
                    permit.settle(None);
                });
                (outcome, Instant::now() - start)
            })
        })
        .collect();
    let (mut permits, mut errors) = (0, 0);
    for call in calls {
        match call.await.expect("it ends") {
            (Ok(()), at) => {
                permits += 1;
                assert!(at <= Duration::from_secs(30));
            }
            (Err(error), at) => {
                errors += 1;
                // Calls that failed are not in line.
                let wait = Duration::from_secs(60);
                assert_eq!((error, at), (too_late(FIVE_IN_THIRTY, WaitReason::Calls, wait), Duration::ZERO));
            }
        }
    }
    assert_eq!((permits, errors), (10, 10));
}

fn too_late(rule: RateLimitRule, reason: WaitReason, wait: Duration) -> NoSlot {
    NoSlot::Deadline(DeadlineExceeded { rule, reason, wait, setting: "time_limit" })
}

#[tokio::test(start_paused = true)]
async fn a_window_that_the_vendor_holds_stays_held() {
    let windows = window(FIVE_IN_THIRTY);
    let start = Instant::now();
    windows[0].hold(Duration::from_secs(12));
    // Of two holds, the longer one stays.
    windows[0].hold(Duration::from_secs(3));
    acquire_in(&windows, far()).await.expect("there is time");
    assert_eq!(Instant::now() - start, Duration::from_secs(12));
}

#[tokio::test(start_paused = true)]
async fn a_window_is_held_for_its_interval_at_most() {
    for time in [Duration::from_secs(31), Duration::from_secs(31_536_000), Duration::MAX] {
        let windows = window(FIVE_IN_THIRTY);
        let start = Instant::now();
        windows[0].hold(time);
        let wait = Duration::from_secs(30);
        let refused = acquire_in(&windows, within(Duration::from_secs(29))).await.err();
        assert_eq!(refused, Some(too_late(FIVE_IN_THIRTY, WaitReason::Vendor, wait)));
        acquire_in(&windows, far()).await.expect("there is time");
        assert_eq!(Instant::now() - start, wait);
    }
}

/// Store that grants or refuses everything, can't be asked, or does not answer (`None`).
#[derive(Clone)]
struct Scripted(Arc<(AtomicU32, std::sync::Mutex<Answer>)>);

type Answer = Option<Result<TakenSlots, StoreError>>;

impl Scripted {
    fn new(answer: Answer) -> Self {
        Self(Arc::new((AtomicU32::new(0), std::sync::Mutex::new(answer))))
    }

    fn answer(&self, answer: Answer) {
        *self.0.1.lock().expect("nobody panicked") = answer;
    }

    fn asked(&self) -> u32 {
        self.0.0.load(Ordering::Relaxed)
    }
}

impl RateLimitStore for Scripted {
    fn take<'s>(&'s self, _: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        self.0.0.fetch_add(1, Ordering::Relaxed);
        let answer = self.0.1.lock().expect("nobody panicked").clone();
        Box::pin(async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }

    fn settle(&self, _: Arc<SlotRequest>, _: Settlement) {}
}

const GRANTED: Answer = Some(Ok(TakenSlots::Granted { full: false }));
const AWAY: StoreError = StoreError::new("the store is away");

fn refused(seconds: u64, held: bool) -> Answer {
    Some(Ok(TakenSlots::Refused([WindowWait { least: Duration::from_secs(seconds), held }].into_iter().collect())))
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_store_refuses_asks_again_when_a_slot_may_be_free() {
    let store = Scripted::new(refused(7, false));
    let shared = SharedStore::new(store.clone(), StoreOutage::Refuse);
    let (windows, start) = (window(FIVE_IN_THIRTY), Instant::now());
    let waiting = async {
        call(&windows, Some(&shared)).await.expect("there is time");
        start.elapsed().as_secs()
    };
    let later = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // What one call has heard, others know: nobody asks.
        let refused = acquire(&windows, Some(&shared), SHORT, within(Duration::from_secs(5)), &mut |_| ()).await.err();
        store.answer(GRANTED);
        (refused, store.asked())
    };
    let (waited, (refused, asked)) = tokio::join!(waiting, later);
    assert_eq!((waited, refused), (7, Some(too_late(FIVE_IN_THIRTY, WaitReason::Calls, Duration::from_secs(6)))));
    assert_eq!((asked, store.asked()), (1, 2), "one call asks once, and once more");
}

#[tokio::test(start_paused = true)]
async fn a_hold_of_another_process_is_told_as_one() {
    let shared = SharedStore::new(Scripted::new(refused(7, true)), StoreOutage::Refuse);
    let windows = window(FIVE_IN_THIRTY);
    let too_short = within(Duration::from_secs(5));
    let refused = acquire(&windows, Some(&shared), SHORT, too_short, &mut |_| ()).await.err();
    assert_eq!(refused, Some(too_late(FIVE_IN_THIRTY, WaitReason::Vendor, Duration::from_secs(7))));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_refuses_without_a_time_is_not_asked_without_end() {
    let store = Scripted::new(refused(0, false));
    let shared = SharedStore::new(store.clone(), StoreOutage::Refuse);
    let windows = window(FIVE_IN_THIRTY);
    let soon = within(Duration::from_millis(100));
    assert!(acquire(&windows, Some(&shared), SHORT, soon, &mut |_| ()).await.is_err());
    assert!((2..=101).contains(&store.asked()), "{}", store.asked());
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_a_process_has_its_part_and_the_store_is_asked_after_an_interval() {
    let store = Scripted::new(Some(Err(AWAY)));
    let shared = SharedStore::new(store.clone(), StoreOutage::Divide { processes: 2 });
    let (windows, start) = (window(FIVE_IN_THIRTY), Instant::now());
    for expected in [0, 0] {
        call(&windows, Some(&shared)).await.expect("there is time");
        assert_eq!(start.elapsed().as_secs(), expected);
    }
    // The part is 2 of 5. The third call waits until the first has left the window, when the store is asked again.
    store.answer(GRANTED);
    call(&windows, Some(&shared)).await.expect("there is time");
    assert_eq!((start.elapsed().as_secs(), store.asked(), shared.failures()), (30, 2, 1));
    for _ in 0..4 {
        call(&windows, Some(&shared)).await.expect("there is time");
    }
    assert_eq!((start.elapsed().as_secs(), store.asked()), (30, 6), "the whole limit is there again");
}

#[tokio::test(start_paused = true)]
async fn a_limit_with_no_part_for_each_process_waits_for_the_store() {
    let store = Scripted::new(Some(Err(AWAY)));
    let shared = SharedStore::new(store.clone(), StoreOutage::Divide { processes: 9 });
    let (windows, start) = (window(FIVE_IN_THIRTY), Instant::now());
    let wait = Duration::from_secs(30);
    let soon = within(Duration::from_secs(20));
    let refused = acquire(&windows, Some(&shared), SHORT, soon, &mut |_| ()).await.err();
    assert_eq!(refused, Some(too_late(FIVE_IN_THIRTY, WaitReason::StoreOutage, wait)));
    store.answer(GRANTED);
    call(&windows, Some(&shared)).await.expect("there is time");
    assert_eq!((start.elapsed().as_secs(), store.asked()), (30, 2));
}

#[tokio::test(start_paused = true)]
async fn without_the_store_nothing_is_sent_where_that_is_asked_for() {
    let store = Scripted::new(Some(Err(AWAY)));
    let shared = SharedStore::new(store.clone(), StoreOutage::Refuse);
    let windows = window(FIVE_IN_THIRTY);
    for _ in 0..3 {
        assert_eq!(call(&windows, Some(&shared)).await, Err(NoSlot::Store(AWAY)));
    }
    assert_eq!((store.asked(), taken(&windows[0])), (3, 0));
    store.answer(GRANTED);
    assert_eq!(call(&windows, Some(&shared)).await, Ok(()), "an outage that is over holds up nobody");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_takes_no_longer_than_the_call_may() {
    let shared = SharedStore::new(Scripted::new(None), StoreOutage::Refuse);
    let (windows, wait) = (window(FIVE_IN_THIRTY), Duration::from_secs(20));
    let refused = acquire(&windows, Some(&shared), SHORT, within(wait), &mut |_| ()).await.err();
    assert_eq!(refused, Some(too_late(FIVE_IN_THIRTY, WaitReason::StoreOutage, wait)));
    assert_eq!(taken(&windows[0]), 0);
}
