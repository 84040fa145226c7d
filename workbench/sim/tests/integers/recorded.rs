//! Valid and invalid histories from other programs, which differ in one digit.

use mael_history::{History, Validity};
use mael_sim::{Options, workloads};

use super::verdicts;

/// Returns an integer of 1,000 digits that ends with these.
fn long(end: &str) -> String {
    format!("{}{end}", "7".repeat(1000 - end.len()))
}

/// Parses a history of lines `process type f value` in EDN, in which A and B are integers of 1,000
/// digits that differ in the last digit, and AB is their sum. AN and BN have the suffix that
/// Clojure writes.
fn history(lines: &[&str]) -> History {
    let operation = |line: &&str| {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap();
        let (process, kind, f) = (word(), word(), word());
        let (f, last) = match f.strip_prefix("final-") {
            Some(f) => (f, ", :final? true"),
            None => (f, ""),
        };
        let value = word()
            .replace("AB", &format!("1{}43", "5".repeat(998)))
            .replace('A', &long("1"))
            .replace('B', &long("2"));
        format!("{{:process {process}, :type :{kind}, :f :{f}, :value {value}{last}}}")
    };
    let operations: Vec<String> = lines.iter().map(operation).collect();
    History::from_edn(&operations.join("\n")).unwrap()
}

/// Asserts the verdict on a history in both formats.
fn expect(workload: &str, lines: &[&str], valid: Validity) {
    let workload = workloads::by_name(workload).unwrap();
    let history = history(lines);
    assert_eq!(verdicts(&*workload, &history), [valid; 2], "{lines:?}");
}

fn ids(ids: [&str; 2]) -> Vec<String> {
    let lines = ids.iter().map(|id| {
        [
            "0 invoke generate nil".to_owned(),
            format!("0 ok generate {id}"),
        ]
    });
    lines.flatten().collect()
}

#[test]
fn ids_that_differ_in_the_last_digit_are_distinct_and_equal_ones_are_duplicates() {
    for (pair, valid) in [
        (["A", "B"], true),
        (["A", "A"], false),
        (["AN", "A"], false),
        (["-A", "A"], true),
        (["-A", "-AN"], false),
        (["[1 A]", "[1 B]"], true),
        (["[1 A]", "[1 AN]"], false),
        (
            [
                "340282366920938463463374607431768211455",
                "340282366920938463463374607431768211454",
            ],
            true,
        ),
        (
            [
                "250000000000000000000000000000000000000",
                "250000000000000000000000000000000000000N",
            ],
            false,
        ),
        (["9223372036854775808", "9223372036854775808N"], false),
        (["7", "7N"], false),
    ] {
        let lines = ids(pair);
        let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
        expect("unique-ids", &lines, valid.into());
    }
}

#[test]
fn the_range_of_ids_is_ordered_by_size() {
    let lines = [
        ids(["A", "-B"]),
        ids(["5", "170141183460469231731687303715884105728"]),
    ]
    .concat();
    let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
    let workload = workloads::by_name("unique-ids").unwrap();
    let verdict = workload.check(&Options::default(), &history(&lines));
    let range = verdict.results.get("range").unwrap();
    assert_eq!(range.to_string(), format!("[-{} {}]", long("2"), long("1")));
}

#[test]
fn every_digit_counts_in_json_of_other_programs() {
    let a = long("1");
    for (other, valid) in [(long("2"), true), (a.clone(), false)] {
        let lines = [&a, &other].map(|id| {
            format!(
                r#"{{"process":0,"type":"invoke","f":"generate","value":null}}
                {{"process":0,"type":"ok","f":"generate","value":{id}}}"#
            )
        });
        let workload = workloads::by_name("unique-ids").unwrap();
        let array = format!("[{}]", lines.join("\n").replace("}\n", "},\n"));
        for text in [lines.join("\n"), array] {
            let history = History::from_json(&text).unwrap();
            let verdict = workload.check(&Options::default(), &history);
            assert_eq!(verdict.valid, valid.into());
        }
    }
}

#[test]
fn sums_are_exact() {
    for (workload, additions, sum, valid) in [
        ("g-counter", ["A", "B"], "AB", true),
        ("g-counter", ["AN", "BN"], "ABN", true),
        ("g-counter", ["A", "A"], "AB", false),
        ("pn-counter", ["A", "-A"], "0", true),
        ("pn-counter", ["A", "-B"], "-1", true),
        ("pn-counter", ["A", "-B"], "0", false),
        (
            "pn-counter",
            [
                "170141183460469231731687303715884105727",
                "170141183460469231731687303715884105727",
            ],
            "340282366920938463463374607431768211454",
            true,
        ),
        (
            "pn-counter",
            [
                "170141183460469231731687303715884105727",
                "170141183460469231731687303715884105727",
            ],
            "170141183460469231731687303715884105727",
            false,
        ),
    ] {
        let [first, second] = additions;
        let lines = [
            &format!("0 invoke add {first}"),
            &format!("0 ok add {first}"),
            &format!("0 invoke add {second}"),
            &format!("0 ok add {second}"),
            "0 invoke final-read nil",
            &format!("0 ok final-read {sum}"),
        ];
        expect(workload, &lines, valid.into());
    }
}

#[test]
fn every_digit_counts_in_additions_of_unknown_outcome() {
    for (sum, valid) in [
        ("0", true),
        ("A", true),
        ("AB", true),
        ("B", true),
        ("1", false),
    ] {
        let lines = [
            "0 invoke add A",
            "0 info add A",
            "1 invoke add B",
            "1 info add B",
            "2 invoke final-read nil",
            &format!("2 ok final-read {sum}"),
        ];
        expect("g-counter", &lines, valid.into());
    }
}

#[test]
fn possible_sums_of_unknown_additions_with_many_digits_take_bounded_memory() {
    let digits = 10_000;
    let additions: Vec<String> = (0..20)
        .flat_map(|place| {
            let delta = format!("{}{}", place + 1, "0".repeat(digits - place));
            ["invoke", "info"].map(|kind| format!("{place} {kind} add {delta}"))
        })
        .collect();
    let mut lines: Vec<&str> = additions.iter().map(|line| &**line).collect();
    lines.extend(["30 invoke final-read nil", "30 ok final-read 1"]);
    let workload = workloads::by_name("g-counter").unwrap();
    let verdict = workload.check(&Options::default(), &history(&lines));
    assert_eq!(verdict.valid, Validity::Unknown);
    assert!(verdict.explanation[0].len() < 1000);
}

#[test]
fn every_digit_counts_in_registers() {
    for (read, valid) in [("A", true), ("AN", true), ("B", false), ("-A", false)] {
        let read = format!("0 ok read [A {read}]");
        let lines = [
            "0 invoke write [A A]",
            "0 ok write [AN A]",
            "0 invoke write [B 1]",
            "0 ok write [B 1]",
            "0 invoke read [A nil]",
            &read,
        ];
        expect("lin-kv", &lines, valid.into());
    }
    for (cas, valid) in [("[A B]", true), ("[AN B]", true), ("[B A]", false)] {
        let [begin, end] = ["invoke", "ok"].map(|kind| format!("0 {kind} cas [1 {cas}]"));
        let lines = [
            "0 invoke write [1 A]",
            "0 ok write [1 A]",
            &begin,
            &end,
            "0 invoke read [1 nil]",
            "0 ok read [1 B]",
        ];
        expect("lin-kv", &lines, valid.into());
    }
}

#[test]
fn every_digit_counts_in_sets() {
    for (workload, add) in [("g-set", "add"), ("broadcast", "broadcast")] {
        for (read, valid) in [("[A B]", true), ("[BN AN]", true), ("[B]", false)] {
            let lines = [
                &format!("0 invoke {add} A"),
                &format!("0 ok {add} A"),
                &format!("0 invoke {add} B"),
                &format!("0 ok {add} B"),
                "0 invoke final-read nil",
                &format!("0 ok final-read {read}"),
            ];
            expect(workload, &lines, valid.into());
        }
    }
}

#[test]
fn echoes_are_compared_in_every_digit() {
    for (echo, valid) in [("A", true), ("AN", true), ("B", false)] {
        let end = format!("0 ok echo {{:type \"echo_ok\", :echo {echo}}}");
        expect("echo", &["0 invoke echo A", &end], valid.into());
    }
}

#[test]
fn every_digit_counts_in_offsets_and_messages() {
    for (second, polled, valid) in [
        ("B", "[[A A] [B B]]", true),
        ("BN", "[[AN A] [B BN]]", true),
        // Two messages at one offset.
        ("A", "[[A A] [A B]]", false),
        // A message at another offset than it was sent to.
        ("B", "[[A A] [AB B]]", false),
        // A message that was never sent.
        ("B", "[[A A] [B AB]]", false),
        // Backwards.
        ("B", "[[B B] [A A]]", false),
    ] {
        let lines = [
            "0 invoke send [[:send \"1\" A]]",
            "0 ok send [[:send \"1\" [A A]]]",
            "0 invoke send [[:send \"1\" B]]",
            &format!("0 ok send [[:send \"1\" [{second} B]]]"),
            "1 invoke assign [\"1\"]",
            "1 ok assign [\"1\"]",
            "1 invoke poll [[:poll]]",
            &format!("1 ok poll [[:poll {{\"1\" {polled}}}]]"),
        ];
        expect("kafka", &lines, valid.into());
    }
}

#[test]
fn every_digit_counts_in_keys_and_values_of_transactions() {
    for (read, valid) in [
        ("[A B]", true),
        ("[AN BN]", true),
        ("[B A]", false),
        ("[B]", false),
    ] {
        let lines = [
            "0 invoke txn [[:append A A]]",
            "0 ok txn [[:append A A]]",
            "0 invoke txn [[:append AN B] [:append B A]]",
            "0 ok txn [[:append AN B] [:append B A]]",
            "0 invoke txn [[:r A nil]]",
            &format!("0 ok txn [[:r A {read}]]"),
        ];
        expect("txn-list-append", &lines, valid.into());
    }
    for (read, valid) in [("B", true), ("BN", true), ("A", false)] {
        let lines = [
            "0 invoke txn [[:w 1 A]]",
            "0 ok txn [[:w 1 A]]",
            "0 invoke txn [[:r 1 nil] [:w 1 B]]",
            "0 ok txn [[:r 1 A] [:w 1 B]]",
            "0 invoke txn [[:r 1 nil]]",
            &format!("0 ok txn [[:r 1 {read}]]"),
        ];
        expect("txn-rw-register", &lines, valid.into());
    }
}

#[test]
fn indexes_processes_and_times_must_be_small() {
    let long = long("1");
    let shown = format!("{}…", &long[..60]);
    for (entries, column, expected) in [
        (format!(":index {long}"), 27, "expected an index"),
        (format!(":time {long}"), 26, "expected nanoseconds"),
        (
            format!(":process {long}"),
            29,
            "expected the number or name of a process",
        ),
    ] {
        let text = format!("\n{{:type :ok, :f :a, {entries}}}");
        let error = History::from_edn(&text).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("line 2, column {column}: {expected}, not")),
            "{error}"
        );
        assert!(error.ends_with(&format!("not {shown}")), "{error}");
    }
}

#[test]
fn an_integer_with_too_many_digits_is_rejected_with_its_line() {
    let digits = "9".repeat(1_000_000);
    let shown = format!("{}…", "9".repeat(60));
    for number in [digits.clone(), format!("-{digits}"), format!("{digits}N")] {
        let text = format!("\n{{:process 0, :type :ok, :f :generate, :value {number}}}");
        let error = History::from_edn(&text).unwrap_err();
        assert_eq!((error.line, error.column), (2, 46));
        let digits = "has 1000000 digits; at most 100000 can be read";
        assert!(error.what.ends_with(digits), "{error}");
        assert!(error.what.len() < 200);
    }
    let text = format!(
        r#"{{"process":0,"type":"ok","f":"generate","value":null}}
        {{"process":0,"type":"ok","f":"generate","value":[{digits}]}}"#
    );
    let error = History::from_json(&text).unwrap_err();
    let expected = format!("the integer {shown} has 1000000 digits; at most 100000 can be read");
    assert_eq!((error.line, error.what), (2, expected));
}
