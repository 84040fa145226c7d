//! Right histories have no findings: what is unknown, concurrent, stale or cut off is no lie.

use mael_history::History;
use mael_sim::{Options, workloads};

/// Asserts that a history has no findings, in EDN and in JSON.
fn right(workload: &str, edn: &str) {
    let history = History::from_edn(edn).unwrap();
    let json = crate::stricter::histories::json(&history);
    for history in [history, History::from_json(&json).unwrap()] {
        let workload = workloads::by_name(workload).unwrap();
        let verdict = workload.check(&Options::default(), &history);
        assert!(verdict.stricter().is_empty(), "{:?}", verdict.explanation);
    }
}

#[test]
fn what_is_added_with_unknown_outcome_may_be_read() {
    for (workload, add) in [("broadcast", "broadcast"), ("g-set", "add")] {
        right(
            workload,
            &format!(
                "{{:process 0 :type :invoke :f :{add} :value 1}}
                 {{:process 0 :type :info :f :{add} :value 1}}
                 {{:process 1 :type :invoke :f :{add} :value 2}}
                 {{:process 2 :type :invoke :f :read :value nil}}
                 {{:process 2 :type :ok :f :read :value [2 1]}}"
            ),
        );
    }
}

#[test]
fn an_element_that_is_added_while_it_is_read_is_no_future_read() {
    right(
        "g-set",
        "{:process 0 :type :invoke :f :read :value nil}
         {:process 1 :type :invoke :f :add :value 1}
         {:process 0 :type :ok :f :read :value #{1}}
         {:process 1 :type :info :f :add :value 1}",
    );
}

#[test]
fn an_element_that_is_added_again_after_a_failure_may_be_read() {
    right(
        "broadcast",
        "{:process 0 :type :invoke :f :broadcast :value 1}
         {:process 0 :type :fail :f :broadcast :value 1}
         {:process 0 :type :invoke :f :broadcast :value 1}
         {:process 0 :type :ok :f :broadcast :value 1}
         {:process 0 :type :invoke :f :read :value nil}
         {:process 0 :type :ok :f :read :value [1]}",
    );
}

#[test]
fn a_stale_sum_is_no_lie() {
    right(
        "pn-counter",
        "{:process 0 :type :invoke :f :add :value 3}
         {:process 0 :type :ok :f :add :value 3}
         {:process 1 :type :invoke :f :add :value -5}
         {:process 2 :type :invoke :f :read :value nil}
         {:process 2 :type :ok :f :read :value -5}
         {:process 2 :type :invoke :f :read :value nil}
         {:process 2 :type :ok :f :read :value 0}
         {:process 1 :type :info :f :add :value -5}",
    );
}

#[test]
fn a_read_of_nil_is_right_until_the_key_certainly_has_a_value() {
    right(
        "lin-kv",
        "{:process 0 :type :invoke :f :read :value [1 nil]}
         {:process 1 :type :invoke :f :write :value [1 3]}
         {:process 1 :type :ok :f :write :value [1 3]}
         {:process 0 :type :ok :f :read :value [1 nil]}
         {:process 2 :type :invoke :f :write :value [2 3]}
         {:process 2 :type :info :f :write :value [2 3]}
         {:process 0 :type :invoke :f :read :value [2 nil]}
         {:process 0 :type :ok :f :read :value [2 nil]}",
    );
}

#[test]
fn a_read_of_nil_is_right_where_nil_is_written() {
    right(
        "lin-kv",
        "{:process 0 :type :invoke :f :write :value [1 3]}
         {:process 0 :type :ok :f :write :value [1 3]}
         {:process 1 :type :invoke :f :write :value [1 nil]}
         {:process 0 :type :invoke :f :read :value [1 nil]}
         {:process 0 :type :ok :f :read :value [1 nil]}",
    );
}

#[test]
fn transactions_with_unknown_outcome_and_failed_ones_need_no_reply() {
    for workload in ["txn-list-append", "txn-rw-register"] {
        right(
            workload,
            "{:process 0 :type :invoke :f :txn :value [[:r 1 nil]]}
             {:process 0 :type :info :f :txn :value nil}
             {:process 1 :type :invoke :f :txn :value [[:r 1 nil]]}
             {:process 1 :type :fail :f :txn :value [[:r 1 nil] [:r 2 nil]]}
             {:process 2 :type :invoke :f :txn :value [[:r 1 nil]]}",
        );
    }
}

#[test]
fn a_value_that_is_written_while_it_is_read_is_no_future_read() {
    right(
        "txn-rw-register",
        "{:process 0 :type :invoke :f :txn :value [[:r 1 nil]]}
         {:process 1 :type :invoke :f :txn :value [[:w 1 1]]}
         {:process 0 :type :ok :f :txn :value [[:r 1 1]]}
         {:process 1 :type :info :f :txn :value [[:w 1 1]]}",
    );
}

#[test]
fn logs_may_be_polled_where_it_is_not_known_what_is_assigned() {
    // Without assignments, after a subscription, and after an assignment with unknown outcome.
    for assignment in [
        "",
        "{:process 1 :type :invoke :f :subscribe :value [:y]}
         {:process 1 :type :ok :f :subscribe :value [:y]}",
        "{:process 1 :type :invoke :f :assign :value [:x]}
         {:process 1 :type :fail :f :assign :value [:x]}",
    ] {
        right(
            "kafka",
            &format!(
                "{{:process 0 :type :invoke :f :send :value [[:send :x 1]]}}
                 {{:process 0 :type :ok :f :send :value [[:send :x [0 1]]]}}
                 {assignment}
                 {{:process 1 :type :invoke :f :poll :value [[:poll]]}}
                 {{:process 1 :type :ok :f :poll :value [[:poll {{:x [[0 1]]}}]]}}"
            ),
        );
    }
}

#[test]
fn an_offset_may_be_committed_by_a_poll_that_failed() {
    right(
        "kafka",
        r#"{:process 0 :type :invoke :f :send :value [[:send "x" 1]]}
           {:process 0 :type :ok :f :send :value [[:send "x" [0 1]]]}
           {:process 0 :type :invoke :f :assign :value ["x"]}
           {:process 0 :type :ok :f :assign :value ["x"] :committed-offsets {}}
           {:process 0 :type :invoke :f :poll :value [[:poll]]}
           {:process 0 :type :info :f :poll :value [[:poll]]}
           {:process 1 :type :invoke :f :assign :value ["x"]}
           {:process 1 :type :ok :f :assign :value ["x"] :committed-offsets {"x" 0}}"#,
    );
}
