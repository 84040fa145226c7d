//! What is a result of an operation, and what is not.

use std::collections::VecDeque;

use mael::prelude::*;
use mael_history::Kind::{Fail, Info, Invoke, Ok};
use mael_history::Validity;
use mael_sim::declared::specified_by;
use mael_sim::specification;
use mael_sim::workloads::Workload;

use super::{edn, judge_by, read};

/// A queue, as one machine would keep it.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Queue {
    items: RefCell<VecDeque<i64>>,
}

#[specification]
#[handlers]
impl Queue {
    #[handler(type = "enqueue")]
    fn enqueue(&self, #[draw(unique)] value: i64) {
        self.items.borrow_mut().push_back(value);
    }

    #[handler(type = "dequeue", reply = "value")]
    fn dequeue(&self) -> mael::Result<i64> {
        let first = self.items.borrow_mut().pop_front();
        first.ok_or_else(|| Error::key_does_not_exist("the queue is empty"))
    }

    /// All items by their place.
    #[handler(type = "list", reply("places", "first"), read_only)]
    fn list(&self) -> (BTreeMap<u64, i64>, Option<i64>) {
        let items = self.items.borrow();
        let places = (0..).zip(items.iter().copied()).collect();
        (places, items.front().copied())
    }
}

const EMPTY: &str = "[:key-does-not-exist \"empty\"]";

#[test]
fn an_error_that_speaks_of_the_state_is_a_result() {
    for (valid, history) in [
        (
            true,
            vec![(0, Invoke, "dequeue", "nil"), (0, Fail, "dequeue", EMPTY)],
        ),
        // The queue is not empty.
        (
            false,
            vec![
                (0, Invoke, "enqueue", "1"),
                (0, Ok, "enqueue", "1"),
                (0, Invoke, "dequeue", "nil"),
                (0, Fail, "dequeue", EMPTY),
            ],
        ),
        // An error that depends on the state, but not the one that the specification returns.
        (
            false,
            vec![
                (0, Invoke, "dequeue", "nil"),
                (0, Fail, "dequeue", "[:precondition-failed \"\"]"),
            ],
        ),
        // A definite error that does not depend on the state: the operation had no effect.
        (
            true,
            vec![
                (0, Invoke, "enqueue", "1"),
                (0, Ok, "enqueue", "1"),
                (0, Invoke, "dequeue", "nil"),
                (0, Fail, "dequeue", "[:temporarily-unavailable \"\"]"),
                (0, Invoke, "dequeue", "nil"),
                (0, Ok, "dequeue", "1"),
            ],
        ),
    ] {
        let verdict = judge_by::<Queue>(&history);
        assert_eq!(verdict.valid, Validity::from(valid), "{history:?}");
    }
}

#[test]
fn an_operation_of_unknown_outcome_may_have_taken_effect_or_not() {
    for value in ["1", "2"] {
        let history = [
            (0, Invoke, "enqueue", "1"),
            (0, Info, "enqueue", "1"),
            (1, Invoke, "enqueue", "2"),
            (1, Ok, "enqueue", "2"),
            (1, Invoke, "dequeue", "nil"),
            (1, Ok, "dequeue", value),
        ];
        assert_eq!(judge_by::<Queue>(&history).valid, Validity::True, "{value}");
    }
}

#[test]
fn replies_are_compared_as_values() {
    for (valid, reply) in [
        (true, "{:places {\"1\" 8, \"0\" 7}, :first 7}"),
        (true, "{\"first\" 7, \"places\" {\"0\" 7, \"1\" 8}}"),
        (false, "{:places {\"0\" 7}, :first 7}"),
        (false, "{:places {\"0\" 7, \"1\" 8}, :first nil}"),
    ] {
        let history = [
            (0, Invoke, "enqueue", "7"),
            (0, Ok, "enqueue", "7"),
            (0, Invoke, "enqueue", "8"),
            (0, Ok, "enqueue", "8"),
            (0, Invoke, "list", "nil"),
            (0, Ok, "list", reply),
        ];
        let verdict = judge_by::<Queue>(&history);
        assert_eq!(verdict.valid, Validity::from(valid), "{reply}");
    }
}

#[test]
fn the_explanation_shows_the_state_before() {
    let history = [
        (0, Invoke, "enqueue", "7"),
        (0, Ok, "enqueue", "7"),
        (0, Invoke, "dequeue", "nil"),
        (0, Ok, "dequeue", "8"),
    ];
    let verdict = judge_by::<Queue>(&history);
    assert_eq!(verdict.valid, Validity::False);
    let text = &verdict.explanation[0];
    assert!(text.contains("dequeue 8 of operation 3"), "{text}");
    assert!(text.contains("Queue { items: [7] }"), "{text}");
}

#[test]
fn what_the_specification_does_not_have_is_not_understood() {
    for history in [
        vec![(0, Invoke, "push", "7"), (0, Ok, "push", "7")],
        vec![(0, Invoke, "enqueue", "\"seven\"")],
        vec![(0, Invoke, "dequeue", "nil"), (0, Ok, "dequeue", "[1]")],
    ] {
        let verdict = judge_by::<Queue>(&history);
        assert_eq!(verdict.valid, Validity::Unknown, "{history:?}");
        let coverage = specified_by::<Queue>().coverage(&read(&history));
        assert_eq!((coverage.judged, coverage.refused), (0, 1), "{history:?}");
    }
}

#[test]
fn failed_operations_that_are_results_are_judged() {
    let history = [
        (0, Invoke, "dequeue", "nil"),
        (0, Fail, "dequeue", EMPTY),
        (0, Invoke, "dequeue", "nil"),
        (0, Fail, "dequeue", "[:abort \"\"]"),
    ];
    let coverage = specified_by::<Queue>().coverage(&read(&history));
    assert_eq!((coverage.judged, coverage.unknown), (1, 1));
}

#[test]
fn values_of_several_fields_are_maps() {
    assert_eq!(edn("{:a 1}").get("a"), Some(&1.into()));
    let history = [
        (0, Invoke, "list", "nil"),
        (0, Ok, "list", "{:places {}, :first nil}"),
    ];
    assert_eq!(judge_by::<Queue>(&history).valid, Validity::True);
}
