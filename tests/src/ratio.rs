//! Measurement of two alternatives in turns, so that noise of the machine affects both.

use std::time::Instant;

/// Times of a measurement as ratios to the time of its base.
#[derive(Debug, Clone, Copy)]
pub struct Ratios {
    /// Median ratio of the subject to the base.
    pub subject: f64,
    /// Median ratio of the base to itself, which differs from 1 by chance.
    pub control: f64,
}

/// Runs base and subject in turns, `rounds` times, and the base once more.
///
/// The two always alternate, so that both begin equally cold. A subject is compared with the base before and after it,
/// which cancels a drift.
pub fn alternate(rounds: usize, mut base: impl FnMut(), mut subject: impl FnMut()) -> Ratios {
    let (mut ours, mut control) = (Vec::new(), Vec::new());
    subject();
    let mut before = seconds(&mut base);
    for round in 0..rounds {
        let subject = seconds(&mut subject);
        let after = seconds(&mut base);
        ours.push(2.0 * subject / (before + after));
        control.push(if round % 2 == 0 { before / after } else { after / before });
        before = after;
    }
    Ratios { subject: median(ours), control: median(control) }
}

fn seconds(run: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

/// Returns the median of the values, of which there must be one at least.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a row of the table that `cargo xtask bench` assembles.
pub fn row(measure: &str, value: &str, control: &str, goal: &str) {
    println!("| {measure} | {value} | {control} | {goal} |");
}

/// Prints the ratios of a measurement as a row of the table.
pub fn time_row(measure: &str, ratios: Ratios, goal: &str) {
    row(measure, &format!("{:.3}", ratios.subject), &format!("{:.3}", ratios.control), goal);
}
