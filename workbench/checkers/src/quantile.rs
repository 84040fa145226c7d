//! Quantiles as Jepsen computes them.

/// Returns quantile q of n sorted values: the one at index min(n - 1, floor(n q)); `None` without
/// values. Source: page "Checkers", section 5.
pub fn quantile<T: Copy>(sorted: &[T], q: f64) -> Option<T> {
    let last = sorted.len().checked_sub(1)?;
    Some(sorted[last.min((sorted.len() as f64 * q) as usize)])
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_match_the_documented_example() {
        let mut latencies = vec![0; 50];
        latencies.extend([12, 40, 95, 210, 300]);
        let quantiles = [0.0, 0.5, 0.95, 0.99, 1.0].map(|q| quantile(&latencies, q).unwrap());
        assert_eq!(quantiles, [0, 0, 95, 300, 300]);
        assert_eq!(quantile::<u64>(&[], 0.5), None);
    }
}
