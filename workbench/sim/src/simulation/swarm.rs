//! Faults that the seed picks.
//!
//! Runs that always have all faults hide what shows only where some are absent: a link that loses
//! many messages never lets a node reach the state that a crash would destroy. So each run has each
//! fault with a chance of one half, as strong as the seed says (Groce et al., "Swarm Testing",
//! ISSTA 2012).

use std::collections::BTreeSet;

use fastrand::Rng;

use crate::Test;
use crate::engine::adversary::Adversary;
use crate::engine::latency::{Distribution, Latency};
use crate::engine::nemesis::Fault;
use crate::engine::starts;

/// What the nemesis may do if the test does not say. Not every right node bears to lose its memory.
const FAULTS: [Fault; 3] = [Fault::Partition, Fault::Flap, Fault::Pause];

/// How strong each fault is at most if the test does not say.
const LOSS: f64 = 0.1;
/// Services too take a request twice, which not every right node bears: a compare-and-set that its
/// own copy has overtaken is refused though it was done.
const DUPLICATE: f64 = 0.0;
const REORDER: f64 = 0.3;
const CLOCK_DRIFT: f64 = 0.1;

/// The highest mean latency if the test does not say, in milliseconds.
const LATENCY: u64 = 100;

/// The test that its seed makes of this one. What the test says of a fault is the most there is of it:
/// of the faults of the nemesis and of the ways of an adversary those that it names, and a number
/// from 0 up to the one that it has.
pub(super) fn pick(test: &Test) -> Test {
    let random = &mut test.random("swarm");
    let distributions = [
        Distribution::Constant,
        Distribution::Uniform,
        Distribution::Exponential,
    ];
    Test {
        nemesis: some(&test.nemesis, &FAULTS, random),
        adversary: some(&test.adversary, &Adversary::ALL, random),
        loss: share(test.loss, LOSS, random),
        duplicate: share(test.duplicate, DUPLICATE, random),
        reorder: share(test.reorder, REORDER, random),
        clock_drift: share(test.clock_drift, CLOCK_DRIFT, random),
        latency: Latency {
            mean: match test.latency.mean {
                _ if random.bool() => 0,
                0 => random.u64(1..=LATENCY),
                most => random.u64(1..=most),
            },
            distribution: distributions[random.usize(..distributions.len())],
        },
        start_spread: match test.start_spread {
            _ if random.bool() => Some(0),
            Some(most) => Some(random.u64(0..=most)),
            None => starts::drawn(test),
        },
        ..test.clone()
    }
}

/// Each of those that are named with a chance of one half; of `all` if none is.
fn some<T: Copy + Ord>(named: &BTreeSet<T>, all: &[T], random: &mut Rng) -> BTreeSet<T> {
    let all = all.iter().copied().collect();
    let candidates = if named.is_empty() { &all } else { named };
    let chosen = candidates.iter().filter(|_| random.bool());
    chosen.copied().collect()
}

/// Nothing with a chance of one half; or else up to `most`, or up to `default` if that is nothing.
fn share(most: f64, default: f64, random: &mut Rng) -> f64 {
    let on = random.bool();
    let thousandths = random.u32(1..=1000);
    let most = if most > 0.0 { most } else { default };
    if on {
        // Rounded, so that it is short to write.
        (most * f64::from(thousandths) * 1000.0).round() / 1e6
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(test: &Test) -> Vec<Test> {
        let with = |seed| Test {
            seed,
            ..test.clone()
        };
        (0..1000).map(|seed| pick(&with(seed))).collect()
    }

    #[test]
    fn a_seed_picks_the_same_faults_each_time() {
        let test = Test::default();
        assert_eq!(picked(&test), picked(&test));
    }

    #[test]
    fn each_fault_is_there_in_half_of_the_runs() {
        let picked = picked(&Test::default());
        type IsThere = fn(&Test) -> bool;
        let faults: [(&str, IsThere); 13] = [
            ("partition", |test| test.nemesis.contains(&Fault::Partition)),
            ("flap", |test| test.nemesis.contains(&Fault::Flap)),
            ("pause", |test| test.nemesis.contains(&Fault::Pause)),
            ("slow-link", |test| {
                test.adversary.contains(&Adversary::SlowLink)
            }),
            ("burst", |test| test.adversary.contains(&Adversary::Burst)),
            ("hold-back", |test| {
                test.adversary.contains(&Adversary::HoldBack)
            }),
            ("loss", |test| test.loss > 0.0),
            ("reorder", |test| test.reorder > 0.0),
            ("drift", |test| test.clock_drift > 0.0),
            ("latency", |test| test.latency.mean > 0),
            ("start-spread", |test| test.start_spread > Some(0)),
            ("strong loss", |test| {
                test.loss == 0.0 || test.loss > LOSS / 2.0
            }),
            ("weak loss", |test| {
                test.loss == 0.0 || test.loss <= LOSS / 2.0
            }),
        ];
        for (fault, is_there) in faults {
            let count = picked.iter().filter(|test| is_there(test)).count();
            let expected = if fault.contains(' ') {
                700..800
            } else {
                450..550
            };
            assert!(expected.contains(&count), "{fault}: {count}");
        }
    }

    #[test]
    fn a_test_says_what_there_is_at_most() {
        let test = Test {
            nemesis: [Fault::Crash].into(),
            adversary: [Adversary::Burst].into(),
            loss: 0.5,
            duplicate: 0.2,
            latency: Latency {
                mean: 2,
                ..Latency::default()
            },
            start_spread: Some(7),
            ..Test::default()
        };
        let picked = picked(&test);
        assert!(picked.iter().all(|picked| {
            picked.nemesis.is_subset(&test.nemesis)
                && picked.adversary.is_subset(&test.adversary)
                && picked.loss <= 0.5
                && picked.duplicate <= 0.2
                && picked.latency.mean <= 2
                && picked.start_spread <= Some(7)
        }));
        assert!(
            picked
                .iter()
                .any(|picked| picked.loss > 0.4 && picked.duplicate > 0.1)
        );
    }

    #[test]
    fn what_not_every_right_node_bears_is_there_only_if_the_test_says_so() {
        for picked in picked(&Test::default()) {
            assert_eq!(picked.duplicate, 0.0);
            assert!(!picked.nemesis.contains(&Fault::Kill));
            assert!(!picked.nemesis.contains(&Fault::Crash));
        }
    }

    #[test]
    fn what_is_no_fault_is_left_alone() {
        let test = Test {
            availability: Some(0.5),
            ..Test::default()
        };
        for picked in picked(&test) {
            let restored = Test {
                nemesis: test.nemesis.clone(),
                adversary: test.adversary.clone(),
                loss: test.loss,
                duplicate: test.duplicate,
                reorder: test.reorder,
                clock_drift: test.clock_drift,
                latency: test.latency,
                start_spread: test.start_spread,
                seed: test.seed,
                ..picked
            };
            assert_eq!(restored, test);
        }
    }
}
