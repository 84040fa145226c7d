//! Who does an operation, as other tools write it.

use super::{judge, to_json};

/// A key that is read with a value that nobody wrote, by two processes of these names.
fn stale(first: &str, second: &str) -> String {
    format!(
        "{{:process {first}, :type :invoke, :f :write, :value [0 1]}}
         {{:process {first}, :type :ok, :f :write, :value [0 1]}}
         {{:process {second}, :type :invoke, :f :read, :value [0 nil]}}
         {{:process {second}, :type :ok, :f :read, :value [0 99]}}"
    )
}

/// The same in JSON.
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
fn clients_may_have_numbers_in_strings_and_names() {
    for (first, second) in [
        ("0", "1"),
        ("\"0\"", "\"1\""),
        ("\"c1\"", "\"c2\""),
        ("\"client one\"", "7"),
        ("\"nemesis2\"", "\"Nemesis\""),
    ] {
        for history in [stale(first, second), stale_json(first, second)] {
            let said = judge("lin-kv", &history);
            assert_eq!(said.code, 1, "{}", said.text);
            assert_eq!(said.counts(), [2, 0, 0]);
            let name = format!("process {}", second.trim_matches('"'));
            assert!(said.text.contains(&name), "{}", said.text);
        }
    }
    for names in [(":c1", ":c2"), ("c1", "c2")] {
        assert_eq!(judge("lin-kv", &stale(names.0, names.1)).code, 1);
    }
}

#[test]
fn a_named_client_is_named_in_results() {
    let said = judge("lin-kv", &stale("\"c1\"", "\"c2\""));
    let process = &said.results["results"]["0"]["linearizable"]["op"]["process"];
    assert_eq!(process, "c2");
}

#[test]
fn the_nemesis_is_no_client_however_it_is_written() {
    for name in [":nemesis", "\"nemesis\"", "nemesis"] {
        let text = format!(
            "{{:process {name}, :type :info, :f :kill, :value [:n1]}}
             {{:process {name}, :type :info, :f :kill, :value [:n1]}}
             {{:process \"a\", :type :invoke, :f :generate}}
             {{:process \"a\", :type :ok, :f :generate, :value 1}}"
        );
        for history in [to_json(&text), text] {
            let said = judge("unique-ids", &history);
            assert_eq!(said.code, 0, "{}", said.text);
            assert_eq!(said.counts(), [1, 0, 0]);
        }
    }
}

#[test]
fn two_clients_of_one_name_are_one() {
    let text = "{:process :a, :type :invoke, :f :generate}
                {:process \"a\", :type :invoke, :f :generate}";
    let said = judge("unique-ids", text);
    assert_eq!(said.code, 2);
    assert!(said.text.contains("process a invokes"), "{}", said.text);
}

#[test]
fn what_is_no_process_is_refused_with_its_line() {
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
        let said = judge("unique-ids", &history);
        assert_eq!(said.code, 255, "{}", said.text);
        let error = said.results["error"].as_str().unwrap();
        assert!(
            error.contains("line 2, column 11: expected the number or name of a process"),
            "{error}"
        );
    }
    for process in ["-1", "1.5", "null", "\"1e3\""] {
        let history = format!(
            "\n{{\"process\": {process}, \"type\": \"invoke\", \"f\": \"echo\", \"value\": \"a\"}}"
        );
        let said = judge("echo", &history);
        assert_eq!(said.code, 255, "{}", said.text);
        assert!(said.text.contains("line 2"), "{}", said.text);
    }
}
