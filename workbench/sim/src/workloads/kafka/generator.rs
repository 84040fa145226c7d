//! The operations of the main phase.

use fastrand::Rng;
use mael::time::{self, Duration, Instant};
use mael_checkers::kafka::steps::{poll, send};
use mael_history::{Integer, Operation, Value};

use super::offsets::Offsets;
use crate::Options;
use crate::engine::{Generator, Invocation, Next};
use crate::workloads::transactions::{MicroOperation, Transactions};

/// On average, one of this many operations is preceded by an assignment of its key.
const ASSIGN: u32 = 64;

/// On average, one of this many assignments also includes every key that has unpolled messages.
const CATCH_UP: u32 = 3;

/// The mean time between two crashes of the same client, in seconds.
const CRASH_INTERVAL: f64 = 30.0;

/// Generates sends and polls in equal parts, as well as assignments and client crashes.
pub(super) struct SendsAndPolls {
    transactions: Transactions,
    /// An operation that was postponed because its key is assigned first.
    postponed: Option<MicroOperation>,
    offsets: Offsets,
    clients: usize,
    /// When the next client crash is due. `None` before the first crash.
    crash: Option<Instant>,
}

impl SendsAndPolls {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            transactions: Transactions::with_lengths(1..=1, options),
            postponed: None,
            offsets: Offsets::default(),
            clients: options.clients(),
            crash: None,
        }
    }

    /// Whether a client crashes now. A crash that is due competes with the other operations.
    fn crashes(&mut self, random: &mut Rng) -> bool {
        let now = time::now();
        let crashes = self.crash.is_none_or(|crash| crash <= now) && random.bool();
        if crashes {
            let mean = CRASH_INTERVAL / self.clients as f64;
            self.crash = Some(now + Duration::from_secs_f64(random.f64() * 2.0 * mean));
        }
        crashes
    }

    fn operation(&mut self, random: &mut Rng) -> Invocation {
        let operation = match self.postponed.take() {
            Some(postponed) => postponed,
            None => match self.transactions.next(random).pop() {
                Some(operation) => operation,
                None => unreachable!("a transaction has at least one step"),
            },
        };
        if random.u32(..ASSIGN) == 0 {
            self.postponed = Some(operation);
            return self.assignment(operation.key(), random);
        }
        match operation {
            MicroOperation::Read { .. } => Invocation::new("poll", poll(None)),
            MicroOperation::Write { key, value } => {
                Invocation::new("send", send(key.to_string(), value))
            }
        }
    }

    fn assignment(&self, key: u64, random: &mut Rng) -> Invocation {
        let key = Value::from(key.to_string());
        let logs = self.offsets.0.iter();
        let unseen: Vec<_> = logs.filter(|(_, it)| it.sent > it.polled).collect();
        if random.u32(..CATCH_UP) != 0 || unseen.is_empty() {
            return Invocation::new("assign", vec![key]);
        }
        let mut keys: Vec<Value> = unseen.iter().map(|(key, _)| (*key).clone()).collect();
        if !keys.contains(&key) {
            keys.push(key);
        }
        let offset = |offset: &Option<Integer>| Value::from(offset.clone().unwrap_or((-1).into()));
        let unseen = unseen.into_iter().map(|(key, log)| {
            let offsets = [("polled", offset(&log.polled)), ("sent", offset(&log.sent))];
            (key.clone(), Value::map(offsets))
        });
        Invocation::new("assign", keys).with("unseen", Value::Map(unseen.collect()))
    }
}

impl Generator for SendsAndPolls {
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next {
        if self.crashes(random) {
            let thread = free[random.usize(..free.len())];
            return Next::Invoke(thread, Invocation::new("crash", Value::Nil));
        }
        Next::Invoke(free[0], self.operation(random))
    }

    fn update(&mut self, operation: &Operation) {
        self.offsets.update(operation);
    }
}
