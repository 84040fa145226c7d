//! Tests the hints in reports on nodes that do not reply to requests, or whose output Maelstrom
//! does not tolerate.

use std::thread;

use mael::prelude::*;
use mael_sim::engine::Hint;
use mael_sim::simulation::{Simulated, secs};
use mael_sim::{simulate, workloads};
use mael_tests::{Finished, mael_command, run};

use crate::NODE;

/// Texts that identify each kind of hint in a report.
const NO_LINE_END: &str = "without a line end";
const CLOSED_STDOUT: &str = "closed its stdout";
const CLOSED_STDIN: &str = "closed its stdin";
const UNREAD: &str = "did not read its stdin";
const UNFLUSHED: &str = "only when its stdin was closed";
const SILENT: &str = "wrote nothing to stdout";
const NO_INTEGER: &str = "`in_reply_to` is not an integer";
const NO_IN_REPLY_TO: &str = "without `in_reply_to`";
const OTHER_SOURCE: &str = "with another node's name as `src`";
const SWAPPED: &str = "are `src` and `dest` swapped?";
const SAME_LINE: &str = "on the same line";
const NO_MESSAGE: &str = "malformed line";
const UNKNOWN_KEY: &str = "whose envelope has more";
const UNKNOWN_NAME: &str = "an unknown name";
const CLIENT_GONE: &str = "to clients that had left";
const NOT_READ_AGAIN: &str = "note: Maelstrom stops reading from n0 after the first of these";

const ALL: [&str; 16] = [
    NO_LINE_END,
    CLOSED_STDOUT,
    CLOSED_STDIN,
    UNREAD,
    UNFLUSHED,
    SILENT,
    NO_INTEGER,
    NO_IN_REPLY_TO,
    OTHER_SOURCE,
    SWAPPED,
    SAME_LINE,
    NO_MESSAGE,
    UNKNOWN_KEY,
    UNKNOWN_NAME,
    CLIENT_GONE,
    NOT_READ_AGAIN,
];

/// Tests the misbehaving node as a key-value store, whose clients time out after one second.
fn test(mode: &str) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    run(mael_command(folder.path())
        .args(["test", "-w", "lin-kv", "--bin", NODE, "--node-count", "1"])
        .args([
            "--concurrency",
            "2n",
            "--rate",
            "20",
            "--time-limit",
            "2",
            mode,
        ]))
}

/// Runs the node in each of these modes concurrently, and asserts that each report has exactly
/// these hints.
fn assert_hints(cases: &[(&str, &[&str])]) {
    thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|(mode, _)| scope.spawn(|| test(mode)))
            .collect();
        for ((mode, expected), finished) in cases.iter().zip(running) {
            let finished = finished.join().unwrap();
            let text = finished.text();
            for marker in ALL {
                let has = text.contains(marker);
                assert_eq!(
                    has,
                    expected.contains(&marker),
                    "{mode}: {marker:?} in\n{text}"
                );
            }
        }
    });
}

#[test]
fn each_hint_is_shown_only_if_it_applies() {
    assert_hints(&[
        ("correct", &[]),
        ("no-newline", &[NO_LINE_END]),
        ("newline-first", &[NO_LINE_END, NO_MESSAGE, NOT_READ_AGAIN]),
        ("two-on-a-line", &[SAME_LINE]),
        ("unflushed", &[UNFLUSHED]),
        ("closes-stdout", &[CLOSED_STDOUT]),
        ("closes-stdin", &[CLOSED_STDIN]),
        ("stops-reading", &[UNREAD]),
        ("float-in-reply-to", &[NO_INTEGER]),
        ("string-in-reply-to", &[NO_INTEGER]),
        ("no-in-reply-to", &[NO_IN_REPLY_TO]),
        ("swapped", &[OTHER_SOURCE, SWAPPED]),
    ]);
}

#[test]
fn nodes_whose_replies_all_arrive_have_no_hints() {
    assert_hints(&[
        ("trailing-text", &[]),
        ("as-a-service", &[]),
        ("string-msg-id", &[]),
    ]);
}

#[test]
fn output_that_maelstrom_does_not_tolerate_is_noted_even_if_all_replies_arrive() {
    assert_hints(&[
        ("unknown-key", &[UNKNOWN_KEY, NOT_READ_AGAIN]),
        ("float-id", &[UNKNOWN_KEY, NOT_READ_AGAIN]),
        ("unknown-dest", &[UNKNOWN_NAME, NOT_READ_AGAIN]),
        // The source is unknown, and is not the node's own name.
        ("unknown-src", &[UNKNOWN_NAME, NOT_READ_AGAIN]),
        ("blank-line", &[NO_MESSAGE, NOT_READ_AGAIN]),
    ]);
}

#[test]
fn nodes_that_do_not_reply_to_init_have_hints_too() {
    // Each run waits 10 s for the reply.
    assert_hints(&[
        ("no-reply-to-init", &[SILENT]),
        ("unflushed-init", &[UNFLUSHED]),
        ("no-newline-init", &[NO_LINE_END]),
    ]);
}

/// Replies to every third request after its client has timed out.
#[node]
struct Late {
    count: Cell<u64>,
}

#[handlers]
impl Late {
    #[handler(type = "echo", reply = "echo", deadline_ms = 60_000)]
    async fn echo(&self, echo: String) -> String {
        self.count.set(self.count.get() + 1);
        if self.count.get().is_multiple_of(3) {
            mael::time::sleep(mael::time::Duration::from_secs(7)).await;
        }
        echo
    }
}

fn hints(run: &Simulated) -> Vec<(&str, Hint)> {
    let hints = run.record.hints.iter();
    hints
        .flat_map(|(node, hints)| hints.keys().map(|hint| (node.as_str(), *hint)))
        .collect()
}

#[test]
fn a_reply_to_a_client_that_has_left_is_a_hint_in_simulation() {
    let simulation = simulate::<Late>(workloads::Echo)
        .nodes(1)
        .rate(2.0)
        .time_limit(secs(20));
    assert_eq!(hints(&simulation.run_seed(1)), [("n0", Hint::ClientGone)]);
}

/// A Kafka node whose offsets are not integers.
#[node]
struct Floating;

#[handlers]
impl Floating {
    #[handler(reply = "offset")]
    fn send(&self) -> f64 {
        1.0
    }

    #[handler(reply = "msgs")]
    fn poll(&self, offsets: BTreeMap<String, u64>) -> BTreeMap<String, Vec<(f64, u64)>> {
        let log = |(key, _)| (key, vec![(2.5, 7)]);
        offsets.into_iter().map(log).collect()
    }

    #[handler]
    fn commit_offsets(&self) {}

    #[handler(reply = "offsets")]
    fn list_committed_offsets(&self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }
}

#[test]
fn malformed_fields_are_named_by_their_path() {
    let simulation = simulate::<Floating>(workloads::Kafka)
        .nodes(1)
        .rate(20.0)
        .time_limit(secs(10));
    let run = simulation.run_seed(1);
    assert_eq!(hints(&run), []);
    let errors = run.record.history.completions();
    let errors: BTreeSet<String> = errors
        .filter_map(|end| end.error.as_ref().map(ToString::to_string))
        .collect();
    let errors = errors.into_iter().collect::<Vec<_>>().join("\n");
    for path in ["`offset`: ", "`msgs.", "[0][0]`: "] {
        assert!(errors.contains(path), "{path} in\n{errors}");
    }
}
