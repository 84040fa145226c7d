//! How fast the clock of a node runs.

use std::time::Duration;

use fastrand::Rng;
use mael::time::Instant;

/// The speed of a clock that keeps true time, in millionths of it.
const TRUE: u64 = 1_000_000;

/// A clock that began to differ from true time at some moment, and runs at a speed of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speed {
    /// When both clocks showed the same.
    since: Instant,
    /// In millionths of true time; above 0.
    millionths: u64,
}

impl Default for Speed {
    fn default() -> Self {
        Self {
            since: Instant::default(),
            millionths: TRUE,
        }
    }
}

impl Speed {
    /// A clock that is set now, and whose speed differs from true time by up to this share of it,
    /// from 0 to below 1.
    pub(super) fn draw(since: Instant, share: f64, random: &mut Rng) -> Self {
        let most = ((share * TRUE as f64) as u64).min(TRUE - 1);
        Self {
            since,
            millionths: random.u64(TRUE - most..=TRUE + most),
        }
    }

    /// What the clock shows at this moment of true time.
    pub(super) fn shows(self, truth: Instant) -> Instant {
        let passed = scale(truth.since(self.since), self.millionths, TRUE, Round::Down);
        self.since + passed
    }

    /// The first moment of true time at which the clock shows this or more.
    pub(super) fn truth(self, shown: Instant) -> Instant {
        // What the clock shows is rounded down, hence the moment is rounded up.
        let passed = scale(shown.since(self.since), TRUE, self.millionths, Round::Up);
        self.since + passed
    }
}

enum Round {
    Down,
    Up,
}

/// A duration times a fraction, exactly but for the rounding to whole nanoseconds; the longest one
/// there is if it is too long.
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
    fn a_clock_shows_a_moment_from_the_first_time_on_that_is_due() {
        let mut random = Rng::with_seed(1);
        for _ in 0..100_000 {
            let since = random.u64(..1 << 40);
            let speed = Speed::draw(at(since), 0.9, &mut random);
            let bits = random.u32(1..50);
            let shown = at(since + random.u64(..1 << bits));
            let truth = speed.truth(shown);
            assert!(speed.shows(truth) >= shown);
            if truth > at(since) {
                assert!(speed.shows(at(truth.as_nanos() - 1)) < shown);
            }
        }
    }

    #[test]
    fn speeds_cover_the_share_and_no_more() {
        let mut random = Rng::with_seed(1);
        let second = at(1_000_000_000);
        let shown: Vec<u64> = (0..1000)
            .map(|_| {
                Speed::draw(at(0), 0.25, &mut random)
                    .shows(second)
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
        for speed in [Speed::default(), Speed::draw(at(7), 0.0, &mut random)] {
            for moment in [at(7), at(u64::MAX)] {
                assert_eq!(speed.shows(moment), moment);
                assert_eq!(speed.truth(moment), moment);
            }
        }
    }

    #[test]
    fn no_clock_stands_still_however_great_its_share() {
        let mut random = Rng::with_seed(1);
        for _ in 0..1000 {
            let speed = Speed::draw(at(0), 0.999_999_999, &mut random);
            assert!(speed.shows(at(1 << 50)) > at(0));
            assert!(speed.truth(at(u64::MAX)) > at(1 << 50));
        }
    }
}
