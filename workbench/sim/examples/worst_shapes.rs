//! Measures how the time and the memory of each checker grow with a history of its worst shape.
//!
//! `cargo run --release -p mael-sim --example worst_shapes [-- SIZE]` checks each shape with SIZE
//! operations, with 2 SIZE and with 4 SIZE, each in a separate process, and prints seconds, the
//! peak memory, and the exponents with which both grow: 1 is linear. The memory of the history
//! itself is included. Linux only, where the kernel reports the peak memory of a process.

use std::fmt::Write;
use std::process::{Command, ExitCode};
use std::time::Instant;

use mael_history::History;
use mael_sim::{Options, workloads};

/// A workload, a name, and a function that generates a history of this many operations.
type Shape = (&'static str, &'static str, fn(usize) -> String);

const SHAPES: [Shape; 22] = [
    ("echo", "every reply is wrong", |n| {
        each(n, "echo", |i| (format!("\"{i}\""), "{:echo \"no\"}".into()))
    }),
    ("unique-ids", "every id is the same", |n| {
        each(n, "generate", |_| ("nil".into(), "7".into()))
    }),
    ("unique-ids", "all ids are distinct", |n| {
        each(n, "generate", |i| ("nil".into(), i.to_string()))
    }),
    ("broadcast", "every message is lost", |n| {
        each(n, "broadcast", |i| (i.to_string(), i.to_string()))
            + &each(1, "read", |_| ("nil".into(), "[]".into()))
    }),
    ("g-set", "every element is read out of order", |n| {
        let elements: Vec<String> = (0..n).rev().map(|i| i.to_string()).collect();
        let elements = format!("[{}]", elements.join(" "));
        each(n, "add", |i| (i.to_string(), i.to_string()))
            + &each(1, "read", |_| ("nil".into(), elements.clone()))
    }),
    ("g-counter", "no add has a known outcome", |n| {
        concurrent(n, "add", "info", |i| (i % 1_000).to_string())
            + &each(1, "read", |_| ("nil".into(), "0".into()))
    }),
    ("pn-counter", "no add has a known outcome", |n| {
        concurrent(n, "add", "info", |i| (i as i64 % 1_000 - 500).to_string())
            + &each(1, "read", |_| ("nil".into(), "0".into()))
    }),
    ("kafka", "every message has the same offset", |n| {
        each(n, "send", |i| {
            let asked = format!("[[:send \"k\" {i}]]");
            (asked, format!("[[:send \"k\" [5 {i}]]]"))
        })
    }),
    ("kafka", "every poll goes back", |n| {
        each(n, "send", |i| {
            let asked = format!("[[:send \"k\" {i}]]");
            (asked, format!("[[:send \"k\" [{i} {i}]]]"))
        }) + &each(n, "poll", |i| {
            let message = n - 1 - i;
            let answer = format!("[[:poll {{\"k\" [[{message} {message}]]}}]]");
            ("[[:poll]]".into(), answer)
        })
    }),
    ("lin-kv", "all writes are concurrent", |n| {
        concurrent(n, "write", "ok", |i| format!("[0 {i}]"))
    }),
    ("lin-kv", "no write has a known outcome", |n| {
        concurrent(n, "write", "info", |i| format!("[0 {i}]"))
            + &each(n, "read", |i| ("[0 nil]".into(), format!("[0 {i}]")))
    }),
    ("lin-kv", "each operation has its own key", |n| {
        each(n, "write", |i| (format!("[{i} 1]"), format!("[{i} 1]")))
    }),
    (
        "lin-kv",
        "the last read returns a value never written",
        |n| {
            each(n, "write", |i| (format!("[0 {i}]"), format!("[0 {i}]")))
                + &each(1, "read", |_| ("[0 nil]".into(), "[0 -1]".into()))
        },
    ),
    ("txn-rw-register", "all write the same value", |n| {
        txns(n, |i| format!("[[:r 0 {}] [:w 0 1]]", i + 2))
    }),
    ("txn-rw-register", "all read nothing and write", |n| {
        txns(n, |i| format!("[[:r 0 nil] [:w 0 {i}]]"))
    }),
    ("txn-rw-register", "versions form a cycle", |n| {
        txns(n, |i| format!("[[:r 0 {i}] [:w 0 {}]]", (i + 1) % n))
    }),
    (
        "txn-rw-register",
        "all transactions are in one dense cycle",
        |n| {
            txns(n, |i| {
                format!("[[:r {} nil] [:w {} {i}]]", i % 10, (i + 1) % 10)
            })
        },
    ),
    ("txn-list-append", "no append is read", |n| {
        txns(n, |i| format!("[[:r 0 nil] [:append 0 {i}]]"))
    }),
    ("txn-list-append", "one transaction appends all", |n| {
        let steps: Vec<String> = (0..n).map(|i| format!("[:append {} {i}]", i % 7)).collect();
        txns(1, |_| format!("[{}]", steps.join(" ")))
    }),
    (
        "txn-list-append",
        "each reads only one distinct element",
        |n| txns(n, |i| format!("[[:append 0 {i}]]")) + &txns(n, |i| format!("[[:r 0 [{i}]]]")),
    ),
    ("txn-list-append", "one list has every element twice", |n| {
        let elements: Vec<String> = (0..n).chain(0..n).map(|i| i.to_string()).collect();
        txns(n, |i| format!("[[:append 0 {i}]]"))
            + &txns(1, |_| format!("[[:r 0 [{}]]]", elements.join(" ")))
    }),
    ("txn-list-append", "reads are stale", |n| {
        txns(n, |i| {
            format!("[[:append {} {i}] [:r {} nil]]", i % 10, (i + 1) % 10)
        })
    }),
];

fn line(history: &mut String, process: usize, kind: &str, f: &str, value: &str) {
    let last = if f == "read" { ", :final? true" } else { "" };
    writeln!(
        history,
        "{{:process {process}, :type :{kind}, :f :{f}, :value {value}{last}}}"
    )
    .expect("writing to a string can't fail");
}

/// Generates consecutive operations, with their arguments and results.
fn each(count: usize, f: &str, values: impl Fn(usize) -> (String, String)) -> String {
    let mut history = String::new();
    for number in 0..count {
        let (argument, result) = values(number);
        line(&mut history, number % 10, "invoke", f, &argument);
        line(&mut history, number % 10, "ok", f, &result);
    }
    history
}

/// Returns concurrent operations.
fn concurrent(count: usize, f: &str, end: &str, value: impl Fn(usize) -> String) -> String {
    let mut history = String::new();
    for kind in ["invoke", end] {
        for number in 0..count {
            line(&mut history, 10 + number, kind, f, &value(number));
        }
    }
    history
}

fn txns(count: usize, value: impl Fn(usize) -> String) -> String {
    each(count, "txn", |number| (value(number), value(number)))
}

/// Checks a shape, and prints the time in seconds and the peak memory in kilobytes.
fn judge(shape: usize, size: usize) {
    let (workload, _, history) = SHAPES[shape];
    let history = History::from_edn(&history(size)).expect("a shape is a history");
    let workload = workloads::by_name(workload).expect("a shape belongs to a workload");
    let begin = Instant::now();
    let judged = workload.coverage(&history).judged;
    assert!(judged > 0, "some operations of a shape are judged");
    let verdict = workload.check(&Options::default(), &history);
    let took = begin.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|text| text.split_whitespace().next());
    println!("{took} {} {:?}", most.unwrap_or("0"), verdict.valid);
}

/// Checks a shape in a separate process. Returns seconds, megabytes and the verdict.
fn measure(shape: usize, size: usize) -> Option<(f64, f64, String)> {
    let mut child = Command::new(std::env::current_exe().ok()?);
    let output = child
        .args([shape.to_string(), size.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let [took, most, valid] = text.split_whitespace().collect::<Vec<_>>()[..] else {
        return None;
    };
    Some((
        took.parse().ok()?,
        most.parse::<f64>().ok()? / 1e3,
        valid.to_owned(),
    ))
}

fn main() -> ExitCode {
    let arguments: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|it| it.parse().ok())
        .collect();
    if let [shape, size] = arguments[..] {
        judge(shape, size);
        return ExitCode::SUCCESS;
    }
    let size = arguments.first().copied().unwrap_or(5_000);
    println!(
        "| checker | shape, {size} operations | s at 1x, 2x, 4x | exponent | MB at 1x, 2x, 4x | exponent | verdict |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut failed = false;
    for (number, (workload, name, _)) in SHAPES.iter().enumerate() {
        let measured = [1, 2, 4].map(|times| measure(number, times * size));
        let [Some(one), Some(two), Some(four)] = measured else {
            println!("| {workload} | {name} | failed | | | | |");
            failed = true;
            continue;
        };
        let exponent = |one: f64, four: f64| (four / one).log2() / 2.0;
        println!(
            "| {workload} | {name} | {:.3}, {:.3}, {:.3} | {:.1} | {:.0}, {:.0}, {:.0} | {:.1} | {} |",
            one.0,
            two.0,
            four.0,
            exponent(one.0, four.0),
            one.1,
            two.1,
            four.1,
            exponent(one.1, four.1),
            four.2
        );
    }
    ExitCode::from(u8::from(failed))
}
