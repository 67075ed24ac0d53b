//! Measuring two ways of doing the same against each other, in turns, so that a noisy machine is noisy for both.

use std::time::{Duration, Instant};

/// Times of one measure as ratios to the time of its base.
#[derive(Debug, Clone, Copy)]
pub struct Ratios {
    /// Median of the subject to the base.
    pub subject: f64,
    /// Median of the base to itself: how far from 1 a ratio is by chance.
    pub control: f64,
}

/// Runs the base, the subject and the base again, `rounds` times, and begins with another one each time.
pub fn alternate(rounds: usize, mut base: impl FnMut(), mut subject: impl FnMut()) -> Ratios {
    let (mut ours, mut control) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let mut times = [Duration::ZERO; 3];
        for turn in 0..3 {
            let place = (round + turn) % 3;
            let start = Instant::now();
            if place == 1 {
                subject()
            } else {
                base()
            }
            times[place] = start.elapsed();
        }
        let [first, subject, second] = times.map(|time| time.as_secs_f64());
        // Whatever grows during a round is the same for both bases together.
        ours.push(2.0 * subject / (first + second));
        control.push(if round % 2 == 0 { first / second } else { second / first });
    }
    Ratios { subject: median(ours), control: median(control) }
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
