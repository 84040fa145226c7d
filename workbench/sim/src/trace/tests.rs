//! Tests traces of runs that are written by hand.

use std::collections::BTreeSet;

use mael_history::History;

use super::*;
use crate::Concurrency;

/// The origin of the history, in milliseconds since the start of the run.
const ORIGIN: u64 = 100;

fn options() -> Options {
    Options {
        nodes: ["n1", "n2", "n3"].map(str::to_owned).into(),
        concurrency: Concurrency::Clients(3),
        ..Options::default()
    }
}

/// Returns an entry of the history at a time in milliseconds.
fn entry(index: usize, time: u64, rest: &str) -> Operation {
    let nanos = time * 1_000_000;
    let text = format!("{{:index {index}, :time {nanos}, {rest}}}");
    History::from_edn(&text).unwrap().0.remove(0)
}

/// Returns a line of the journal at a time of the history in milliseconds.
fn line(time: u64, event: &str, id: u64, route: &str, body: &str) -> String {
    let nanos = (ORIGIN + time) * 1_000_000;
    let (src, dest) = route.split_once(' ').unwrap();
    format!(
        r#"{{"id":0,"time":{nanos},"type":"{event}","message":{{"id":{id},"src":"{src}","dest":"{dest}","body":{body}}}}}"#
    ) + "\n"
}

fn traced(
    options: &Options,
    selection: Selection,
    history: &[Operation],
    journal: &str,
) -> Vec<String> {
    let origin = Duration::from_millis(ORIGIN);
    let run = Recorded {
        options,
        processing_delay: None,
        origin,
        history: history.iter().cloned().map(Ok),
        journal: journal.as_bytes(),
    };
    let mut lines = Vec::new();
    let ending = trace(run, selection, |event| {
        lines.push(event.line(origin));
        ControlFlow::Continue(())
    });
    ending.unwrap();
    lines.iter().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_message_that_never_arrives_is_shown_with_the_reason() {
    let partition =
        r#":type :info, :process :nemesis, :f :start-partition, :value [:isolated {"n2" #{"n1"}}]"#;
    let heal = ":type :info, :process :nemesis, :f :stop-partition, :value nil";
    let history = [entry(0, 10, partition), entry(1, 8000, heal)];
    let body = r#"{"type":"x"}"#;
    let journal = [
        line(5, "send", 1, "n1 n3", body),
        line(7, "recv", 1, "n1 n3", body),
        line(20, "send", 2, "n1 n2", body),
        line(30, "send", 3, "n2 n1", body),
        line(7_900, "send", 4, "n1 n2", body),
        line(9_900, "send", 5, "n2 n1", body),
        line(10_000, "send", 6, "n1 n3", body),
    ]
    .concat();
    let options = Options {
        loss: 0.1,
        ..options()
    };
    let lines = traced(&options, Selection::default(), &history, &journal);
    assert_eq!(
        lines,
        [
            "5.000 ms    n1 -> n3: x [delivered after 2.000 ms]",
            "10.000 ms  ** partition: n2 receives nothing from n1",
            "20.000 ms    n1 -> n2: x [NOT DELIVERED: partitioned]",
            "30.000 ms    n2 -> n1: x [NOT DELIVERED: lost]",
            "7900.000 ms    n1 -> n2: x [NOT DELIVERED: lost or partitioned]",
            "8000.000 ms  ** all links are healed",
            "9900.000 ms    n2 -> n1: x [NOT DELIVERED: the run ended before]",
            "10000.000 ms    n1 -> n3: x [NOT DELIVERED: the run ended before]",
        ]
    );
}

#[test]
fn messages_to_nodes_that_are_down_or_paused_are_marked() {
    let done = |f, done| format!(":type :info, :process :nemesis, :f :{f}, :value {done}");
    let history = [
        entry(0, 10, &done("kill", r#"{"n1" :killed}"#)),
        entry(1, 10, &done("pause", r#"{"n2" :paused}"#)),
        entry(2, 10, &done("kill", "{}")),
    ];
    let body = r#"{"type":"x"}"#;
    let journal = [
        line(20, "send", 1, "c5 n1", body),
        line(21, "recv", 1, "c5 n1", body),
        line(30, "send", 2, "n3 n1", body),
        line(31, "recv", 2, "n3 n1", body),
        line(40, "send", 3, "n3 n2", body),
        line(41, "recv", 3, "n3 n2", body),
        line(50, "send", 4, "c5 n3", body),
        line(51, "recv", 4, "c5 n3", body),
    ]
    .concat();
    let lines = traced(&options(), Selection::default(), &history, &journal);
    assert_eq!(
        lines,
        [
            "10.000 ms  ** n1 is killed",
            "10.000 ms  ** n2 is paused",
            "10.000 ms  ** kill: no node is chosen",
            "21.000 ms    c5 -> n1: x [delivered now, but the receiver is DOWN]",
            "30.000 ms    n3 -> n1: x [delivered after 1.000 ms, but the receiver is DOWN]",
            "40.000 ms    n3 -> n2: x [delivered after 1.000 ms, while the receiver is paused]",
        ]
    );
}

#[test]
fn an_operation_is_shown_with_the_messages_that_follow_from_it() {
    let history = [
        entry(0, 0, ":type :invoke, :process 0, :f :read, :value 1"),
        entry(1, 1, ":type :invoke, :process 1, :f :read, :value 2"),
        entry(2, 20, ":type :ok, :process 0, :f :read, :value 1"),
        entry(3, 30, ":type :ok, :process 1, :f :read, :value 2"),
    ];
    let both = |time, id, route, body| {
        line(time, "send", id, route, body) + &line(time + 1, "recv", id, route, body)
    };
    let journal = [
        both(0, 0, "c8 n1", r#"{"type":"read","msg_id":1}"#),
        // Nothing has caused this.
        both(2, 1, "n3 n1", r#"{"type":"gossip"}"#),
        both(2, 2, "c9 n2", r#"{"type":"read","msg_id":1}"#),
        both(4, 3, "n1 lin-kv", r#"{"type":"read","key":1,"msg_id":7}"#),
        // Another node asks the same service.
        both(5, 4, "n2 lin-kv", r#"{"type":"read","key":1,"msg_id":7}"#),
        both(6, 5, "lin-kv n2", r#"{"type":"ok","in_reply_to":7}"#),
        both(7, 6, "lin-kv n1", r#"{"type":"ok","in_reply_to":7}"#),
        both(9, 7, "n1 n3", r#"{"type":"spread"}"#),
        both(11, 8, "n3 n2", r#"{"type":"spread"}"#),
        both(19, 9, "n1 c8", r#"{"type":"read_ok","in_reply_to":1}"#),
        both(21, 10, "n2 n3", r#"{"type":"late"}"#),
        both(29, 11, "n2 c9", r#"{"type":"read_ok","in_reply_to":1}"#),
    ]
    .concat();
    let shown = |index| {
        let found = SelectedOperation::find(history.iter().cloned().map(Ok), index);
        let selection = Selection {
            operation: found.unwrap(),
            ..Selection::default()
        };
        assert!(selection.operation.is_some());
        let lines = traced(&options(), selection, &history, &journal);
        let what = |line: &String| {
            let text = line.split_once(" ms").unwrap().1.trim();
            text.split(" [").next().unwrap().to_owned()
        };
        lines.iter().map(what).collect::<Vec<_>>()
    };
    let expected = [
        "process 0 -> n1: invoke read 1",
        "c8 -> n1: read",
        "n1 -> lin-kv: read key 1",
        "lin-kv -> n1: ok",
        "n1 -> n3: spread",
        "n3 -> n2: spread",
        "n1 -> c8: read_ok",
        "process 0: ok read 1",
    ];
    assert_eq!(shown(0), expected);
    assert_eq!(shown(2), expected);
    let other: BTreeSet<String> = shown(3).into_iter().collect();
    assert!(other.contains("c9 -> n2: read") && other.contains("n2 -> c9: read_ok"));
    assert!(!other.contains("c8 -> n1: read") && !other.contains("n1 -> n3: spread"));
    let none = SelectedOperation::find(history.iter().cloned().map(Ok), 4);
    assert!(none.unwrap().is_none());
}

#[test]
fn times_and_nodes_are_selected() {
    let invoke =
        |process, node| format!(":type :invoke, :process {process}, :f :add, :value {node}");
    let history = [
        entry(0, 0, &invoke(0, 1)),
        entry(1, 10, &invoke(1, 2)),
        entry(2, 20, &invoke(2, 3)),
    ];
    let body = r#"{"type":"x"}"#;
    let mut events = Vec::new();
    for ((time, route), id) in [(5, "n1 n2"), (15, "n2 n3"), (25, "n3 n1")]
        .into_iter()
        .zip(0..)
    {
        for (time, event) in [(time, "send"), (time + 30, "recv")] {
            events.push((time, line(time, event, id, route, body)));
        }
    }
    events.sort();
    let journal: String = events.into_iter().map(|(_, line)| line).collect();
    let times = |selection| {
        let lines = traced(&options(), selection, &history, &journal);
        let time = |line: &String| line.split('.').next().unwrap().parse().unwrap();
        lines.iter().map(time).collect::<Vec<u64>>()
    };
    let between = Selection {
        from: Duration::from_millis(5),
        to: Some(Duration::from_millis(15)),
        ..Selection::default()
    };
    assert_eq!(times(between), [5, 10, 15]);
    let of_n2 = Selection {
        nodes: ["n2".to_owned()].into(),
        ..Selection::default()
    };
    assert_eq!(times(of_n2), [5, 10, 15]);
}

#[test]
fn text_of_nodes_cannot_control_a_terminal() {
    let body = r#"{"type":"x\u001b[2J","field":"a\nb\u009b"}"#;
    let journal = line(5, "send", 1, "n1 n3", body);
    let lines = traced(&options(), Selection::default(), &[], &journal);
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].contains(char::is_control), "{lines:?}");
    assert!(lines[0].contains("\\u{1b}[2J"), "{lines:?}");
}

#[test]
fn an_incomplete_last_line_is_left_out_and_reported() {
    let complete = line(5, "send", 1, "n1 n3", r#"{"type":"x"}"#);
    let journal = complete.clone() + &complete[..30];
    let options = options();
    let run = |journal: &'static str| Recorded {
        options: &options,
        processing_delay: None,
        origin: Duration::ZERO,
        history: std::iter::empty(),
        journal: journal.as_bytes(),
    };
    let ending = |journal: String| {
        let nothing = |_| ControlFlow::Continue(());
        trace(run(journal.leak()), Selection::default(), nothing)
    };
    assert!(ending(journal).unwrap().within_line);
    assert!(!ending(complete.clone()).unwrap().within_line);
    let error = ending(complete + "{}\n").unwrap_err().to_string();
    assert!(
        error.starts_with("line 2 of the journal is not a message"),
        "{error}"
    );
}
