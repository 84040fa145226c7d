//! Lin-kv: a linearizable key-value store.
//!
//! Source: page "Workloads", section 7.

use std::collections::BTreeSet;

use mael::time::Duration;
use mael_checkers::linearizable::{CasRegister, Model};
use mael_checkers::stricter::{Stricter, keys, replies};
use mael_checkers::{Coverage, Verdict, independent, linearizable};
use mael_history::{History, Integer, Kind, Operation, Process, Value};

use crate::engine::{Generator, Invocation, Next};
use crate::{Options, operations, workload};

/// A linearizable key-value store: each operation takes effect atomically at some point between its
/// request and its reply. A read or compare-and-set of a missing key returns error 20; a
/// compare-and-set whose `from` does not match returns error 22. Clients wait one second for a
/// reply, or ten times the mean latency if that is longer.
#[workload(reuses_clients)]
pub struct LinKv;

#[operations]
impl LinKv {
    /// Requests the value of a key.
    #[operation(reply = "value", value = "[key, value]", read_only)]
    fn read(&self, key: Value) -> Value;

    /// Sets a key.
    #[operation(value = "[key, value]")]
    fn write(&self, key: Value, value: Integer);

    /// Sets a key to `to` if its value is `from`. Error 20 if the key is missing, 22 if it has
    /// another value.
    #[operation(value = "[key, [from, to]]")]
    fn cas(&self, key: Value, from: Integer, to: Integer);

    /// Half of the clients of a key only read. Therefore, each node needs two clients.
    #[validate]
    fn validate(&self, options: &Options) -> Result<(), String> {
        let group = 2 * options.nodes.len();
        if options.clients() > 0 && options.clients().is_multiple_of(group) {
            return Ok(());
        }
        Err(format!(
            "lin-kv requires a number of clients that is a multiple of {group} (twice the number \
             of nodes), such as --concurrency 2n, not {}",
            options.clients()
        ))
    }

    #[generate]
    fn keys(&self, options: &Options) -> Box<dyn Generator> {
        Box::new(Keys::new(options.nodes.len(), options.clients()))
    }

    #[timeout]
    fn timeout(&self, options: &Options) -> Duration {
        let latency = Duration::from_millis(options.latency);
        (latency.saturating_mul(10)).max(Duration::from_secs(1))
    }

    #[check]
    fn not_linearizable(&self, options: &Options, history: &History) -> Verdict {
        let mut stricter = Stricter::default();
        replies::check(history, replies::fills_in, &mut stricter);
        keys::check(history, &mut stricter);
        if let Err(reason) = independent::understood(history, action) {
            return Verdict::unknown(reason).with_stricter(stricter);
        }
        let judge = |history: &_, memory| linearizable::check_within(&CasRegister, history, memory);
        let memory = options.checker_memory_bytes();
        let verdict = independent::check_within(history, "linearizable", memory, judge);
        verdict.with_stricter(stricter)
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        independent::coverage(history, action)
    }
}

/// Checks that an operation on a key is an operation of a register.
fn action(f: &str, argument: &Value, result: Option<&Value>) -> Result<(), String> {
    CasRegister.action(f, argument, result).map(drop)
}

/// Values are drawn from 0 up to this limit, which is excluded.
const VALUES: u64 = 5;

/// The minimum number of processes that use a key before its group switches to a new one. Each
/// operation with an unknown outcome starts a new process, and makes the history of the key harder
/// to check.
const PROCESSES_PER_KEY: usize = 20;

/// Generates operations on keys.
///
/// A group of two consecutive clients for each node shares a key. The first half of the group
/// reads; the other half writes, and compares and sets. A group switches to a new key when 20
/// processes have used the current one, or four for each node if that is more. This holds for all
/// keys and any number of nodes. In Maelstrom, only the clients of the first key read, and with
/// more than 10 nodes no operation is ever invoked. The number of clients must be a multiple of
/// twice the number of nodes; otherwise, the test is rejected before it starts.
struct Keys {
    nodes: usize,
    groups: Vec<Group>,
    next_key: usize,
    /// The current process of each thread.
    processes: Vec<usize>,
}

/// The current key of a group, and the processes that have used it.
struct Group {
    key: usize,
    processes: BTreeSet<usize>,
}

impl Keys {
    fn new(nodes: usize, threads: usize) -> Self {
        let group = |key| Group {
            key,
            processes: BTreeSet::new(),
        };
        let groups: Vec<Group> = (0..threads.div_ceil(2 * nodes)).map(group).collect();
        Self {
            nodes,
            next_key: groups.len(),
            groups,
            processes: (0..threads).collect(),
        }
    }

    /// Returns the key for an operation of a thread. This is a new key if the group's current one
    /// is used up.
    fn key(&mut self, thread: usize) -> usize {
        let process = self.processes[thread];
        let limit = PROCESSES_PER_KEY.max(4 * self.nodes);
        let group = &mut self.groups[thread / (2 * self.nodes)];
        if group.processes.len() == limit && !group.processes.contains(&process) {
            group.processes.clear();
            group.key = self.next_key;
            self.next_key += 1;
        }
        group.processes.insert(process);
        group.key
    }
}

impl Generator for Keys {
    fn next(&mut self, free: &[usize], random: &mut fastrand::Rng) -> Next {
        let group_of = |thread: usize| thread / (2 * self.nodes);
        let reads = |thread: usize| thread % (2 * self.nodes) < self.nodes;
        let groups: BTreeSet<usize> = free.iter().map(|thread| group_of(*thread)).collect();
        let group = random.choice(groups);
        let of_group = free
            .iter()
            .copied()
            .filter(|thread| Some(group_of(*thread)) == group);
        let (readers, writers): (Vec<usize>, Vec<usize>) =
            of_group.partition(|thread| reads(*thread));
        let half = match (readers.is_empty(), writers.is_empty()) {
            (false, false) if random.bool() => readers,
            (false, true) => readers,
            _ => writers,
        };
        let thread = half[0];
        let mut value = || Value::from(random.u64(..VALUES));
        let (f, value) = if reads(thread) {
            ("read", Value::Nil)
        } else {
            let (first, second) = (value(), value());
            match random.u8(..3) {
                0 => ("write", first),
                _ => ("cas", vec![first, second].into()),
            }
        };
        let value = vec![self.key(thread).into(), value];
        Next::Invoke(thread, Invocation::new(f, value))
    }

    fn update(&mut self, operation: &Operation) {
        if let (Process::Client(process), Kind::Info) = (&operation.process, operation.kind) {
            let threads = self.processes.len();
            self.processes[process % threads] = process + threads;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Concurrency;
    use fastrand::Rng;

    use mael_history::Validity;

    use super::*;
    use crate::workloads::Workload;

    fn next(keys: &mut Keys, free: &[usize], random: &mut Rng) -> (usize, String, String) {
        let Next::Invoke(thread, invocation) = keys.next(free, random) else {
            panic!("the generator never ends");
        };
        let Value::List(pair) = invocation.value else {
            panic!("every value is a pair");
        };
        (thread, invocation.f.into_owned(), pair[0].to_string())
    }

    fn end(process: usize, kind: Kind) -> Operation {
        Operation {
            index: 0,
            time: 0,
            kind,
            process: Process::Client(process),
            f: "write".into(),
            value: Value::Nil,
            is_final: false,
            error: None,
            exception: None,
            extra: Vec::new(),
        }
    }

    #[test]
    fn an_invalid_key_does_not_decide_the_verdict_if_another_key_has_an_unsupported_operation() {
        let wrong = "{:process 0, :type :invoke, :f :read, :value [1 nil]}
                     {:process 0, :type :ok, :f :read, :value [1 7]}";
        let strange = "{:process 1, :type :invoke, :f :txn, :value [2 nil]}";
        for (text, valid, judged) in [
            (wrong.to_owned(), Validity::False, 1),
            (format!("{wrong} {strange}"), Validity::Unknown, 0),
        ] {
            let history = History::from_edn(&text).unwrap();
            assert_eq!(LinKv.check(&Options::default(), &history).valid, valid);
            assert_eq!(LinKv.coverage(&history).judged, judged);
        }
    }

    #[test]
    fn the_first_half_of_each_group_only_reads() {
        let mut keys = Keys::new(2, 8);
        let mut random = Rng::with_seed(0);
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for _ in 0..6000 {
            let free = [5, 6, 7, 0, 1, 2, 3, 4];
            let (thread, f, key) = next(&mut keys, &free, &mut random);
            assert_eq!(key, (thread / 4).to_string());
            assert_eq!(f == "read", [0, 1, 4, 5].contains(&thread));
            *counts.entry(f).or_default() += 1;
        }
        // Halves are equally likely; of the writers' operations, two of three are cas.
        for (f, expected) in [("read", 3000), ("write", 1000), ("cas", 2000)] {
            assert!(counts[f].abs_diff(expected) < 200, "{counts:?}");
        }
    }

    #[test]
    fn one_half_continues_while_the_other_is_busy() {
        let mut keys = Keys::new(2, 4);
        let mut random = Rng::with_seed(0);
        for _ in 0..20 {
            assert_eq!(next(&mut keys, &[1], &mut random).1, "read");
            assert_ne!(next(&mut keys, &[3], &mut random).1, "read");
        }
    }

    #[test]
    fn a_group_switches_to_a_new_key_after_twenty_processes() {
        let mut keys = Keys::new(1, 4);
        let mut random = Rng::with_seed(0);
        for process in (0..20).map(|turn| turn * 4) {
            assert_eq!(next(&mut keys, &[0], &mut random).2, "0");
            assert_eq!(next(&mut keys, &[2], &mut random).2, "1");
            keys.update(&end(process, Kind::Info));
        }
        // A new key is the next one that no group has used.
        assert_eq!(next(&mut keys, &[0], &mut random).2, "2");
        assert_eq!(next(&mut keys, &[2], &mut random).2, "1");
        keys.update(&end(80, Kind::Ok));
        assert_eq!(next(&mut keys, &[0], &mut random).2, "2");
    }

    #[test]
    fn the_limit_of_processes_grows_with_the_number_of_nodes() {
        let mut keys = Keys::new(25, 50);
        let mut random = Rng::with_seed(0);
        for thread in (0..50).cycle().take(500) {
            assert_eq!(next(&mut keys, &[thread], &mut random).2, "0");
        }
    }

    #[test]
    fn the_number_of_clients_must_be_a_multiple_of_two_for_each_node() {
        let options = |clients| Options {
            concurrency: Concurrency::Clients(clients),
            ..Options::default()
        };
        assert_eq!(LinKv.validate(&options(10)), Ok(()));
        assert_eq!(LinKv.validate(&options(20)), Ok(()));
        for refused in [5, 15] {
            let reason = LinKv.validate(&options(refused)).unwrap_err();
            assert!(reason.contains("multiple of 10"), "{reason}");
        }
    }
}
