//! Lin-kv: a key-value store in which every operation sees the newest state.
//!
//! Source: page "Workloads", section 7.

use std::collections::BTreeSet;

use mael::executor::LocalFuture;
use mael::time::Duration;
use mael_checkers::linearizable::{CasRegister, Model};
use mael_checkers::stricter::{Stricter, keys, replies};
use mael_checkers::{Coverage, Verdict, independent, linearizable};
use mael_history::{History, Kind, Operation, Process, Value};

use super::{Client, Workload};
use crate::engine::{Connection, Generator, Invocation, Next, Rpc, RpcDescription, RpcError};
use crate::{Options, rpc};

rpc! {
    /// Asks for the value of a key.
    pub struct ReadRequest = "read" { key: Value } => ReadReply = "read_ok" { value: Value }

    /// Sets a key.
    pub struct WriteRequest = "write" { key: Value, value: Value } => WriteReply = "write_ok" {}

    /// Sets a key to `to` if it is `from`; error 20 if it is missing, 22 if it is something else.
    pub struct CasRequest = "cas" { key: Value, from: Value, to: Value } => CasReply = "cas_ok" {}
}

/// The lin-kv workload.
///
/// Two clients for each node share a key: the first half of them reads, the other half writes, and
/// compares and sets. A key is left for a new one when 20 processes have worked on it, or four for
/// each node if that is more. Unlike the original, where only the clients of the first key read,
/// and where with more than 10 nodes nothing is ever done, this holds for all keys and any number
/// of nodes. The number of clients must be a multiple of twice the number of nodes; another one is
/// refused before anything starts.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinKv;

impl Workload for LinKv {
    fn name(&self) -> &'static str {
        "lin-kv"
    }

    fn doc(&self) -> &'static str {
        "A key-value store that must seem to be a single one: each operation takes effect at some \
         point between its request and its reply. A read of a missing key is answered with error \
         20, and so is a compare-and-set, which is answered with error 22 where it finds another \
         value. Clients wait for a second, or for ten times the mean latency if that is more."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![
            ReadRequest::describe(),
            WriteRequest::describe(),
            CasRequest::describe(),
        ]
    }

    /// Half of the clients of a key read, so that there must be two for each node.
    fn validate(&self, options: &Options) -> Result<(), String> {
        let group = 2 * options.nodes.len();
        if options.clients() > 0 && options.clients().is_multiple_of(group) {
            return Ok(());
        }
        Err(format!(
            "lin-kv needs a number of clients that is a multiple of {group}, twice the number of nodes, such as --concurrency 2n, and not {}",
            options.clients()
        ))
    }

    fn generator(&self, options: &Options) -> Box<dyn Generator> {
        Box::new(Keys::new(options.nodes.len(), options.clients()))
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        Asked::of(invocation).is_some()
    }

    fn client(&self, options: &Options) -> Box<dyn Client> {
        let latency = Duration::from_millis(options.latency);
        Box::new(LinKvClient {
            timeout: (latency.saturating_mul(10)).max(Duration::from_secs(1)),
        })
    }

    fn reusable(&self) -> bool {
        true
    }

    fn idempotent(&self, f: &str) -> bool {
        f == "read"
    }

    fn anomaly(&self) -> &'static str {
        "not-linearizable"
    }

    fn check(&self, options: &Options, history: &History) -> Verdict {
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

    fn coverage(&self, history: &History) -> Coverage {
        independent::coverage(history, action)
    }
}

/// Whether an operation of a key is one of a register.
fn action(f: &str, argument: &Value, result: Option<&Value>) -> Result<(), String> {
    CasRegister.action(f, argument, result).map(drop)
}

struct LinKvClient {
    timeout: Duration,
}

impl Client for LinKvClient {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            let Some(asked) = Asked::of(invocation) else {
                unreachable!("only operations that are taken are begun")
            };
            match asked {
                Asked::Read(read) => {
                    let reply = connection.rpc_within(&read, self.timeout).await?;
                    return Ok(vec![read.key, reply.value].into());
                }
                Asked::Cas(cas) => {
                    connection.rpc_within(&cas, self.timeout).await?;
                }
                Asked::Write(write) => {
                    connection.rpc_within(&write, self.timeout).await?;
                }
            }
            Ok(invocation.value.clone())
        })
    }
}

/// What a node is asked for an operation.
enum Asked {
    Read(ReadRequest),
    Write(WriteRequest),
    Cas(CasRequest),
}

impl Asked {
    /// None if it is no operation of this workload.
    fn of(invocation: &Invocation) -> Option<Self> {
        let Value::List(pair) = &invocation.value else {
            return None;
        };
        let [key, value] = pair.as_slice() else {
            return None;
        };
        let key = key.clone();
        match (&*invocation.f, value) {
            ("read", Value::Nil) => Some(Self::Read(ReadRequest { key })),
            ("write", Value::Int(_)) => {
                let value = value.clone();
                Some(Self::Write(WriteRequest { key, value }))
            }
            ("cas", Value::List(values)) => {
                let [from, to] = values.as_slice() else {
                    return None;
                };
                let (from, to) = (from.clone(), to.clone());
                Some(Self::Cas(CasRequest { key, from, to }))
            }
            _ => None,
        }
    }
}

/// Values are 0 up to this.
const VALUES: u64 = 5;

/// How many processes work on a key before it is left for a new one, at least. Each operation of
/// unknown outcome brings a new process, and makes the history of the key harder to judge.
const PROCESSES_PER_KEY: usize = 20;

/// Operations on keys. The clients are split into groups of consecutive ones, two for each node;
/// each group works on a key of its own until it is used up.
struct Keys {
    nodes: usize,
    groups: Vec<Group>,
    next_key: usize,
    /// The process that each thread is at.
    processes: Vec<usize>,
}

/// What a group works on.
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

    /// The key for an operation of a thread, which is a new one if its group's is used up.
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

    fn next(keys: &mut Keys, free: &[usize], random: &mut Rng) -> (usize, String, String) {
        let Next::Invoke(thread, invocation) = keys.next(free, random) else {
            panic!("there is always an operation");
        };
        let Value::List(pair) = invocation.value else {
            panic!("values are pairs");
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
    fn a_wrong_key_decides_nothing_beside_an_operation_that_no_register_has() {
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
    fn the_first_half_of_each_group_reads_its_key() {
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
    fn a_busy_half_leaves_the_operations_to_the_other() {
        let mut keys = Keys::new(2, 4);
        let mut random = Rng::with_seed(0);
        for _ in 0..20 {
            assert_eq!(next(&mut keys, &[1], &mut random).1, "read");
            assert_ne!(next(&mut keys, &[3], &mut random).1, "read");
        }
    }

    #[test]
    fn a_key_is_left_when_its_processes_are_used_up() {
        let mut keys = Keys::new(1, 4);
        let mut random = Rng::with_seed(0);
        for process in (0..20).map(|turn| turn * 4) {
            assert_eq!(next(&mut keys, &[0], &mut random).2, "0");
            assert_eq!(next(&mut keys, &[2], &mut random).2, "1");
            keys.update(&end(process, Kind::Info));
        }
        // A new key is the next that no group has had.
        assert_eq!(next(&mut keys, &[0], &mut random).2, "2");
        assert_eq!(next(&mut keys, &[2], &mut random).2, "1");
        keys.update(&end(80, Kind::Ok));
        assert_eq!(next(&mut keys, &[0], &mut random).2, "2");
    }

    #[test]
    fn many_nodes_do_not_use_up_keys_at_once() {
        let mut keys = Keys::new(25, 50);
        let mut random = Rng::with_seed(0);
        for thread in (0..50).cycle().take(500) {
            assert_eq!(next(&mut keys, &[thread], &mut random).2, "0");
        }
    }

    #[test]
    fn clients_come_in_pairs_for_each_node() {
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
