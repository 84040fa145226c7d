//! Transactions in the forms that Elle takes.

use super::judge;

#[test]
fn a_transaction_may_have_no_function() {
    let right = "{:process 1, :type :invoke, :value [[:append :x 1]]}
                 {:process 1, :type :ok, :value [[:append :x 1]]}
                 {:process 2, :type :invoke, :value [[:r :x nil]]}
                 {:process 2, :type :ok, :value [[:r :x [1]]]}";
    let json = r#"{"process": 1, "type": "invoke", "value": [["append", "x", 1]]}
                  {"process": 1, "type": "ok", "value": [["append", "x", 1]]}
                  {"process": 2, "type": "invoke", "value": [["r", "x", null]]}
                  {"process": 2, "type": "ok", "value": [["r", "x", [1]]]}"#;
    for (history, code) in [
        (right.to_owned(), 0),
        (right.replace("[1]]]", "[]]]"), 1),
        (json.to_owned(), 0),
        (json.replace("[1]]]", "[]]]"), 1),
    ] {
        let said = judge("txn-list-append", &history);
        assert_eq!(
            (said.code, said.counts()),
            (code, [2, 0, 0]),
            "{}",
            said.text
        );
    }
    let registers = right.replace(":append", ":w").replace("[1]", "1");
    let said = judge("txn-rw-register", &registers);
    assert_eq!((said.code, said.counts()), (0, [2, 0, 0]), "{}", said.text);
    let aborted = registers.replacen(":type :ok", ":type :fail", 1);
    let said = judge("txn-rw-register", &aborted);
    assert_eq!((said.code, said.counts()), (1, [1, 0, 1]), "{}", said.text);
}

#[test]
fn a_completion_without_a_function_has_that_of_its_invocation() {
    let text = "{:process 1, :type :invoke, :f :write, :value [0 1]}
                {:process 1, :type :ok, :value [0 1]}
                {:process 2, :type :invoke, :f :read, :value [0 nil]}
                {:process 2, :type :ok, :value [0 1]}";
    let said = judge("lin-kv", text);
    assert_eq!((said.code, said.counts()), (0, [2, 0, 0]), "{}", said.text);
    let stale = text.replacen("[0 1]", "[0 3]", 2);
    let said = judge("lin-kv", &stale);
    assert_eq!((said.code, said.counts()), (1, [2, 0, 0]), "{}", said.text);
    // What has no function anywhere is a transaction, and of no other workload.
    let said = judge(
        "lin-kv",
        &text.replace(":f :write, ", "").replace(":f :read, ", ""),
    );
    assert_eq!((said.code, said.counts()), (2, [0, 2, 0]), "{}", said.text);
    let nemesis = "{:process :nemesis, :type :info, :value nil}";
    let said = judge("lin-kv", nemesis);
    assert_eq!(said.code, 255);
    assert!(
        said.text
            .contains("line 1, column 1: this operation has no :f"),
        "{}",
        said.text
    );
}

#[test]
fn a_read_may_leave_out_its_value() {
    let text = "{:process 1, :type :invoke, :f :txn, :value [[:append :x 1] [:r :y]]}
                {:process 1, :type :ok, :f :txn, :value [[:append :x 1] [:r :y]]}
                {:process 2, :type :invoke, :f :txn, :value [[:r :x]]}
                {:process 2, :type :ok, :f :txn, :value [[:r :x [1]]]}";
    let json = super::to_json(text);
    for (history, code) in [
        (text.to_owned(), 0),
        (json.clone(), 0),
        // In a completion, nothing was read: that of an element which was there is stale.
        (text.replace("[:r :x [1]]", "[:r :x]"), 1),
        (json.replace("[\"r\",\"x\",[1]]", "[\"r\",\"x\"]"), 1),
    ] {
        let said = judge("txn-list-append", &history);
        assert_eq!(
            (said.code, said.counts()),
            (code, [2, 0, 0]),
            "{}",
            said.text
        );
    }
    // It is the same as a read of nil.
    let short = text.replace("[:r :x [1]]", "[:r :x]");
    let long = text.replace("[:r :x [1]]", "[:r :x nil]");
    let [short, long] =
        [short, long].map(|text| judge("txn-list-append", &text).results["anomaly-types"].clone());
    assert_eq!(short, long);
    let registers = text
        .replace(":append", ":w")
        .replace("[:r :x [1]]", "[:r :x 1]");
    let said = judge("txn-rw-register", &registers);
    assert_eq!((said.code, said.counts()), (0, [2, 0, 0]), "{}", said.text);
    // A write may not.
    let said = judge(
        "txn-rw-register",
        &registers.replace("[:w :x 1]", "[:w :x]"),
    );
    assert_eq!((said.code, said.counts()), (2, [0, 1, 1]), "{}", said.text);
}
