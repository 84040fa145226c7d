//! Generates random histories: valid ones as a run records them, and malformed ones.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use mael_history::{History, Kind, Process, Validity, Value};
use mael_sim::workloads::Workload;
use mael_sim::{Options, workloads};

use crate::{assert_memory_was_bounded, setting};

/// The state of the system that a history describes: all values written so far.
#[derive(Default)]
struct State {
    elements: Vec<u64>,
    sum: i64,
    registers: BTreeMap<u8, u64>,
    lists: BTreeMap<u8, Vec<u64>>,
    next: u64,
}

impl State {
    fn next_value(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Returns a random operation of a workload: its function, argument and result.
    fn operation(&mut self, workload: &str, random: &mut Rng) -> (&'static str, String, String) {
        let key = random.u8(..3);
        let same = |f, value: String| (f, value.clone(), value);
        match (workload, random.u8(..3)) {
            ("broadcast" | "g-set", 0) => {
                let elements = self.elements.iter().filter(|_| random.u8(..20) > 0);
                let elements: Vec<String> = elements.map(u64::to_string).collect();
                (
                    "read",
                    "nil".to_owned(),
                    format!("[{}]", elements.join(" ")),
                )
            }
            ("broadcast" | "g-set", _) => {
                let element = self.next_value();
                self.elements.push(element);
                let f = if workload == "g-set" {
                    "add"
                } else {
                    "broadcast"
                };
                same(f, element.to_string())
            }
            ("g-counter" | "pn-counter", 0) => ("read", "nil".to_owned(), self.sum.to_string()),
            ("g-counter" | "pn-counter", _) => {
                let delta = random.i64(-5..5);
                self.sum += delta;
                same("add", delta.to_string())
            }
            ("echo", _) => {
                let text = format!("\"{}\"", random.u8(..4));
                ("echo", text.clone(), format!("{{:echo {text}}}"))
            }
            ("unique-ids", _) => {
                let repeated = random.u8(..40) == 0;
                let id = if repeated { 1 } else { self.next_value() };
                ("generate", "nil".to_owned(), id.to_string())
            }
            ("lin-kv", 0) => {
                let held = self
                    .registers
                    .get(&key)
                    .map_or("nil".to_owned(), u64::to_string);
                ("read", format!("[{key} nil]"), format!("[{key} {held}]"))
            }
            ("lin-kv", 1) => {
                let held = self.registers.insert(key, 1).unwrap_or_default();
                same("cas", format!("[{key} [{held} 1]]"))
            }
            ("lin-kv", _) => {
                let value = random.u64(..5);
                self.registers.insert(key, value);
                same("write", format!("[{key} {value}]"))
            }
            ("kafka", 0) => {
                let polled = self.lists.iter().map(|(key, log)| {
                    let skipped = random.usize(..=log.len());
                    let log = log.iter().enumerate().skip(skipped);
                    let log: Vec<String> = log.map(|(at, it)| format!("[{at} {it}]")).collect();
                    format!("\"{key}\" [{}]", log.join(" "))
                });
                let polled: Vec<String> = polled.collect();
                (
                    "poll",
                    "[[:poll]]".to_owned(),
                    format!("[[:poll {{{}}}]]", polled.join(" ")),
                )
            }
            ("kafka", 1) if random.u8(..3) == 0 => {
                if random.bool() {
                    same("crash", "nil".to_owned())
                } else {
                    same("assign", "[\"0\" \"1\" \"2\"]".to_owned())
                }
            }
            ("kafka", _) => {
                let message = self.next_value();
                let log = self.lists.entry(key).or_default();
                log.push(message);
                let offset = log.len() - 1;
                (
                    "send",
                    format!("[[:send \"{key}\" {message}]]"),
                    format!("[[:send \"{key}\" [{offset} {message}]]]"),
                )
            }
            _ => self.transaction(workload, random),
        }
    }

    fn transaction(&mut self, workload: &str, random: &mut Rng) -> (&'static str, String, String) {
        let (mut invoked, mut done) = (Vec::new(), Vec::new());
        for _ in 0..random.usize(..4) {
            let key = random.u8(..3);
            let lists = workload == "txn-list-append";
            let step = match (random.bool(), lists) {
                (true, true) => {
                    let element = self.next_value();
                    self.lists.entry(key).or_default().push(element);
                    format!("[:append {key} {element}]")
                }
                (true, false) => {
                    let value = self.next_value();
                    self.registers.insert(key, value);
                    format!("[:w {key} {value}]")
                }
                (false, _) => {
                    invoked.push(
                        [format!("[:r {key} nil]"), format!("[:r {key}]")][random.usize(..2)]
                            .clone(),
                    );
                    let list = self.lists.get(&key).map(|list| format!("{list:?}"));
                    let register = self.registers.get(&key).map(u64::to_string);
                    let read = if lists { list } else { register };
                    done.push(format!("[:r {key} {}]", read.unwrap_or("nil".to_owned())));
                    continue;
                }
            };
            invoked.push(step.clone());
            done.push(step);
        }
        (
            "txn",
            format!("[{}]", invoked.join(" ")),
            format!("[{}]", done.join(" ")),
        )
    }
}

const FS: [&str; 15] = [
    "add",
    "read",
    "broadcast",
    "echo",
    "generate",
    "write",
    "cas",
    "txn",
    "send",
    "poll",
    "assign",
    "subscribe",
    "crash",
    "malformed",
    "",
];

/// Returns a random value, often one that resembles what some workload expects.
fn value(random: &mut Rng, depth: usize) -> String {
    let integers = [
        "0",
        "1",
        "2",
        "-1",
        "170141183460469231731687303715884105727",
        "-123456789012345678901234567890123456789012345678901234567890",
    ];
    let names = [
        ":r",
        ":w",
        ":append",
        ":send",
        ":poll",
        "\"r\"",
        "\"append\"",
        "\"\"",
    ];
    let kind = if depth == 0 {
        random.usize(..4)
    } else {
        random.usize(..9)
    };
    match kind {
        0 => "nil".to_owned(),
        1 => integers[random.usize(..integers.len())].to_owned(),
        2 => names[random.usize(..names.len())].to_owned(),
        3 => ["true", "1.5", "##NaN", "{}"][random.usize(..4)].to_owned(),
        4 | 5 => format!("[{}]", values(random, depth)),
        6 => format!("{{{} {}}}", value(random, 0), value(random, depth - 1)),
        // A list of micro-operations.
        _ => {
            let count = random.usize(..4);
            let steps = (0..count).map(|_| {
                let name = names[random.usize(..names.len())];
                format!("[{name} {}]", values(random, depth))
            });
            format!("[{}]", steps.collect::<Vec<_>>().join(" "))
        }
    }
}

fn values(random: &mut Rng, depth: usize) -> String {
    let count = random.usize(..4);
    let values: Vec<String> = (0..count).map(|_| value(random, depth - 1)).collect();
    values.join(" ")
}

/// Returns a random history of a workload. A third are like recorded ones, a third have a few
/// malformed entries, and a third have many.
pub(crate) fn random(workload: &str, random: &mut Rng) -> String {
    let malformed = [0, 1, 8][random.usize(..3)];
    let is_malformed = |random: &mut Rng| random.u8(..40) < malformed;
    let mut state = State::default();
    let mut running = BTreeMap::<usize, (&'static str, String, bool)>::new();
    let mut time = 0;
    let mut history = String::new();
    for _ in 0..random.usize(..60) {
        if random.u8(..30) == 0 {
            history.push_str("{:process :nemesis, :type :info, :f :start, :value nil}\n");
        }
        let process = random.usize(..5);
        let is_final = random.u8(..4) == 0;
        let (mut kind, mut f, mut value_text, is_final) = match running.remove(&process) {
            None => {
                let (f, argument, result) = state.operation(workload, random);
                running.insert(process, (f, result, is_final));
                (Kind::Invoke, f, argument, is_final)
            }
            Some((f, result, is_final)) => {
                let kind =
                    [Kind::Ok, Kind::Ok, Kind::Ok, Kind::Fail, Kind::Info][random.usize(..5)];
                (kind, f, result, is_final)
            }
        };
        let mut process = ["0", "1", "2", "\"3\"", "\"client 4\""][process];
        time += random.u64(..10_000_000);
        let mut at = time;
        if is_malformed(random) {
            kind = [Kind::Invoke, Kind::Ok, Kind::Fail, Kind::Info][random.usize(..4)];
        }
        if is_malformed(random) {
            f = FS[random.usize(..FS.len())];
        }
        if is_malformed(random) {
            value_text = value(random, 3);
        }
        if is_malformed(random) {
            process = ["0", "\"0\"", "18446744073709551615", "nemesis", ":c9"][random.usize(..5)];
        }
        if is_malformed(random) {
            at = [0, 5, i64::MAX as u64][random.usize(..3)];
        }
        let kind = kind.name();
        // The function may be omitted in transactions.
        let f = match f {
            "" => String::new(),
            f => format!(", :f :{f}"),
        };
        let last = if is_final { ", :final? true" } else { "" };
        history.push_str(&format!(
            "{{:process {process}, :type :{kind}, :time {at}{f}, :value {value_text}{last}}}\n"
        ));
    }
    history
}

/// Returns the number of client operations. A completion without an invocation counts as an
/// operation.
fn operations(history: &History) -> usize {
    let mut running = BTreeSet::new();
    let mut count = 0;
    for operation in &history.0 {
        if operation.process == Process::Nemesis {
            continue;
        }
        if operation.kind == Kind::Invoke {
            count += 1;
            running.insert(operation.process.clone());
        } else if !running.remove(&operation.process) {
            count += 1;
        }
    }
    count
}

/// Checks random histories of a workload and returns the number of valid, unknown and invalid ones.
fn check(workload: &dyn Workload, seeds: std::ops::Range<u64>) -> BTreeMap<Validity, u64> {
    let mut verdicts = BTreeMap::new();
    for seed in seeds {
        let text = random(workload.name(), &mut Rng::with_seed(seed));
        // Some histories can't be read: a map may contain a duplicate key, and nemesis operations
        // need a function.
        let Ok(history) = History::from_edn(&text) else {
            continue;
        };
        let verdict = workload.check(&Options::default(), &history);
        let coverage = workload.coverage(&history);
        let case = || format!("{} seed {seed}\n{text}", workload.name());
        let valid = Value::from(verdict.valid);
        assert_eq!(verdict.results.get("valid?"), Some(&valid), "{}", case());
        let counted = coverage.judged + coverage.refused + coverage.unknown;
        assert_eq!(counted, operations(&history), "{}", case());
        assert_eq!(coverage.read(), counted);
        let understood = history.pairs().is_ok() && coverage.refused == 0;
        if !understood {
            assert_eq!(coverage.judged, 0, "{}", case());
            assert_eq!(verdict.valid, Validity::Unknown, "{}", case());
            assert!(!verdict.explanation.is_empty(), "{}", case());
        }
        *verdicts.entry(verdict.valid).or_default() += 1;
    }
    verdicts
}

fn check_all(count: u64) {
    let seed = setting("MAEL_FUZZ_SEED", 0);
    for workload in workloads::all() {
        let verdicts = check(&*workload, seed..seed + count);
        println!("{}: {verdicts:?}", workload.name());
        // The histories are only useful if each verdict occurs.
        for valid in [Validity::True, Validity::Unknown, Validity::False] {
            let enough = verdicts.get(&valid).is_some_and(|it| *it > count / 200);
            assert!(enough, "{}: {verdicts:?}", workload.name());
        }
    }
}

#[test]
fn checkers_do_not_panic_on_random_histories() {
    check_all(400);
}

#[test]
#[ignore = "takes minutes"]
fn checkers_do_not_panic_on_random_histories_in_longer_runs() {
    check_all(100_000);
    assert_memory_was_bounded();
}
