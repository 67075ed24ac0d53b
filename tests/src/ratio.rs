//! Measuring two ways of doing the same against each other, in turns, so that a noisy machine is noisy for both.

use std::time::Instant;

/// Times of one measure as ratios to the time of its base.
#[derive(Debug, Clone, Copy)]
pub struct Ratios {
    /// Median of the subject to the base.
    pub subject: f64,
    /// Median of the base to itself: how far from 1 a ratio is by chance.
    pub control: f64,
}

/// Runs the base and the subject in turns, `rounds` times, and the base once more.
///
/// Each side always follows the other one, so that both begin a turn equally cold. A subject is compared with the base
/// before it and the one after it, for which whatever grows in between is the same.
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

/// The middle one of the values, which there must be.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a line of the table that `cargo xtask bench` puts together.
pub fn row(measure: &str, value: &str, control: &str, goal: &str) {
    println!("| {measure} | {value} | {control} | {goal} |");
}

/// Prints times of a measure as a line of the table.
pub fn time_row(measure: &str, ratios: Ratios, goal: &str) {
    row(measure, &format!("{:.3}", ratios.subject), &format!("{:.3}", ratios.control), goal);
}
