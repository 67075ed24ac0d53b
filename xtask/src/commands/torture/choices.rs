//! Random choices from bytes, which come from a seed or a fuzzer.

use arbitrary::Unstructured;

/// Number of bytes per document, more than any needs.
const BYTES: usize = 1 << 16;

/// Returns the bytes of a seed; they are the same on every machine.
pub fn bytes(seed: u64) -> Vec<u8> {
    let mut generator = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| generator.u8(..)).take(BYTES).collect()
}

/// Source of choices. Without bytes left, the first of each list is chosen.
pub struct Choices<'b>(pub Unstructured<'b>);

impl<'b> Choices<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    /// Returns a number below `count`, which is at least 1.
    pub fn below(&mut self, count: usize) -> usize {
        let last = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
        self.0.int_in_range(0..=last).unwrap_or_default() as usize
    }

    /// Returns `true` with probability 1 / `count`, and `false` without bytes left.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len())]
    }
}
