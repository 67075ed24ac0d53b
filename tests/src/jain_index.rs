//! Jain's index of fairness.

/// Returns Jain's index of fairness of these shares: 1 if all are equal, one part in their number if one has all.
pub fn jain_index(shares: &[u32]) -> f64 {
    let sum: f64 = shares.iter().map(|share| f64::from(*share)).sum();
    let squares: f64 = shares.iter().map(|share| f64::from(*share).powi(2)).sum();
    if squares == 0.0 { 1.0 } else { sum * sum / (shares.len() as f64 * squares) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_one_for_equal_shares_and_falls_to_one_part() {
        assert_eq!(jain_index(&[7, 7, 7, 7]), 1.0);
        assert_eq!(jain_index(&[7, 0, 0, 0]), 0.25);
        assert_eq!(jain_index(&[3, 1]), 0.8);
    }
}
