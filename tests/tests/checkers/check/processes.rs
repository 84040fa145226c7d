//! Tests the `:process` of operations, as other tools write it.

use super::{run_check, to_json};

/// A history of two processes with these names, in which a read returns a value that was never
/// written.
fn stale(first: &str, second: &str) -> String {
    format!(
        "{{:process {first}, :type :invoke, :f :write, :value [0 1]}}
         {{:process {first}, :type :ok, :f :write, :value [0 1]}}
         {{:process {second}, :type :invoke, :f :read, :value [0 nil]}}
         {{:process {second}, :type :ok, :f :read, :value [0 99]}}"
    )
}

/// The same history in JSON.
fn stale_json(first: &str, second: &str) -> String {
    let line = |process: &str, kind: &str, f: &str, value: &str| {
        format!(r#"{{"process": {process}, "type": "{kind}", "f": "{f}", "value": [0, {value}]}}"#)
    };
    let lines = [
        line(first, "invoke", "write", "1"),
        line(first, "ok", "write", "1"),
        line(second, "invoke", "read", "null"),
        line(second, "ok", "read", "99"),
    ];
    lines.join("\n")
}

#[test]
fn a_process_may_be_a_number_a_string_or_a_name() {
    for (first, second) in [
        ("0", "1"),
        ("\"0\"", "\"1\""),
        ("\"c1\"", "\"c2\""),
        ("\"client one\"", "7"),
        ("\"nemesis2\"", "\"Nemesis\""),
    ] {
        for history in [stale(first, second), stale_json(first, second)] {
            let output = run_check("lin-kv", &history);
            assert_eq!(output.code, 1, "{}", output.text);
            assert_eq!(output.counts(), [2, 0, 0]);
            let name = format!("process {}", second.trim_matches('"'));
            assert!(output.text.contains(&name), "{}", output.text);
        }
    }
    for names in [(":c1", ":c2"), ("c1", "c2")] {
        assert_eq!(run_check("lin-kv", &stale(names.0, names.1)).code, 1);
    }
}

#[test]
fn the_name_of_a_client_appears_in_results() {
    let output = run_check("lin-kv", &stale("\"c1\"", "\"c2\""));
    let process = &output.results["results"]["0"]["linearizable"]["op"]["process"];
    assert_eq!(process, "c2");
}

#[test]
fn the_nemesis_is_not_a_client_in_any_notation() {
    for name in [":nemesis", "\"nemesis\"", "nemesis"] {
        let text = format!(
            "{{:process {name}, :type :info, :f :kill, :value [:n1]}}
             {{:process {name}, :type :info, :f :kill, :value [:n1]}}
             {{:process \"a\", :type :invoke, :f :generate}}
             {{:process \"a\", :type :ok, :f :generate, :value 1}}"
        );
        for history in [to_json(&text), text] {
            let output = run_check("unique-ids", &history);
            assert_eq!(output.code, 0, "{}", output.text);
            assert_eq!(output.counts(), [1, 0, 0]);
        }
    }
}

#[test]
fn two_clients_with_one_name_are_the_same_process() {
    let text = "{:process :a, :type :invoke, :f :generate}
                {:process \"a\", :type :invoke, :f :generate}";
    let output = run_check("unique-ids", text);
    assert_eq!(output.code, 2);
    assert!(output.text.contains("process a invokes"), "{}", output.text);
}

#[test]
fn an_invalid_process_is_reported_with_its_line() {
    for process in [
        "-1",
        "\"-1\"",
        "1.5",
        "nil",
        "\"\"",
        "[1]",
        "99999999999999999999",
    ] {
        let history = format!(
            "{{:process 0, :type :invoke, :f :generate}}\n{{:process {process}, :type :ok, :f :generate, :value 1}}"
        );
        let output = run_check("unique-ids", &history);
        assert_eq!(output.code, 255, "{}", output.text);
        let error = output.results["error"].as_str().unwrap();
        assert!(
            error.contains("line 2, column 11: expected the number or name of a process"),
            "{error}"
        );
    }
    for process in ["-1", "1.5", "null", "\"1e3\""] {
        let history = format!(
            "\n{{\"process\": {process}, \"type\": \"invoke\", \"f\": \"echo\", \"value\": \"a\"}}"
        );
        let output = run_check("echo", &history);
        assert_eq!(output.code, 255, "{}", output.text);
        assert!(output.text.contains("line 2"), "{}", output.text);
    }
}
