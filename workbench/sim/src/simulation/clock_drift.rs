//! The drift of a node's clock from true time.

use std::time::Duration;

use fastrand::Rng;
use mael::time::Instant;

/// The rate of a clock without drift, in millionths of true time.
const TRUE: u64 = 1_000_000;

/// A clock that was correct at some time, and has run at its own rate since.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockDrift {
    /// When the clock was correct.
    since: Instant,
    /// The rate in millionths of true time, above 0.
    millionths: u64,
}

impl Default for ClockDrift {
    fn default() -> Self {
        Self {
            since: Instant::default(),
            millionths: TRUE,
        }
    }
}

impl ClockDrift {
    /// Draws a clock that is correct at `since`. Its rate differs from true time by up to this
    /// share, which is at least 0 and less than 1.
    pub(super) fn draw(since: Instant, share: f64, random: &mut Rng) -> Self {
        let most = ((share * TRUE as f64) as u64).min(TRUE - 1);
        Self {
            since,
            millionths: random.u64(TRUE - most..=TRUE + most),
        }
    }

    /// Converts a true time to the local time of the clock.
    pub(super) fn local_time(self, truth: Instant) -> Instant {
        let passed = scale(truth.since(self.since), self.millionths, TRUE, Round::Down);
        self.since + passed
    }

    /// Returns the first true time at which the clock shows this local time or a later one.
    pub(super) fn true_time(self, shown: Instant) -> Instant {
        // Local times are rounded down, so true times must be rounded up.
        let passed = scale(shown.since(self.since), TRUE, self.millionths, Round::Up);
        self.since + passed
    }
}

enum Round {
    Down,
    Up,
}

/// Multiplies a duration by a fraction and rounds to whole nanoseconds. Saturates at the maximum.
fn scale(duration: Duration, numerator: u64, denominator: u64, round: Round) -> Duration {
    if numerator == denominator {
        return duration;
    }
    // A duration between two instants has 64 bits of nanoseconds.
    let product = duration.as_nanos().saturating_mul(u128::from(numerator));
    let nanos = match round {
        Round::Down => product / u128::from(denominator),
        Round::Up => product.div_ceil(u128::from(denominator)),
    };
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Instant {
        Instant::from_origin(Duration::from_nanos(nanos))
    }

    #[test]
    fn a_true_time_is_the_first_at_which_the_clock_shows_the_local_time() {
        let mut random = Rng::with_seed(1);
        for _ in 0..100_000 {
            let since = random.u64(..1 << 40);
            let drift = ClockDrift::draw(at(since), 0.9, &mut random);
            let bits = random.u32(1..50);
            let shown = at(since + random.u64(..1 << bits));
            let truth = drift.true_time(shown);
            assert!(drift.local_time(truth) >= shown);
            if truth > at(since) {
                assert!(drift.local_time(at(truth.as_nanos() - 1)) < shown);
            }
        }
    }

    #[test]
    fn clock_rates_are_within_the_drift_and_spread_over_it() {
        let mut random = Rng::with_seed(1);
        let second = at(1_000_000_000);
        let shown: Vec<u64> = (0..1000)
            .map(|_| {
                ClockDrift::draw(at(0), 0.25, &mut random)
                    .local_time(second)
                    .as_nanos()
            })
            .collect();
        let (least, most) = (shown.iter().min().unwrap(), shown.iter().max().unwrap());
        assert!((750_000_000..755_000_000).contains(least), "{least}");
        assert!((1_245_000_000..=1_250_000_000).contains(most), "{most}");
    }

    #[test]
    fn a_clock_without_drift_shows_true_time() {
        let mut random = Rng::with_seed(1);
        for drift in [
            ClockDrift::default(),
            ClockDrift::draw(at(7), 0.0, &mut random),
        ] {
            for time in [at(7), at(u64::MAX)] {
                assert_eq!(drift.local_time(time), time);
                assert_eq!(drift.true_time(time), time);
            }
        }
    }

    #[test]
    fn every_clock_advances_however_large_its_drift() {
        let mut random = Rng::with_seed(1);
        for _ in 0..1000 {
            let drift = ClockDrift::draw(at(0), 0.999_999_999, &mut random);
            assert!(drift.local_time(at(1 << 50)) > at(0));
            assert!(drift.true_time(at(u64::MAX)) > at(1 << 50));
        }
    }
}
