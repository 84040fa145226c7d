//! The command with a workload of this crate: its help, its page, its simulations, and a node in
//! another language.

use std::process::{Command, Output};

/// Runs the example `bench`.
fn bench(args: &[&str]) -> Output {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    // The profiles with which this test was built, which cargo does not find from another folder.
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cargo/config.toml");
    let place = tempfile::tempdir().expect("a temporary folder can be created");
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "run",
        "--config",
        config,
        "--quiet",
        "--example",
        "bench",
        "--manifest-path",
        manifest,
        "--",
    ]);
    command.args(args).current_dir(place.path());
    command.output().expect("cargo runs")
}

fn text(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[test]
fn a_workload_has_help_and_a_page() {
    let help = text(&bench(&["test", "--help"]));
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("unique-ids, signatures;"), "{help}");
    assert!(help.contains("--guests <VALUE>"), "{help}");
    assert!(
        help.contains("How many guests there are (signatures) [default: 1000]"),
        "{help}"
    );
    let doc = text(&bench(&["doc"]));
    assert!(
        doc.contains("## signatures\n\nGuests sign at any node."),
        "{doc}"
    );
    assert!(
        doc.contains(r#"{"type": "read_ok", "in_reply_to": integer, "value": [integer, ...]}"#)
    );
}

#[test]
fn a_node_of_the_crate_is_simulated_with_the_flags_of_the_workload() {
    let run = bench(&["sim", "guestbook", "--seeds", "5", "--guests", "50"]);
    assert!(run.status.success(), "{}", text(&run));
    let run = bench(&[
        "sim",
        "guestbook",
        "--guests",
        "50",
        "--",
        "--gossip-ms",
        "1000000",
    ]);
    assert_eq!(run.status.code(), Some(1), "{}", text(&run));
    let replay = "cargo run -- sim guestbook --replay";
    assert!(text(&run).contains(replay), "{}", text(&run));
    let run = bench(&["sim", "guestbook", "--guests", "many"]);
    assert_eq!(run.status.code(), Some(254), "{}", text(&run));
    let reason = "invalid value \"many\" for --guests of signatures";
    assert!(text(&run).contains(reason), "{}", text(&run));
}

#[test]
fn a_node_in_another_language_passes_and_fails() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("There is no python3: the node in Python is not tested.");
        return;
    }
    let node = concat!(env!("CARGO_MANIFEST_DIR"), "/nodes/guestbook.sh");
    let flags = [
        "test",
        "-w",
        "signatures",
        "--bin",
        node,
        "--node-count",
        "1",
    ];
    let flags = [
        &flags[..],
        &["--time-limit", "2", "--rate", "20", "--recovery", "1"],
    ]
    .concat();
    let right = bench(&flags);
    assert!(right.status.success(), "{}", text(&right));
    let wrong = bench(&[&flags[..], &["--guests", "100", "--", "forgetful"]].concat());
    assert_eq!(wrong.status.code(), Some(1), "{}", text(&wrong));
    assert!(text(&wrong).contains("is not in read"), "{}", text(&wrong));
}
