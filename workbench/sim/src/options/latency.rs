//! The latency of messages between servers.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A distribution of delays in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// The mean, in milliseconds.
    pub mean: u64,
    /// The shape of the distribution.
    pub distribution: Distribution,
}

/// The shape of a distribution of delays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// Always the mean.
    #[default]
    Constant,
    /// Uniform over the whole numbers from 0 up to, but not including, twice the mean.
    Uniform,
    /// Exponential with the given mean, truncated.
    Exponential,
}

impl Latency {
    /// Draws the delay of one message. With a mean of 0, there is no delay in any distribution.
    pub fn draw(self, random: &mut fastrand::Rng) -> Duration {
        let millis = match self.distribution {
            _ if self.mean == 0 => 0,
            Distribution::Constant => self.mean,
            Distribution::Uniform => random.u64(0..2 * self.mean),
            // 1 - U is in (0, 1]. libm is used because the logarithm of the system differs between
            // machines.
            Distribution::Exponential => {
                (-(self.mean as f64) * libm::log(1.0 - random.f64())) as u64
            }
        };
        Duration::from_millis(millis)
    }

    /// Returns the shortest and the longest delay that can be drawn.
    pub(crate) fn bounds(self) -> [Duration; 2] {
        /// The largest -ln(1 - U), where U has 53 random bits, rounded up.
        const LONGEST_EXPONENTIAL: u64 = 37;
        let [least, most] = match self.distribution {
            Distribution::Constant => [self.mean; 2],
            Distribution::Uniform => [0, self.mean.saturating_mul(2)],
            Distribution::Exponential => [0, self.mean.saturating_mul(LONGEST_EXPONENTIAL)],
        };
        [least, most].map(Duration::from_millis)
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Uniform => "uniform",
            Self::Exponential => "exponential",
        })
    }
}

impl FromStr for Distribution {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "constant" => Ok(Self::Constant),
            "uniform" => Ok(Self::Uniform),
            "exponential" => Ok(Self::Exponential),
            _ => Err("must be constant, uniform or exponential".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn draws(distribution: Distribution, mean: u64, count: usize) -> Vec<u64> {
        let latency = Latency { mean, distribution };
        let mut random = fastrand::Rng::with_seed(1);
        (0..count)
            .map(|_| latency.draw(&mut random).as_millis() as u64)
            .collect()
    }

    #[test]
    fn uniform_delays_are_less_than_twice_the_mean() {
        let drawn: BTreeSet<u64> = draws(Distribution::Uniform, 5, 1000).into_iter().collect();
        assert_eq!(drawn, (0..10).collect());
    }

    #[test]
    fn exponential_delays_have_the_mean() {
        let drawn = draws(Distribution::Exponential, 100, 100_000);
        let mean = drawn.iter().sum::<u64>() as f64 / drawn.len() as f64;
        assert!((98.0..101.0).contains(&mean), "{mean}");
    }

    #[test]
    fn delays_are_within_the_bounds() {
        use Distribution::{Constant, Exponential, Uniform};
        for distribution in [Constant, Uniform, Exponential] {
            let latency = Latency {
                mean: 30,
                distribution,
            };
            let [least, most] = latency.bounds().map(|bound| bound.as_millis() as u64);
            let drawn = draws(distribution, 30, 10_000);
            assert!(drawn.iter().all(|delay| (least..=most).contains(delay)));
        }
    }

    #[test]
    fn with_a_mean_of_zero_there_is_no_delay() {
        for distribution in [Distribution::Uniform, Distribution::Exponential] {
            assert_eq!(draws(distribution, 0, 10), [0; 10]);
        }
    }
}
