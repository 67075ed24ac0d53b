//! Slots of a shared store: what it is told, and how an outage is shared.

use std::sync::Mutex;

use super::*;

const WIDE: RateLimitRule = RateLimitRule { scope: RateLimitScope::Credential, ..FIVE_IN_THIRTY };
const NARROW: RateLimitRule = RateLimitRule { requests: 5, per_seconds: 5, scope: RateLimitScope::Path("id") };

/// Store that grants everything, and keeps what it is told.
#[derive(Clone, Default)]
struct Recording(Arc<Mutex<Vec<Told>>>);

/// Request, and its settlement if it is one.
type Told = (SlotRequest, Option<Settlement>);

impl RateLimitStore for Recording {
    fn take<'s>(&'s self, attempt: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        self.0.lock().expect("nobody panicked").push((attempt.clone(), None));
        Box::pin(async { Ok(TakenSlots::Granted { full: false }) })
    }

    fn settle(&self, attempt: Arc<SlotRequest>, settlement: Settlement) {
        self.0.lock().expect("nobody panicked").push((SlotRequest::clone(&attempt), Some(settlement)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_store_is_told_the_end_of_each_attempt() {
    let store = Recording::default();
    let shared = SharedStore::new(store.clone(), StoreOutage::Refuse);
    let windows = [window(NARROW), window(WIDE)].concat();
    let ended = |seconds| Settlement::Ended { hold: Some(Duration::from_secs(seconds)) };
    for (sent, settled, hold, expected) in [
        (false, false, None, Settlement::NotSent),
        (true, false, None, Settlement::Ended { hold: None }),
        (true, true, None, Settlement::Ended { hold: None }),
        (true, true, Some(3), ended(3)),
        // As long as the narrowest window at most.
        (true, true, Some(90), ended(5)),
    ] {
        let mut permit = acquire(&windows, Some(&shared), SHORT, far(), &mut |_| ()).await.expect("there is time");
        assert!(!sent || permit.send_by(Instant::now()));
        if settled {
            permit.settle(hold.map(Duration::from_secs));
        } else {
            drop(permit);
        }
        let told = std::mem::take(&mut *store.0.lock().expect("nobody panicked"));
        let request = told[0].0.clone();
        assert_eq!((request.lease, request.windows.len()), (SHORT, 2));
        assert_eq!(told, [(request.clone(), None), (request, Some(expected))]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_store_is_asked_again_when_the_longest_window_of_a_call_has_passed() {
    let store = Scripted::new(Some(Err(AWAY)));
    let shared = SharedStore::new(store.clone(), StoreOutage::Divide { processes: 2 });
    let windows = [window(NARROW), window(WIDE)].concat();
    call(&windows, Some(&shared)).await.expect("a part is free");
    tokio::time::advance(Duration::from_secs(29)).await;
    call(&windows, Some(&shared)).await.expect("a part is free");
    assert_eq!(store.asked(), 1);
    tokio::time::advance(Duration::from_secs(1)).await;
    call(&windows, Some(&shared)).await.expect("a part is free");
    assert_eq!(store.asked(), 2);
    // A call of the short window alone asks when that has passed.
    tokio::time::advance(Duration::from_secs(5)).await;
    call(&windows[..1], Some(&shared)).await.expect("a part is free");
    assert_eq!(store.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn no_processes_are_one() {
    let shared = SharedStore::new(Scripted::new(Some(Err(AWAY))), StoreOutage::Divide { processes: 0 });
    let (windows, start) = (window(FIVE_IN_THIRTY), Instant::now());
    for _ in 0..5 {
        call(&windows, Some(&shared)).await.expect("a part is free");
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_slot_at_the_very_end_of_a_wait_is_taken() {
    let store = Scripted::new(refused(7, false));
    let shared = SharedStore::new(store.clone(), StoreOutage::Refuse);
    let (windows, start) = (window(FIVE_IN_THIRTY), Instant::now());
    let later = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        store.answer(GRANTED);
    };
    let wait = within(Duration::from_secs(7));
    let mut ignored = |_| ();
    let waiting = acquire(&windows, Some(&shared), SHORT, wait, &mut ignored);
    assert!(tokio::join!(waiting, later).0.is_ok());
    assert_eq!(start.elapsed(), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_call_leaves_the_line_of_a_wide_window_when_a_narrow_one_is_held() {
    let seconds = Duration::from_secs;
    let [narrow] = window(RateLimitRule { per_seconds: 40, ..NARROW });
    let [wide] = window(RateLimitRule { requests: 1, per_seconds: 10, ..WIDE });
    let both = [Arc::clone(&narrow), Arc::clone(&wide)];
    let start = Instant::now();
    call(&both[1..], None).await.expect("there is room");
    narrow.hold(seconds(5));
    let waiting = async {
        call(&both, None).await.expect("there is time");
        start.elapsed()
    };
    let beside = async {
        // The call waits for the wide window by now.
        tokio::time::sleep(seconds(7)).await;
        narrow.hold(seconds(30));
        call(&both[1..], None).await.expect("there is time");
        start.elapsed()
    };
    assert_eq!(tokio::join!(waiting, beside), (seconds(37), seconds(10)));
}

#[tokio::test(start_paused = true)]
async fn only_a_store_that_was_asked_knows_of_room() {
    let store = Scripted::new(GRANTED);
    let shared = SharedStore::new(store.clone(), StoreOutage::Divide { processes: 2 });
    let windows = window(FIVE_IN_THIRTY);
    let has_room = async || acquire(&windows, Some(&shared), SHORT, far(), &mut |_| ()).await.map(|it| it.has_room());
    assert_eq!(has_room().await, Ok(true));
    store.answer(Some(Ok(TakenSlots::Granted { full: true })));
    assert_eq!(has_room().await, Ok(false));
    store.answer(Some(Err(AWAY)));
    assert_eq!(has_room().await, Ok(false), "others may have used it up");
}

/// Store that refuses after a time, and knows when it was asked.
#[derive(Clone, Default)]
struct Busy(Arc<Mutex<Vec<Instant>>>);

const BUSY_FOR: Duration = Duration::from_millis(20);

impl RateLimitStore for Busy {
    fn take<'s>(&'s self, _: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        self.0.lock().expect("nobody panicked").push(Instant::now());
        Box::pin(async {
            tokio::time::sleep(BUSY_FOR).await;
            let wait = WindowWait { least: Duration::from_millis(1), held: false };
            Ok(TakenSlots::Refused([wait].into_iter().collect()))
        })
    }

    /// Only the question that the end of the time left without an answer is settled.
    fn settle(&self, _: Arc<SlotRequest>, settlement: Settlement) {
        assert_eq!(settlement, Settlement::NotSent);
        let asked = self.0.lock().expect("nobody panicked");
        assert!(asked.last().is_some_and(|last| last.elapsed() < BUSY_FOR), "what was refused has nothing to settle");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_question_of_a_call_can_be_answered() {
    for _ in 0..20 {
        let store = Busy::default();
        let shared = SharedStore::new(store.clone(), StoreOutage::Refuse);
        let (windows, wait) = (window(FIVE_IN_THIRTY), Duration::from_secs(10));
        let end = Instant::now() + wait;
        let refused = acquire(&windows, Some(&shared), SHORT, within(wait), &mut |_| ()).await.err();
        let Some(NoSlot::Deadline(error)) = refused else { panic!("{refused:?}") };
        assert_eq!(error.reason, WaitReason::Calls, "the store has answered");
        let asked = store.0.lock().expect("nobody panicked");
        let in_time = asked.iter().filter(|at| **at + BUSY_FOR <= end && **at + 2 * TIME_TO_ANSWER >= end).count();
        assert!((1..100).contains(&in_time), "{in_time} of {}", asked.len());
    }
}
