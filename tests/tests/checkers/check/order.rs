//! Tests entries that are not in the order of their times or indexes.

use super::{run_check, to_json};

/// A history with a stale read of a list, in which the append and the read have these times.
fn stale(write: [u64; 2], read: [u64; 2]) -> String {
    let [a, b] = write.map(|ms| ms * 1_000_000);
    let [c, d] = read.map(|ms| ms * 1_000_000);
    format!(
        "{{:process 1, :time {a}, :type :invoke, :f :txn, :value [[:append :x 1]]}}
         {{:process 1, :time {b}, :type :ok, :f :txn, :value [[:append :x 1]]}}
         {{:process 2, :time {c}, :type :invoke, :f :txn, :value [[:r :x nil]]}}
         {{:process 2, :time {d}, :type :ok, :f :txn, :value [[:r :x []]]}}
         {{:process 3, :time 900000000, :type :invoke, :f :txn, :value [[:r :x nil]]}}
         {{:process 3, :time 950000000, :type :ok, :f :txn, :value [[:r :x [1]]]}}"
    )
}

/// Returns each number of seconds that follows `words`.
fn seconds_after<'a>(text: &'a str, words: &str) -> Vec<&'a str> {
    let after = text.split(words).skip(1);
    after.filter_map(|rest| rest.split(" s").next()).collect()
}

#[test]
fn operations_are_in_the_order_of_the_file_which_the_report_notes() {
    for (write, read) in [
        ([200, 300], [100, 150]),
        ([200, 300], [250, 400]),
        ([500, 400], [600, 700]),
    ] {
        let text = stale(write, read);
        for history in [to_json_with_times(&text), text] {
            let output = run_check("txn-list-append", &history);
            assert_eq!(output.code, 1, "{}", output.text);
            assert!(
                output.text.contains("note: the :time of "),
                "{}",
                output.text
            );
            assert!(
                output
                    .text
                    .contains("replaced by the time of the previous operation"),
                "{}",
                output.text
            );
            let notes = output.results["notes"].as_array().unwrap();
            assert_eq!(notes.len(), 1);
            for (ended, began) in seconds_after(&output.text, "completed at ")
                .into_iter()
                .zip(seconds_after(&output.text, "was invoked at "))
            {
                let second = |text: &str| text.parse::<f64>().unwrap();
                assert!(second(ended) < second(began), "{}", output.text);
            }
        }
    }
    let in_order = run_check("txn-list-append", &stale([200, 300], [400, 500]));
    assert_eq!(in_order.code, 1);
    assert!(!in_order.text.contains("note:"), "{}", in_order.text);
    assert!(
        in_order
            .text
            .contains("completed at 0.300000 s, before T1 was invoked at 0.400000 s")
    );
    assert!(in_order.results.get("notes").is_none());
}

/// The same history in JSON, with the times as given.
fn to_json_with_times(edn: &str) -> String {
    let times = edn.split(":time ").skip(1);
    let times = times.map(|rest| rest.split(',').next().unwrap());
    let json = to_json(edn);
    let lines = json.lines().zip(times).map(|(line, time)| {
        let mut operation: serde_json::Value = serde_json::from_str(line).unwrap();
        operation["time"] = time.parse::<u64>().unwrap().into();
        operation.to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_order_of_the_file_determines_lost_elements() {
    let text = "{:process 0, :time 9, :type :invoke, :f :add, :value 1}
                {:process 0, :time 8, :type :ok, :f :add, :value 1}
                {:process 1, :time 7, :type :invoke, :f :read}
                {:process 1, :time 6, :type :ok, :f :read, :value []}";
    for history in [to_json_with_times(text), text.to_owned()] {
        let output = run_check("g-set", &history);
        assert_eq!(output.code, 1, "{}", output.text);
        assert!(
            output
                .text
                .contains("note: the :time of 3 operations is before"),
            "{}",
            output.text
        );
        assert!(output.text.contains("first on line 2"), "{}", output.text);
    }
}

#[test]
fn indexes_that_are_not_in_the_order_of_the_file_are_replaced() {
    let text = "{:index 7, :process 0, :type :invoke, :f :write, :value [0 1]}
                {:index 8, :process 0, :type :ok, :f :write, :value [0 1]}
                {:index 2, :process 1, :type :invoke, :f :read, :value [0 nil]}
                {:index 3, :process 1, :type :ok, :f :read, :value [0 5]}";
    let output = run_check("lin-kv", text);
    assert_eq!(output.code, 1);
    assert!(
        output
            .text
            .contains("note: line 3 has an :index that is not greater than the previous one"),
        "{}",
        output.text
    );
    assert!(
        output.text.contains("of operation 3 (process 1"),
        "{}",
        output.text
    );
    for without_note in [
        text.replace(":index 2", ":index 9")
            .replace(":index 3", ":index 10"),
        text.replace(":index 7, ", "")
            .replace(":index 8, ", "")
            .replace(":index 2, ", "")
            .replace(":index 3, ", ""),
    ] {
        let output = run_check("lin-kv", &without_note);
        assert!(!output.text.contains("note:"), "{}", output.text);
    }
}
