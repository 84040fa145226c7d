//! The recorded history of each row of the table.

use mael_history::{History, Validity};
use mael_sim::{Options, workloads};

/// A reply that does not match its request, in a history.
pub(crate) struct Case {
    pub(crate) workload: &'static str,
    pub(crate) request: &'static str,
    pub(crate) reply: &'static str,
    /// The verdict of Maelstrom: valid, invalid or unknown.
    pub(crate) maelstrom: &'static str,
    /// The finding of stricter checks, if Maelstrom finds nothing.
    pub(crate) finding: Option<&'static str>,
    /// The history: process, type, function, value and any further fields of each operation.
    history: &'static str,
}

const fn case(
    workload: &'static str,
    request: &'static str,
    reply: &'static str,
    maelstrom: &'static str,
    finding: Option<&'static str>,
    history: &'static str,
) -> Case {
    Case {
        workload,
        request,
        reply,
        maelstrom,
        finding,
        history,
    }
}

const MISMATCHED: Option<&str> = Some("mismatched-reply");
const GARBAGE: Option<&str> = Some("garbage-read");
const FUTURE: Option<&str> = Some("future-read");
const REPEATED: Option<&str> = Some("duplicate-elements");
const ABORTED: Option<&str> = Some("G1a");
const UNREQUESTED: Option<&str> = Some("unrequested-key");

/// All rows of the table.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    case("echo", "echo", "another text", "invalid", None, r#"
        0 invoke echo "a"
        0 ok echo {:type "echo_ok" :echo "b"}"#),
    case("echo", "echo", "a message of another type", "valid", MISMATCHED, r#"
        0 invoke echo "a"
        0 ok echo {:type "read_ok" :echo "a"}"#),
    case("unique-ids", "generate", "an id that was returned before", "invalid", None, "
        0 invoke generate nil
        0 ok generate 7
        0 invoke generate nil
        0 ok generate 7"),
    case("unique-ids", "generate", "null", "valid", Some("nil-id"), "
        0 invoke generate nil
        0 ok generate nil"),
    case("broadcast", "broadcast", "the acknowledgement of another message", "valid", MISMATCHED, "
        0 invoke broadcast 1
        0 ok broadcast 2
        0 invoke read nil
        0 ok read [1]"),
    case("broadcast", "read", "a value that is not a list", "valid", MISMATCHED, "
        0 invoke broadcast 1
        0 ok broadcast 1
        0 invoke read nil
        0 ok read 1
        0 invoke read nil
        0 ok read [1]"),
    case("broadcast", "read", "a message that was never broadcast", "valid", GARBAGE, "
        0 invoke broadcast 1
        0 ok broadcast 1
        0 invoke read nil
        0 ok read [1 77]"),
    case("broadcast", "read", "a message more than once", "valid", REPEATED, "
        0 invoke broadcast 1
        0 ok broadcast 1
        0 invoke read nil
        0 ok read [1 1]"),
    case("broadcast", "read", "a message that is broadcast later", "valid", FUTURE, "
        0 invoke read nil
        0 ok read [1]
        0 invoke broadcast 1
        0 ok broadcast 1
        0 invoke read nil
        0 ok read [1]"),
    case("broadcast", "read", "a message whose broadcast failed", "valid", ABORTED, "
        0 invoke broadcast 1
        0 fail broadcast 1
        0 invoke read nil
        0 ok read [1]"),
    case("g-set", "add", "the acknowledgement of another element", "valid", MISMATCHED, "
        0 invoke add 1
        0 ok add 2
        0 invoke read nil
        0 ok read [1]"),
    case("g-set", "read", "a value that is not a list", "valid", MISMATCHED, r#"
        0 invoke add 1
        0 ok add 1
        0 invoke read nil
        0 ok read "1"
        0 invoke read nil
        0 ok read [1]"#),
    case("g-set", "read", "an element that was never added", "valid", GARBAGE, r#"
        0 invoke add 1
        0 ok add 1
        0 invoke read nil
        0 ok read [1 "1"]"#),
    case("g-set", "read", "an element more than once", "valid", REPEATED, "
        0 invoke add 1
        0 ok add 1
        0 invoke read nil
        0 ok read [1 1]"),
    case("g-set", "read", "an element that is added later", "valid", FUTURE, "
        0 invoke read nil
        1 invoke add 1
        1 ok add 1
        0 ok read [1 2]
        1 invoke add 2
        1 ok add 2
        0 invoke read nil
        0 ok read [2 1]"),
    case("g-set", "read", "an element whose add failed", "valid", ABORTED, "
        0 invoke add 1
        0 fail add 1
        0 invoke read nil
        0 ok read [1]"),
    case("g-counter", "add", "the acknowledgement of another delta", "valid", MISMATCHED, "
        0 invoke add 3
        0 ok add 2
        0 invoke read nil
        0 ok read 2 :final? true"),
    case("g-counter", "read", "a value that is not an integer", "valid", MISMATCHED, r#"
        0 invoke read nil
        0 ok read "0""#),
    case("g-counter", "read", "before the end, an impossible sum", "valid", GARBAGE, "
        0 invoke add 3
        0 info add 3
        1 invoke read nil
        1 ok read 4"),
    case("g-counter", "read", "before the end, a sum of additions that are invoked later", "valid", FUTURE, "
        1 invoke read nil
        1 ok read 3
        0 invoke add 3
        0 info add 3"),
    case("g-counter", "read", "at the end, an impossible sum", "invalid", None, "
        0 invoke add 3
        0 ok add 3
        1 invoke read nil
        1 ok read 4 :final? true"),
    case("pn-counter", "add", "the acknowledgement of another delta", "valid", MISMATCHED, "
        0 invoke add -3
        0 ok add -2
        0 invoke read nil
        0 ok read -2 :final? true"),
    case("pn-counter", "read", "a value that is not an integer", "valid", MISMATCHED, "
        0 invoke read nil
        0 ok read 0.0"),
    case("pn-counter", "read", "before the end, an impossible sum", "valid", GARBAGE, "
        0 invoke add 3
        1 invoke read nil
        1 ok read -1
        0 ok add 3"),
    case("pn-counter", "read", "before the end, a sum of additions that are invoked later", "valid", FUTURE, "
        1 invoke read nil
        1 ok read -3
        0 invoke add -3
        0 ok add -3"),
    case("pn-counter", "read", "at the end, an impossible sum", "invalid", None, "
        0 invoke add -3
        0 ok add -3
        1 invoke read nil
        1 ok read -4 :final? true"),
    case("lin-kv", "read", "null, of a key that has a value", "valid", Some("missing-value"), "
        0 invoke write [1 3]
        0 ok write [1 3]
        0 invoke read [1 nil]
        0 ok read [1 nil]"),
    case("lin-kv", "read", "a value that was never written", "invalid", None, "
        0 invoke write [1 3]
        0 ok write [1 3]
        0 invoke read [1 nil]
        0 ok read [1 4]"),
    case("lin-kv", "write", "the acknowledgement of another value", "valid", MISMATCHED, "
        0 invoke write [1 3]
        0 ok write [1 4]"),
    case("lin-kv", "cas", "the acknowledgement of other values", "valid", MISMATCHED, "
        0 invoke write [1 3]
        0 ok write [1 3]
        0 invoke cas [1 [3 4]]
        0 ok cas [1 [3 5]]"),
    case("kafka", "send", "the offset of another key", "valid", MISMATCHED, r#"
        0 invoke send [[:send "x" 1]]
        0 ok send [[:send "y" [0 1]]]
        0 invoke assign ["y"]
        0 ok assign ["y"]
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"y" [[0 1]]}]]"#),
    case("kafka", "send", "the offset of another message", "valid", MISMATCHED, r#"
        0 invoke send [[:send "x" 1]]
        0 ok send [[:send "x" [0 2]]]
        0 invoke assign ["x"]
        0 ok assign ["x"]
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"x" [[0 2]]}]]"#),
    case("kafka", "send", "a negative offset", "valid", Some("negative-offset"), r#"
        0 invoke send [[:send "x" 1]]
        0 ok send [[:send "x" [-1 1]]]
        0 invoke assign ["x"]
        0 ok assign ["x"]
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"x" [[-1 1]]}]]"#),
    case("kafka", "poll", "a key that was not requested", "valid", UNREQUESTED, r#"
        0 invoke send [[:send "x" 1]]
        0 ok send [[:send "x" [0 1]]]
        0 invoke assign ["y"]
        0 ok assign ["y"]
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"x" [[0 1]]}]]"#),
    case("kafka", "poll", "messages without offsets", "valid", MISMATCHED, r#"
        0 invoke send [[:send "x" 1]]
        0 ok send [[:send "x" [0 1]]]
        0 invoke assign ["x"]
        0 ok assign ["x"]
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"x" [1]}]]
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"x" [[0 1]]}]]"#),
    case("kafka", "poll", "a message that was never sent", "unknown", None, r#"
        0 invoke assign ["x"]
        0 ok assign ["x"]
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"x" [[0 1]]}]]"#),
    case("kafka", "list_committed_offsets", "a key that was not requested", "valid", UNREQUESTED, r#"
        0 invoke send [[:send "x" 1]]
        0 ok send [[:send "x" [0 1]]]
        0 invoke assign ["x"]
        0 ok assign ["x"] :committed-offsets {}
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"x" [[0 1]]}]]
        1 invoke assign ["y"]
        1 ok assign ["y"] :committed-offsets {"x" 0}"#),
    case("kafka", "list_committed_offsets", "an offset that was never committed", "valid", Some("garbage-offset"), r#"
        0 invoke send [[:send "x" 1]]
        0 ok send [[:send "x" [0 1]]]
        0 invoke assign ["x"]
        0 ok assign ["x"] :committed-offsets {"x" 5}
        0 invoke poll [[:poll]]
        0 ok poll [[:poll {"x" [[0 1]]}]]"#),
    case("txn-list-append", "txn", "no micro-operations", "valid", MISMATCHED, "
        0 invoke txn [[:append 1 1]]
        0 ok txn []
        0 invoke txn [[:r 1 nil]]
        0 ok txn []"),
    case("txn-list-append", "txn", "more micro-operations", "valid", MISMATCHED, "
        0 invoke txn [[:append 1 1]]
        0 ok txn [[:append 1 1] [:append 2 1]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 [1]]]"),
    case("txn-list-append", "txn", "other functions", "valid", MISMATCHED, "
        0 invoke txn [[:append 1 1] [:r 2 nil]]
        0 ok txn [[:append 1 1] [:append 2 [1 2]]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 [1]]]"),
    case("txn-list-append", "txn", "other keys", "valid", MISMATCHED, "
        0 invoke txn [[:append 1 1]]
        0 ok txn [[:append 11 1]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 11 [1]]]"),
    case("txn-list-append", "txn", "other written values", "valid", MISMATCHED, "
        0 invoke txn [[:append 1 1]]
        0 ok txn [[:append 1 11]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 [11]]]"),
    case("txn-list-append", "txn", "an element that was never appended", "unknown", None, "
        0 invoke txn [[:append 1 1]]
        0 ok txn [[:append 1 1]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 [1 77]]]"),
    case("txn-list-append", "txn", "an element that is appended later", "invalid", None, "
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 [1]]]
        0 invoke txn [[:append 1 1]]
        0 ok txn [[:append 1 1]]"),
    case("txn-rw-register", "txn", "no micro-operations", "valid", MISMATCHED, "
        0 invoke txn [[:w 1 1]]
        0 ok txn []
        0 invoke txn [[:r 1 nil]]
        0 ok txn []"),
    case("txn-rw-register", "txn", "more micro-operations", "valid", MISMATCHED, "
        0 invoke txn [[:w 1 1]]
        0 ok txn [[:w 1 1] [:w 2 1]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 1]]"),
    case("txn-rw-register", "txn", "other functions", "valid", MISMATCHED, "
        0 invoke txn [[:w 1 1] [:r 2 nil]]
        0 ok txn [[:w 1 1] [:w 2 5]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 1]]"),
    case("txn-rw-register", "txn", "other keys", "valid", MISMATCHED, "
        0 invoke txn [[:w 1 1]]
        0 ok txn [[:w 11 1]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 11 1]]"),
    case("txn-rw-register", "txn", "other written values", "valid", MISMATCHED, "
        0 invoke txn [[:w 1 1]]
        0 ok txn [[:w 1 11]]
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 11]]"),
    case("txn-rw-register", "txn", "a value that was never written", "valid", GARBAGE, "
        0 invoke txn [[:w 1 1]]
        0 ok txn [[:w 1 1]]
        0 invoke txn [[:r 2 nil]]
        0 ok txn [[:r 2 77]]"),
    case("txn-rw-register", "txn", "a value that the transaction itself writes later", "valid", FUTURE, "
        0 invoke txn [[:r 1 nil] [:w 1 1]]
        0 ok txn [[:r 1 1] [:w 1 1]]"),
    case("txn-rw-register", "txn", "a value that another transaction writes later", "invalid", None, "
        0 invoke txn [[:r 1 nil]]
        0 ok txn [[:r 1 1]]
        0 invoke txn [[:w 1 1]]
        0 ok txn [[:w 1 1]]"),
];

impl Case {
    /// Returns the history as EDN, one operation per line.
    pub(crate) fn edn(&self) -> String {
        let lines = self.history.trim().lines().map(|line| {
            let mut words = line.trim().splitn(4, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (process, kind, f, rest) = (word(), word(), word(), word());
            format!("{{:process {process}, :type :{kind}, :f :{f}, :value {rest}}}\n")
        });
        lines.collect()
    }

    fn name(&self) -> String {
        format!("{}: {}", self.workload, self.reply)
    }
}

/// Returns a history as JSON lines.
pub(crate) fn json(history: &History) -> String {
    let lines = history.0.iter().map(|operation| {
        let line = serde_json::to_string(operation).unwrap();
        format!("{line}\n")
    });
    lines.collect()
}

#[test]
fn each_row_has_the_expected_verdict_and_finding_in_edn_and_json() {
    for case in CASES {
        let name = case.name();
        let from_edn =
            History::from_edn(&case.edn()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let from_json = History::from_json(&json(&from_edn)).unwrap();
        let workload = workloads::by_name(case.workload).unwrap();
        for history in [from_edn, from_json] {
            let verdict = workload.check(&Options::default(), &history);
            // Maelstrom fails on a read of a value that was never written; ours reports it as
            // invalid.
            let valid = match case.maelstrom {
                "valid" => Validity::True,
                "invalid" | "unknown" => Validity::False,
                other => panic!("{name}: {other}"),
            };
            assert_eq!(verdict.valid, valid, "{name}: {:?}", verdict.explanation);
            let found: Vec<&str> = verdict.stricter().iter().map(|(name, _)| *name).collect();
            match case.finding {
                Some(finding) => assert_eq!(found, [finding], "{name}"),
                None => assert_eq!(valid, Validity::False, "{name}"),
            }
            assert_eq!(verdict.outcome(false), valid, "{name}");
            assert_eq!(verdict.outcome(true), Validity::False, "{name}");
        }
    }
}

#[test]
fn a_finding_has_a_count_and_examples_with_the_operation() {
    for case in CASES {
        let Some(finding) = case.finding else {
            continue;
        };
        let history = History::from_edn(&case.edn()).unwrap();
        let workload = workloads::by_name(case.workload).unwrap();
        let verdict = workload.check(&Options::default(), &history);
        let stricter = verdict.results.get("stricter").unwrap();
        let Some((_, found)) = as_map(stricter).find(|(name, _)| name.name() == Some(finding))
        else {
            panic!("{stricter}");
        };
        let examples: Vec<_> = found.get("errs").unwrap().items().collect();
        assert_eq!(
            found.get("count").unwrap().to_string(),
            examples.len().to_string()
        );
        for example in examples {
            let operation = example.get("op").unwrap();
            assert!(operation.get("index").is_some(), "{example}");
        }
        assert!(
            verdict
                .explanation
                .iter()
                .any(|text| text.contains(finding)),
            "{:?}",
            verdict.explanation
        );
    }
}

fn as_map(
    value: &mael_history::Value,
) -> impl Iterator<Item = (&mael_history::Value, &mael_history::Value)> {
    match value {
        mael_history::Value::Map(entries) => entries.iter(),
        other => panic!("{other} is not a map"),
    }
}
