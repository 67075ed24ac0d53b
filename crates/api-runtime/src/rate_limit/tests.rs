use super::*;

const FIVE_IN_THIRTY: RateLimitRule = RateLimitRule { requests: 5, per_seconds: 30, scope: RateLimitScope::Path("id") };

/// Acquires a slot, without a record of the wait.
async fn acquire_in(windows: &[Arc<SlidingWindow>], limit: WaitLimit) -> Result<Permit, DeadlineExceeded> {
    acquire(windows, limit, &mut |_| ()).await
}

fn far() -> WaitLimit {
    within(Duration::from_secs(100_000))
}

fn within(wait: Duration) -> WaitLimit {
    let now = Instant::now();
    WaitLimit::new(now, None, now + wait)
}

#[tokio::test(start_paused = true)]
async fn no_interval_holds_more_calls_than_the_limit() {
    let windows = [Arc::new(SlidingWindow::new(FIVE_IN_THIRTY))];
    let mut sent_at = Vec::new();
    for _ in 0..40 {
        acquire_in(&windows, far()).await.expect("there is time");
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
    let windows = [Arc::new(SlidingWindow::new(FIVE_IN_THIRTY))];
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
        let windows = [Arc::new(SlidingWindow::new(FIVE_IN_THIRTY))];
        let start = std::sync::Barrier::new(4);
        let permits = std::thread::scope(|scope| {
            let take = || {
                start.wait();
                (0..3).filter_map(|_| try_acquire(&windows)).count()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it ends")).sum::<usize>()
        });
        assert_eq!(permits, 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_counts_from_its_response() {
    let windows = [Arc::new(SlidingWindow::new(RateLimitRule { requests: 1, ..FIVE_IN_THIRTY }))];
    let start = Instant::now();
    let slow = acquire_in(&windows, far()).await.expect("there is time");
    tokio::time::advance(Duration::from_secs(7)).await;
    on_response(&windows, &slow);
    acquire_in(&windows, far()).await.expect("there is time");
    assert_eq!(start.elapsed(), Duration::from_secs(37));
    // A slot that has left the log changes nothing.
    on_response(&windows, &slow);
    assert_eq!(lock(&windows[0].state).slots.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_consumes_no_slot() {
    let narrow =
        Arc::new(SlidingWindow::new(RateLimitRule { requests: 1, per_seconds: 5, scope: RateLimitScope::Body("/e") }));
    let wide =
        Arc::new(SlidingWindow::new(RateLimitRule { requests: 1, per_seconds: 50, scope: RateLimitScope::Credential }));
    let both = [Arc::clone(&narrow), Arc::clone(&wide)];
    try_acquire_all(&both[1..]).ok().expect("there is room");
    let waiting = tokio::time::timeout(Duration::from_secs(20), acquire_in(&both, far())).await;
    assert!(waiting.is_err(), "the wide window is full for 50 seconds");
    assert!(lock(&narrow.state).slots.is_empty(), "a dropped call takes no slot");
    assert_eq!((narrow.waiters.load(Ordering::Relaxed), wide.waiters.load(Ordering::Relaxed)), (0, 0));
    assert!(narrow.fifo.try_lock().is_ok() && wide.fifo.try_lock().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_slot_after_the_deadline_is_an_error_at_once() {
    let windows = [Arc::new(SlidingWindow::new(FIVE_IN_THIRTY))];
    let start = Instant::now();
    let limit = within(Duration::from_secs(45));
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let windows = windows.clone();
            tokio::spawn(async move {
                let outcome = acquire_in(&windows, limit).await;
                (outcome, Instant::now() - start)
            })
        })
        .collect();
    let (mut permits, mut errors) = (0, 0);
    for call in calls {
        match call.await.expect("it ends") {
            (Ok(_), at) => {
                permits += 1;
                assert!(at <= Duration::from_secs(30));
            }
            (Err(error), at) => {
                errors += 1;
                // Calls that failed are not in line.
                let wait = Duration::from_secs(60);
                let exceeded =
                    DeadlineExceeded { rule: FIVE_IN_THIRTY, requested_by_server: false, wait, setting: "time_limit" };
                assert_eq!((error, at), (exceeded, Duration::ZERO));
            }
        }
    }
    assert_eq!((permits, errors), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn a_window_that_the_server_blocks_stays_blocked() {
    let windows = [Arc::new(SlidingWindow::new(FIVE_IN_THIRTY))];
    let start = Instant::now();
    windows[0].block_for(Duration::from_secs(12));
    acquire_in(&windows, far()).await.expect("there is time");
    assert_eq!(Instant::now() - start, Duration::from_secs(12));
}

#[tokio::test(start_paused = true)]
async fn a_window_is_blocked_for_its_interval_at_most() {
    for time in [Duration::from_secs(31), Duration::from_secs(31_536_000), Duration::MAX] {
        let windows = [Arc::new(SlidingWindow::new(FIVE_IN_THIRTY))];
        let start = Instant::now();
        windows[0].block_for(time);
        let too_late = acquire_in(&windows, within(Duration::from_secs(29))).await.err();
        let wait = Duration::from_secs(30);
        let exceeded =
            DeadlineExceeded { rule: FIVE_IN_THIRTY, requested_by_server: true, wait, setting: "time_limit" };
        assert_eq!(too_late, Some(exceeded));
        acquire_in(&windows, far()).await.expect("there is time");
        assert_eq!(Instant::now() - start, Duration::from_secs(30));
    }
}
