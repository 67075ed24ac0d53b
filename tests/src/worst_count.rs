//! Largest number of events in any interval.

use std::ops::Add;

/// Returns the largest number of these times, which are sorted, in any interval of this length. An interval holds its start
/// and not its end.
pub fn worst_count<T, L>(times: &[T], length: L) -> usize
where
    T: Copy + PartialOrd + Add<L, Output = T>,
    L: Copy,
{
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
    use super::worst_count;

    #[test]
    fn an_interval_holds_its_start_and_not_its_end() {
        let times = [0, 4, 9, 10, 13, 14, 30];
        assert_eq!((worst_count(&times, 10), worst_count(&times, 11)), (4, 5));
        assert_eq!((worst_count(&[0, 5, 10], 5), worst_count(&[0, 1, 5], 5)), (1, 2));
        assert_eq!((worst_count::<u32, u32>(&[], 10), worst_count(&[7], 10)), (0, 1));
    }
}
