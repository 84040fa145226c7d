//! Tests that correct histories have no findings: indefinite, concurrent, stale and incomplete
//! operations are not findings.

use mael_history::History;
use mael_sim::{Options, workloads};

/// Asserts that a history has no findings, in EDN and in JSON.
fn assert_no_findings(workload: &str, edn: &str) {
    let history = History::from_edn(edn).unwrap();
    let json = crate::stricter::histories::json(&history);
    for history in [history, History::from_json(&json).unwrap()] {
        let workload = workloads::by_name(workload).unwrap();
        let verdict = workload.check(&Options::default(), &history);
        assert!(verdict.stricter().is_empty(), "{:?}", verdict.explanation);
    }
}

#[test]
fn an_element_added_with_an_indefinite_outcome_may_be_read() {
    for (workload, add) in [("broadcast", "broadcast"), ("g-set", "add")] {
        assert_no_findings(
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
fn an_element_added_during_a_read_is_not_a_future_read() {
    assert_no_findings(
        "g-set",
        "{:process 0 :type :invoke :f :read :value nil}
         {:process 1 :type :invoke :f :add :value 1}
         {:process 0 :type :ok :f :read :value #{1}}
         {:process 1 :type :info :f :add :value 1}",
    );
}

#[test]
fn an_element_added_again_after_a_failure_may_be_read() {
    assert_no_findings(
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
fn a_stale_sum_is_not_a_finding() {
    assert_no_findings(
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
fn a_read_of_nil_is_not_a_finding_until_the_key_definitely_has_a_value() {
    assert_no_findings(
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
fn a_read_of_nil_is_not_a_finding_if_nil_was_written() {
    assert_no_findings(
        "lin-kv",
        "{:process 0 :type :invoke :f :write :value [1 3]}
         {:process 0 :type :ok :f :write :value [1 3]}
         {:process 1 :type :invoke :f :write :value [1 nil]}
         {:process 0 :type :invoke :f :read :value [1 nil]}
         {:process 0 :type :ok :f :read :value [1 nil]}",
    );
}

#[test]
fn indefinite_and_failed_transactions_need_no_reply() {
    for workload in ["txn-list-append", "txn-rw-register"] {
        assert_no_findings(
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
fn a_value_written_during_a_read_is_not_a_future_read() {
    assert_no_findings(
        "txn-rw-register",
        "{:process 0 :type :invoke :f :txn :value [[:r 1 nil]]}
         {:process 1 :type :invoke :f :txn :value [[:w 1 1]]}
         {:process 0 :type :ok :f :txn :value [[:r 1 1]]}
         {:process 1 :type :info :f :txn :value [[:w 1 1]]}",
    );
}

#[test]
fn logs_may_be_polled_if_the_assignment_is_unknown() {
    // Without assignments, after a subscription, and after a failed assignment.
    for assignment in [
        "",
        "{:process 1 :type :invoke :f :subscribe :value [:y]}
         {:process 1 :type :ok :f :subscribe :value [:y]}",
        "{:process 1 :type :invoke :f :assign :value [:x]}
         {:process 1 :type :fail :f :assign :value [:x]}",
    ] {
        assert_no_findings(
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
    assert_no_findings(
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
