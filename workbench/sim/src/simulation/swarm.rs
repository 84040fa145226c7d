//! Chooses faults at random for each seed.
//!
//! Runs with all faults hide bugs that only occur when some faults are absent. For example, if a
//! link loses many messages, a node may never reach the state that a crash would destroy.
//! Therefore, each run has each fault with probability one half, and the seed determines its
//! strength (Groce et al., "Swarm Testing", ISSTA 2012).

use std::collections::BTreeSet;

use fastrand::Rng;

use crate::Options;
use crate::engine::starts;
use crate::options::Adversary;
use crate::options::Distribution;
use crate::options::{Fault, KillAt};

/// The faults of the nemesis if the test selects none. Not every correct node tolerates kills.
const FAULTS: [Fault; 2] = [Fault::Partition, Fault::Pause];

/// The ratio of the nemesis interval to the interval of short partitions.
const SHORTER: u32 = 20;

/// The maximum strength of each fault if the test sets none.
const LOSS: f64 = 0.1;
/// Requests to services are duplicated too, which not every correct node tolerates: the second copy
/// of a compare-and-set fails although the first succeeded.
const DUPLICATE: f64 = 0.0;
const REORDER: f64 = 0.3;
const CLOCK_DRIFT: f64 = 0.1;

/// The maximum mean latency if the test sets none, in milliseconds.
const LATENCY: u64 = 100;

/// Draws the faults of a run from its seed. The given options are upper bounds: the faults of the
/// nemesis and the kinds of adversary are drawn from those selected, partitions have the given
/// interval or the default, nodes are only killed at steps if this is selected, and numbers are
/// drawn from 0 up to the given one.
pub(super) fn pick(options: &Options) -> Options {
    let random = &mut options.random("swarm");
    let distributions = [
        Distribution::Constant,
        Distribution::Uniform,
        Distribution::Exponential,
    ];
    let nemesis = some(&options.nemesis, &FAULTS, random);
    let short = match options.partition_interval {
        None if options.nemesis.is_empty() => Some(options.nemesis_interval / SHORTER),
        given => given,
    };
    let short = short.filter(|_| random.bool());
    let kill_at = if random.bool() {
        options.kill_at
    } else {
        KillAt::Event
    };
    Options {
        partition_interval: short.filter(|_| nemesis.contains(&Fault::Partition)),
        nemesis,
        kill_at,
        adversary: some(&options.adversary, &Adversary::ALL, random),
        loss: share(options.loss, LOSS, random),
        duplicate: share(options.duplicate, DUPLICATE, random),
        reorder: share(options.reorder, REORDER, random),
        clock_drift: share(options.clock_drift, CLOCK_DRIFT, random),
        latency: match options.latency {
            _ if random.bool() => 0,
            0 => random.u64(1..=LATENCY),
            most => random.u64(1..=most),
        },
        latency_dist: distributions[random.usize(..distributions.len())],
        start_spread: match options.start_spread {
            _ if random.bool() => Some(0),
            Some(most) => Some(random.u64(0..=most)),
            None => starts::drawn(options),
        },
        ..options.clone()
    }
}

/// Selects each of `named` with probability one half, or each of `all` if `named` is empty.
fn some<T: Copy + Ord>(named: &BTreeSet<T>, all: &[T], random: &mut Rng) -> BTreeSet<T> {
    let all = all.iter().copied().collect();
    let candidates = if named.is_empty() { &all } else { named };
    let chosen = candidates.iter().filter(|_| random.bool());
    chosen.copied().collect()
}

/// Returns 0 with probability one half, and otherwise draws a share up to `most`, or up to
/// `default` if `most` is 0.
fn share(most: f64, default: f64, random: &mut Rng) -> f64 {
    let on = random.bool();
    let thousandths = random.u32(1..=1000);
    let most = if most > 0.0 { most } else { default };
    if on {
        // Rounded, so that it is short as a flag.
        (most * f64::from(thousandths) * 1000.0).round() / 1e6
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(options: &Options) -> Vec<Options> {
        let with = |seed| Options {
            seed,
            ..options.clone()
        };
        (0..1000).map(|seed| pick(&with(seed))).collect()
    }

    #[test]
    fn a_seed_always_chooses_the_same_faults() {
        let options = Options::default();
        assert_eq!(picked(&options), picked(&options));
    }

    #[test]
    fn each_fault_is_chosen_in_half_of_the_runs() {
        let picked = picked(&Options::default());
        type IsThere = fn(&Options) -> bool;
        let faults: [(&str, IsThere); 13] = [
            ("partition", |options| {
                options.nemesis.contains(&Fault::Partition)
            }),
            ("short partitions", |options| {
                !options.nemesis.contains(&Fault::Partition) || options.partition_interval.is_some()
            }),
            ("pause", |options| options.nemesis.contains(&Fault::Pause)),
            ("slow-link", |options| {
                options.adversary.contains(&Adversary::SlowLink)
            }),
            ("burst", |options| {
                options.adversary.contains(&Adversary::Burst)
            }),
            ("hold-back", |options| {
                options.adversary.contains(&Adversary::HoldBack)
            }),
            ("loss", |options| options.loss > 0.0),
            ("reorder", |options| options.reorder > 0.0),
            ("drift", |options| options.clock_drift > 0.0),
            ("latency", |options| options.latency > 0),
            ("start-spread", |options| options.start_spread > Some(0)),
            ("strong loss", |options| {
                options.loss == 0.0 || options.loss > LOSS / 2.0
            }),
            ("weak loss", |options| {
                options.loss == 0.0 || options.loss <= LOSS / 2.0
            }),
        ];
        for (fault, is_there) in faults {
            let count = picked.iter().filter(|options| is_there(options)).count();
            let expected = if fault.contains(' ') {
                700..800
            } else {
                450..550
            };
            assert!(expected.contains(&count), "{fault}: {count}");
        }
    }

    #[test]
    fn faults_do_not_exceed_those_of_the_test() {
        let options = Options {
            nemesis: [Fault::Kill].into(),
            kill_at: KillAt::Step,
            adversary: [Adversary::Burst].into(),
            loss: 0.5,
            duplicate: 0.2,
            latency: 2,
            start_spread: Some(7),
            ..Options::default()
        };
        let picked = picked(&options);
        assert!(picked.iter().all(|picked| {
            picked.nemesis.is_subset(&options.nemesis)
                && picked.adversary.is_subset(&options.adversary)
                && picked.loss <= 0.5
                && picked.duplicate <= 0.2
                && picked.latency <= 2
                && picked.start_spread <= Some(7)
        }));
        assert!(
            picked
                .iter()
                .any(|picked| picked.loss > 0.4 && picked.duplicate > 0.1)
        );
        let at_steps = picked.iter().filter(|it| it.kill_at == KillAt::Step);
        assert!((450..550).contains(&at_steps.count()));
    }

    #[test]
    fn kills_and_duplicates_are_only_chosen_if_the_test_selects_them() {
        for picked in picked(&Options::default()) {
            assert_eq!(picked.duplicate, 0.0);
            assert!(!picked.nemesis.contains(&Fault::Kill));
        }
    }

    #[test]
    fn options_other_than_faults_do_not_change() {
        let options = Options {
            availability: Some(0.5),
            ..Options::default()
        };
        for picked in picked(&options) {
            let restored = Options {
                nemesis: options.nemesis.clone(),
                partition_interval: options.partition_interval,
                adversary: options.adversary.clone(),
                loss: options.loss,
                duplicate: options.duplicate,
                reorder: options.reorder,
                clock_drift: options.clock_drift,
                latency: options.latency,
                latency_dist: options.latency_dist,
                start_spread: options.start_spread,
                seed: options.seed,
                ..picked
            };
            assert_eq!(restored, options);
        }
    }
}
