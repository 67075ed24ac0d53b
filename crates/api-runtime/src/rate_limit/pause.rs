use std::time::Duration;

/// Longest pause after the first question, and the longest time after a slot is free.
const SHORTEST: Duration = Duration::from_millis(5);
/// Growth of the longest pause with each question in vain.
const GROWTH: u32 = 8;
/// Part of a window's interval that no pause exceeds.
const PARTS: u32 = 12;
/// Natural logarithm of the factor by which the longest pause shrinks while a call waits for one interval.
const AGING: f64 = 3.0;

/// Pauses of a call between its questions to a shared store.
///
/// All processes that wait for a window hear of the same time at which it has a slot. Were they all to ask then, each slot
/// would cost as many questions as there are processes. So they pause at random, for longer after each question in vain. A
/// call that has waited for long pauses less than one that has come later, and so is likely to get a slot before it.
pub(super) struct Pause {
    longest: Duration,
}

impl Default for Pause {
    fn default() -> Self {
        Self { longest: SHORTEST }
    }
}

impl Pause {
    /// Returns the time from now until the call asks again: the time until a slot may be free, or a pause that is longer.
    /// `waited` is the time for which the call has waited, `interval` the length of the window, `longest` the longest pause.
    pub(super) fn next(
        &mut self,
        until_ready: Duration,
        waited: Duration,
        interval: Duration,
        longest: Duration,
    ) -> Duration {
        self.longest = (self.longest * GROWTH).min(interval / PARTS);
        let aging = (-AGING * waited.div_duration_f64(interval)).exp();
        let pause = self.longest.mul_f64(fastrand::f64() * aging);
        pause.min(longest).max(until_ready + SHORTEST.mul_f64(fastrand::f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Returns the longest of many pauses that follow `vain` questions in vain.
    fn longest(vain: u32, until_ready: Duration, waited: Duration) -> Duration {
        let next = |_| {
            let mut pause = Pause::default();
            for _ in 0..vain {
                pause.next(until_ready, waited, MINUTE, MINUTE);
            }
            pause.next(until_ready, waited, MINUTE, MINUTE)
        };
        (0..1000).map(next).max().unwrap_or_default()
    }

    #[test]
    fn pauses_grow_with_each_question_in_vain_and_shrink_while_a_call_waits() {
        let millis = |vain, waited| longest(vain, Duration::ZERO, waited).as_millis();
        let near = |limit: u128| limit * 9 / 10..=limit;
        assert!(near(40).contains(&millis(0, Duration::ZERO)));
        assert!(near(320).contains(&millis(1, Duration::ZERO)));
        assert!(near(5000).contains(&millis(3, Duration::ZERO)), "a twelfth of the interval");
        assert!(near(249).contains(&millis(3, MINUTE)), "e to the power of 3 less");
        assert!(millis(9, MINUTE * 60) <= 5);
    }

    #[test]
    fn nobody_asks_before_a_slot_may_be_free_and_not_all_ask_at_once() {
        let wait = Duration::from_secs(20);
        let mut pause = Pause::default();
        let mut pauses = Vec::new();
        for longest in [MINUTE, Duration::ZERO] {
            pauses.extend((0..500).map(|_| pause.next(wait, Duration::ZERO, MINUTE, longest)));
        }
        assert!(pauses.iter().all(|pause| (wait..=wait + SHORTEST).contains(pause)));
        assert!(pauses.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
