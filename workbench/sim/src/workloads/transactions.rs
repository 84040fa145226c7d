//! Random transactions over a pool of keys, which kafka, txn-list-append and txn-rw-register share.
//!
//! Source: page "Workloads", section 9.

use std::ops::RangeInclusive;

use fastrand::Rng;

use crate::Options;

/// The default number of keys in the pool.
const KEYS: usize = 10;

/// One step of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MicroOperation {
    /// Reads a key.
    Read { key: u64 },
    /// Writes or appends a value that no other step writes to this key.
    Write { key: u64, value: u64 },
}

impl MicroOperation {
    /// Returns the key that is read or written.
    pub(super) fn key(self) -> u64 {
        match self {
            Self::Read { key } | Self::Write { key, .. } => key,
        }
    }
}

/// An endless stream of transactions.
///
/// Each key in the pool is twice as likely as the one before it. The values written to a key are 1,
/// 2, 3 and so on; a key that has reached the maximum number of writes is replaced by a new key.
pub(super) struct Transactions {
    lengths: RangeInclusive<usize>,
    most_writes: u64,
    pool: Vec<Key>,
    next_key: u64,
}

struct Key {
    key: u64,
    next_value: u64,
}

impl Transactions {
    /// Generates transactions of 1 to `--max-txn-length` steps.
    pub(super) fn new(options: &Options) -> Self {
        Self::with_lengths(1..=options.max_txn_length.max(1), options)
    }

    /// Generates transactions of these lengths, which must not include 0.
    pub(super) fn with_lengths(lengths: RangeInclusive<usize>, options: &Options) -> Self {
        let mut transactions = Self {
            lengths,
            most_writes: options.max_writes_per_key as u64,
            pool: Vec::new(),
            next_key: 0,
        };
        for _ in 0..options.key_count.unwrap_or(KEYS).max(1) {
            let key = transactions.new_key();
            transactions.pool.push(key);
        }
        transactions
    }

    /// Returns the steps of the next transaction.
    pub(super) fn next(&mut self, random: &mut Rng) -> Vec<MicroOperation> {
        let length = random.usize(self.lengths.clone());
        (0..length).map(|_| self.step(random)).collect()
    }

    fn step(&mut self, random: &mut Rng) -> MicroOperation {
        loop {
            let position = exponential(self.pool.len(), random);
            let entry = &mut self.pool[position];
            if random.bool() {
                return MicroOperation::Read { key: entry.key };
            }
            if entry.next_value <= self.most_writes {
                let (key, value) = (entry.key, entry.next_value);
                entry.next_value += 1;
                return MicroOperation::Write { key, value };
            }
            self.pool[position] = self.new_key();
        }
    }

    fn new_key(&mut self) -> Key {
        let key = self.next_key;
        self.next_key += 1;
        Key { key, next_value: 1 }
    }
}

/// Draws a position below `count`; each is twice as likely as the one before it. The number of
/// tails before the first head of a coin is the distance from the end. Only integers are used, so
/// that every machine draws the same positions.
fn exponential(count: usize, random: &mut Rng) -> usize {
    loop {
        let tails = random.u64(..).trailing_zeros() as usize;
        if tails < count {
            return count - 1 - tails;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn later_positions_are_more_likely() {
        let mut random = Rng::with_seed(1);
        let mut times = [0_u32; 10];
        for _ in 0..1_000_000 {
            times[exponential(10, &mut random)] += 1;
        }
        for (position, times) in times.into_iter().enumerate() {
            let expected = 1e6 * f64::from(1 << position) / 1023.0;
            let error = (f64::from(times) - expected).abs();
            assert!(error < 5.0 * expected.sqrt(), "{position}: {times}");
        }
        assert_eq!(exponential(1, &mut random), 0);
    }

    #[test]
    fn lengths_are_uniform_and_half_of_the_steps_write() {
        let options = Options::default();
        let mut transactions = Transactions::new(&options);
        let mut random = Rng::with_seed(2);
        let (mut lengths, mut writes, mut steps) = (BTreeMap::<_, u32>::new(), 0, 0);
        for _ in 0..10_000 {
            let transaction = transactions.next(&mut random);
            *lengths.entry(transaction.len()).or_default() += 1;
            steps += transaction.len();
            let write = |step: &&MicroOperation| matches!(step, MicroOperation::Write { .. });
            writes += transaction.iter().filter(write).count();
        }
        assert_eq!(lengths.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(lengths.values().all(|times| (2300..2700).contains(times)));
        assert!((48..52).contains(&(100 * writes / steps)));
    }

    #[test]
    fn a_key_is_replaced_after_the_maximum_number_of_writes() {
        let options = Options {
            key_count: Some(3),
            max_writes_per_key: 2,
            ..Options::default()
        };
        let mut transactions = Transactions::with_lengths(1..=1, &options);
        let mut random = Rng::with_seed(3);
        let mut written = BTreeMap::<u64, Vec<u64>>::new();
        for _ in 0..1000 {
            for step in transactions.next(&mut random) {
                if let MicroOperation::Write { key, value } = step {
                    written.entry(key).or_default().push(value);
                }
                let active = |entry: &Key| entry.key == step.key();
                assert!(transactions.pool.iter().any(active));
            }
        }
        let keys: Vec<u64> = written.keys().copied().collect();
        assert_eq!(keys, (0..keys.len() as u64).collect::<Vec<_>>());
        assert!(keys.len() > 200);
        let full = written.values().filter(|values| **values == [1, 2]).count();
        assert!(full >= keys.len() - 3);
        assert!(written.values().all(|values| values[0] == 1));
    }
}
