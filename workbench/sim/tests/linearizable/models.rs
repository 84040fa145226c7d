//! Tests the named models on histories in EDN and JSON.

use mael_checkers::linearizable::{MEMORY, NamedModel};
use mael_history::{History, Validity};

/// Checks operations such as `0 ok enqueue 1` or `0 invoke enqueue 1` in both formats.
fn judge(model: &str, operations: &[&str]) -> Validity {
    let lines = operations.iter().map(|line| {
        let [process, kind, f, value] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line} must have four words");
        };
        (
            format!("{{:process {process}, :type :{kind}, :f :{f}, :value {value}}}\n"),
            format!(
                "{{\"process\": {process}, \"type\": \"{kind}\", \"f\": \"{f}\", \"value\": {}}}\n",
                value.replace("nil", "null").replace(' ', ", ")
            ),
        )
    });
    let (edn, json): (String, String) = lines.unzip();
    let model = NamedModel::by_name(model).unwrap();
    let judged = [
        History::from_edn(&edn).unwrap(),
        History::from_json(&json).unwrap(),
    ]
    .map(|history| model.check(&history, MEMORY).valid);
    assert_eq!(judged[0], judged[1], "{operations:?}");
    judged[0]
}

/// Checks consecutive operations.
fn sequence(model: &str, operations: &[&str]) -> Validity {
    let both = operations.iter().flat_map(|operation| {
        let (f, value) = operation.split_once(' ').unwrap();
        [
            format!(
                "0 invoke {f} {}",
                if f == "dequeue" { "nil" } else { value }
            ),
            format!("0 ok {f} {value}"),
        ]
    });
    let both: Vec<String> = both.collect();
    judge(model, &both.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_register_of_one_object_needs_no_keys() {
    for model in ["register", "cas-register", "observed-cas-register"] {
        assert_eq!(
            sequence(model, &["write 1", "read 1", "cas [1 2]", "read 2"]),
            Validity::True
        );
        assert_eq!(sequence(model, &["write 1", "read 2"]), Validity::False);
        assert_eq!(sequence(model, &["write 1", "add 2"]), Validity::Unknown);
    }
}

#[test]
fn in_an_observed_cas_register_a_failed_cas_observes_another_value() {
    let failed = |before: &[&'static str]| {
        let mut operations = before.to_vec();
        operations.extend(["1 invoke cas [1 2]", "1 fail cas [1 2]"]);
        operations
    };
    let same = failed(&["0 invoke write 1", "0 ok write 1"]);
    let other = failed(&["0 invoke write 3", "0 ok write 3"]);
    let mut concurrent = failed(&["0 invoke write 1"]);
    concurrent.push("0 ok write 1");
    let unknown = failed(&[
        "0 invoke write 1",
        "0 ok write 1",
        "2 invoke write 4",
        "2 info write 4",
    ]);
    for (operations, observed) in [
        (same, Validity::False),
        (other, Validity::True),
        (concurrent, Validity::True),
        (unknown, Validity::True),
    ] {
        assert_eq!(judge("observed-cas-register", &operations), observed);
        assert_eq!(judge("cas-register", &operations), Validity::True);
    }
}

#[test]
fn a_mutex_has_one_holder_at_a_time() {
    let valid = ["acquire nil", "release nil", "acquire nil"];
    assert_eq!(sequence("mutex", &valid), Validity::True);
    assert_eq!(
        sequence("mutex", &["acquire nil", "acquire nil"]),
        Validity::False
    );
    assert_eq!(sequence("mutex", &["release nil"]), Validity::False);
    // A release of unknown outcome explains the second acquisition.
    let released = [
        "0 invoke acquire nil",
        "0 ok acquire nil",
        "0 invoke release nil",
        "0 info release nil",
        "1 invoke acquire nil",
        "1 ok acquire nil",
    ];
    assert_eq!(judge("mutex", &released), Validity::True);
}

#[test]
fn a_queue_returns_each_element_once() {
    let ordered = ["enqueue 1", "enqueue 2", "dequeue 1", "dequeue 2"];
    let reversed = ["enqueue 1", "enqueue 2", "dequeue 2", "dequeue 1"];
    let twice = ["enqueue 1", "dequeue 1", "dequeue 1"];
    let invented = ["enqueue 1", "dequeue 2"];
    for (operations, fifo, unordered) in [
        (&ordered[..], Validity::True, Validity::True),
        (&reversed, Validity::False, Validity::True),
        (&twice, Validity::False, Validity::False),
        (&invented, Validity::False, Validity::False),
    ] {
        assert_eq!(sequence("fifo-queue", operations), fifo);
        assert_eq!(sequence("unordered-queue", operations), unordered);
    }
    // Concurrent enqueues may take effect in either order.
    let concurrent = [
        "0 invoke enqueue 1",
        "1 invoke enqueue 2",
        "0 ok enqueue 1",
        "1 ok enqueue 2",
        "0 invoke dequeue nil",
        "0 ok dequeue 2",
    ];
    assert_eq!(judge("fifo-queue", &concurrent), Validity::True);
    // A dequeue of unknown outcome removed the oldest element of a FIFO queue, or any element of an
    // unordered queue.
    let unknown = [
        "0 invoke enqueue 1",
        "0 ok enqueue 1",
        "0 invoke enqueue 2",
        "0 ok enqueue 2",
        "1 invoke dequeue nil",
        "0 invoke dequeue nil",
        "0 ok dequeue 2",
    ];
    assert_eq!(judge("fifo-queue", &unknown), Validity::True);
    assert_eq!(judge("unordered-queue", &unknown), Validity::Unknown);
}
