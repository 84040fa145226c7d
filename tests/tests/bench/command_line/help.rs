//! Tests the help texts.

use std::collections::BTreeMap;

use crate::command_line::run_mael;

/// Returns the entry of each long flag in a help text.
fn help_entries(help: &str) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::<String, String>::new();
    let mut current = String::new();
    for line in help.lines() {
        let words = line.trim_start();
        if words.starts_with('-') && line.len() - words.len() <= 6 {
            let flag = words.split_whitespace().find(|word| word.starts_with("--"));
            current = flag
                .unwrap_or_default()
                .trim_end_matches("[=<BOOL>]")
                .to_owned();
        }
        let entry = entries.entry(current.clone()).or_default();
        entry.push_str(words.trim_start_matches(current.as_str()));
        entry.push(' ');
    }
    entries
}

#[test]
fn help_documents_every_flag_and_its_default() {
    for words in [
        &["test", "--help"] as &[&str],
        &["test", "-h"],
        &["test", "--rate", "1", "--help"],
    ] {
        let finished = run_mael(words);
        assert_eq!(finished.code(), 0, "{finished:?}");
        assert_eq!(finished.stderr, "");
        let entries = help_entries(finished.text());
        for (flag, default) in [
            ("--bin", None),
            ("--workload", Some("lin-kv")),
            ("--node-count", None),
            ("--nodes", None),
            ("--node", Some("n1 n2 n3 n4 n5")),
            ("--nodes-file", None),
            ("--concurrency", Some("1n")),
            ("--rate", Some("5")),
            ("--time-limit", Some("60")),
            ("--latency", Some("0")),
            ("--latency-dist", Some("constant")),
            ("--nemesis", None),
            ("--nemesis-interval", Some("10")),
            ("--topology", Some("grid")),
            ("--availability", None),
            ("--consistency-models", Some("strict-serializable")),
            ("--key-count", Some("10")),
            ("--max-txn-length", Some("4")),
            ("--max-writes-per-key", Some("16")),
            ("--log-stderr", None),
            ("--log-net-send", None),
            ("--log-net-recv", None),
            ("--test-count", Some("1")),
            ("--leave-db-running", None),
            ("--logging-json", None),
            ("--username", Some("root")),
            ("--password", Some("root")),
            ("--strict-host-key-checking", None),
            ("--no-ssh", None),
            ("--ssh-private-key", None),
            ("--help", None),
        ] {
            let text = &entries.get(flag).unwrap_or_else(|| panic!("no {flag}"));
            assert!(text.len() > 10, "{flag} is not documented: {text}");
            if let Some(default) = default {
                assert!(
                    text.contains(&format!("[default: {default}]")),
                    "{flag}: {text}"
                );
            }
        }
    }
}

#[test]
fn help_lists_the_commands_and_their_flags() {
    for (words, names) in [
        (&["--help"] as &[&str], ["new", "glomers", "demo"]),
        (&["help"], ["analyze", "check", "serve"]),
        (&["new", "--help"], ["--workload", "--lang", "--protocol"]),
        (&["glomers", "--help"], ["--only", "--time-limit", "--seed"]),
        (&["demo", "--help"], ["--only", "--time-limit", "--nemesis"]),
    ] {
        let finished = run_mael(words);
        assert_eq!(finished.code(), 0, "{words:?}");
        for name in names {
            assert!(finished.text().contains(name), "{words:?} lacks {name}");
        }
    }
}
