//! Histories that no bench records: checkers may find them wrong, but never panic.

use fastrand::Rng;
use mael_workbench::history::{History, Kind};
use mael_workbench::{Test, Value, workloads};

const FS: [&str; 13] = [
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
    "crash",
    "strange",
];

/// A value of any kind, often one that resembles what some workload expects.
fn value(random: &mut Rng, depth: usize) -> String {
    let integers = [
        "0",
        "1",
        "2",
        "-1",
        "170141183460469231731687303715884105727",
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

/// Operations that need not belong together: ends without a begin, begins of a process that is
/// busy, times that go back.
fn history(random: &mut Rng) -> String {
    let kinds = [Kind::Invoke, Kind::Ok, Kind::Fail, Kind::Info];
    let few = random.bool().then(|| random.usize(..FS.len()));
    let count = random.usize(..30);
    let operations = (0..count).map(|_| {
        let f = FS[few.unwrap_or_else(|| random.usize(..FS.len()))];
        let likely = if random.bool() { 2 } else { 4 };
        let kind = kinds[random.usize(..likely)].name();
        let process = ["0", "1", "2", "18446744073709551615", ":nemesis"][random.usize(..5)];
        let time = ["0", "5", "1000000", "9223372036854775807"][random.usize(..4)];
        let last = if random.u8(..4) == 0 {
            ", :final? true"
        } else {
            ""
        };
        let value = value(random, 3);
        format!(
            "{{:type :{kind}, :f :{f}, :process {process}, :time {time}, :value {value}{last}}}\n"
        )
    });
    operations.collect()
}

fn check(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let text = history(&mut Rng::with_seed(seed));
        // A map can come out with a key twice.
        let Ok(history) = History::from_edn(&text) else {
            continue;
        };
        for workload in workloads::all() {
            let verdict = workload.check(&Test::default(), &history);
            let valid = Value::from(verdict.valid);
            assert_eq!(
                verdict.results.get("valid?"),
                Some(&valid),
                "seed {seed}\n{text}"
            );
        }
    }
}

#[test]
fn no_history_makes_a_checker_panic() {
    check(0..2_000);
}

#[test]
#[ignore = "a long sweep"]
fn none_of_many_histories_makes_a_checker_panic() {
    check(0..100_000);
}
