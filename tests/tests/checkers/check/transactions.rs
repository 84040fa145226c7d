//! Tests transactions in the notations that Elle accepts.

use super::run_check;

#[test]
fn a_transaction_may_omit_its_function() {
    let valid = "{:process 1, :type :invoke, :value [[:append :x 1]]}
                 {:process 1, :type :ok, :value [[:append :x 1]]}
                 {:process 2, :type :invoke, :value [[:r :x nil]]}
                 {:process 2, :type :ok, :value [[:r :x [1]]]}";
    let json = r#"{"process": 1, "type": "invoke", "value": [["append", "x", 1]]}
                  {"process": 1, "type": "ok", "value": [["append", "x", 1]]}
                  {"process": 2, "type": "invoke", "value": [["r", "x", null]]}
                  {"process": 2, "type": "ok", "value": [["r", "x", [1]]]}"#;
    for (history, code) in [
        (valid.to_owned(), 0),
        (valid.replace("[1]]]", "[]]]"), 1),
        (json.to_owned(), 0),
        (json.replace("[1]]]", "[]]]"), 1),
    ] {
        let output = run_check("txn-list-append", &history);
        assert_eq!(
            (output.code, output.counts()),
            (code, [2, 0, 0]),
            "{}",
            output.text
        );
    }
    let registers = valid.replace(":append", ":w").replace("[1]", "1");
    let output = run_check("txn-rw-register", &registers);
    assert_eq!(
        (output.code, output.counts()),
        (0, [2, 0, 0]),
        "{}",
        output.text
    );
    let aborted = registers.replacen(":type :ok", ":type :fail", 1);
    let output = run_check("txn-rw-register", &aborted);
    assert_eq!(
        (output.code, output.counts()),
        (1, [1, 0, 1]),
        "{}",
        output.text
    );
}

#[test]
fn a_completion_without_a_function_takes_that_of_its_invocation() {
    let text = "{:process 1, :type :invoke, :f :write, :value [0 1]}
                {:process 1, :type :ok, :value [0 1]}
                {:process 2, :type :invoke, :f :read, :value [0 nil]}
                {:process 2, :type :ok, :value [0 1]}";
    let output = run_check("lin-kv", text);
    assert_eq!(
        (output.code, output.counts()),
        (0, [2, 0, 0]),
        "{}",
        output.text
    );
    let stale = text.replacen("[0 1]", "[0 3]", 2);
    let output = run_check("lin-kv", &stale);
    assert_eq!(
        (output.code, output.counts()),
        (1, [2, 0, 0]),
        "{}",
        output.text
    );
    // An operation without any function is a transaction, so it does not belong to another
    // workload.
    let output = run_check(
        "lin-kv",
        &text.replace(":f :write, ", "").replace(":f :read, ", ""),
    );
    assert_eq!(
        (output.code, output.counts()),
        (2, [0, 2, 0]),
        "{}",
        output.text
    );
    let nemesis = "{:process :nemesis, :type :info, :value nil}";
    let output = run_check("lin-kv", nemesis);
    assert_eq!(output.code, 255);
    assert!(
        output
            .text
            .contains("line 1, column 1: this operation has no :f"),
        "{}",
        output.text
    );
}

#[test]
fn a_read_may_omit_its_value() {
    let text = "{:process 1, :type :invoke, :f :txn, :value [[:append :x 1] [:r :y]]}
                {:process 1, :type :ok, :f :txn, :value [[:append :x 1] [:r :y]]}
                {:process 2, :type :invoke, :f :txn, :value [[:r :x]]}
                {:process 2, :type :ok, :f :txn, :value [[:r :x [1]]]}";
    let json = super::to_json(text);
    for (history, code) in [
        (text.to_owned(), 0),
        (json.clone(), 0),
        // In a completion, a read without a value is a read of nil, which is stale if an element
        // exists.
        (text.replace("[:r :x [1]]", "[:r :x]"), 1),
        (json.replace("[\"r\",\"x\",[1]]", "[\"r\",\"x\"]"), 1),
    ] {
        let output = run_check("txn-list-append", &history);
        assert_eq!(
            (output.code, output.counts()),
            (code, [2, 0, 0]),
            "{}",
            output.text
        );
    }
    // A read without a value is the same as a read of nil.
    let short = text.replace("[:r :x [1]]", "[:r :x]");
    let long = text.replace("[:r :x [1]]", "[:r :x nil]");
    let [short, long] = [short, long]
        .map(|text| run_check("txn-list-append", &text).results["anomaly-types"].clone());
    assert_eq!(short, long);
    let registers = text
        .replace(":append", ":w")
        .replace("[:r :x [1]]", "[:r :x 1]");
    let output = run_check("txn-rw-register", &registers);
    assert_eq!(
        (output.code, output.counts()),
        (0, [2, 0, 0]),
        "{}",
        output.text
    );
    // A write may not omit its value.
    let output = run_check(
        "txn-rw-register",
        &registers.replace("[:w :x 1]", "[:w :x]"),
    );
    assert_eq!(
        (output.code, output.counts()),
        (2, [0, 1, 1]),
        "{}",
        output.text
    );
}
