//! Tests a node whose stdin, stdout and stderr are pipes, files or closed, and with large amounts
//! of data.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use mael_tests::{finish, start};

use crate::program::case::Answer::Echo;
use crate::program::case::{Case, assert_answers};
use crate::program::{INIT, echo, good, run_echo};

#[test]
fn two_hundred_thousand_requests_get_replies_in_order() {
    const COUNT: usize = 200_000;
    let mut input = format!("{INIT}\n");
    for id in 0..COUNT {
        input.push_str(&good(id));
        input.push('\n');
    }
    let finished = run_echo(input);
    let mut lines = finished.text().lines().skip(1);
    for id in 0..COUNT {
        let expected = format!(
            r#"{{"src":"n1","dest":"c9","body":{{"type":"echo_ok","in_reply_to":{id},"echo":"good {id}"}}}}"#
        );
        assert_eq!(lines.next(), Some(&*expected));
    }
    assert_eq!(lines.next(), None);
    assert_eq!(finished.code(), 0);
}

#[test]
fn a_slow_reader_gets_every_reply() {
    // The output exceeds the capacity of the pipes, and is not read before all input is written.
    const COUNT: usize = 20_000;
    let mut child = start(&mut Command::new(echo()));
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let writer = thread::spawn(move || {
        writeln!(stdin, "{INIT}").unwrap();
        for id in 0..COUNT {
            writeln!(stdin, "{}", good(id)).unwrap();
        }
    });
    thread::sleep(std::time::Duration::from_millis(200));
    let reader = thread::spawn(move || {
        let mut all = String::new();
        stdout.read_to_string(&mut all).unwrap();
        all
    });
    assert_eq!(finish(child).code(), 0);
    writer.join().unwrap();
    assert_eq!(reader.join().unwrap().lines().count(), COUNT + 1);
}

#[test]
fn stdin_and_stdout_may_be_files() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("input"), folder.path().join("output"));
    let lines: Vec<String> = (0..5_000).map(good).collect();
    fs::write(&input, format!("{INIT}\n{}", lines.join("\n"))).unwrap();
    let child = Command::new(echo())
        .stdin(File::open(&input).unwrap())
        .stdout(File::create(&output).unwrap())
        .stderr(Stdio::piped())
        .spawn();
    let finished = finish(child.unwrap());
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let output = fs::read_to_string(&output).unwrap();
    assert_eq!(output.lines().count(), 5_001);
    assert!(output.ends_with("\"echo\":\"good 4999\"}}\n"));
}

#[test]
fn empty_input_is_a_clean_exit() {
    let child = Command::new(echo())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let finished = finish(child.unwrap());
    assert_eq!((finished.code(), finished.text()), (0, ""));
    assert_eq!(finished.stderr, "");
}

#[test]
fn a_last_line_without_a_newline_gets_a_reply() {
    let finished = run_echo(format!("{INIT}\n{}", good(5)));
    let last = finished.text().lines().last().unwrap();
    assert_answers(
        last,
        &Case::new(good(5), "c9", 5, Echo("good 5".to_owned())),
    );
    assert_eq!(finished.code(), 0);
}

#[test]
fn a_closed_stdout_ends_the_node_with_an_error_message() {
    let mut child = start(&mut Command::new(echo()));
    drop(child.stdout.take());
    // The input stays open, so the node does not end because of the end of its input.
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{INIT}").unwrap();
    let finished = finish(child);
    drop(stdin);
    assert_eq!(finished.code(), 1);
    assert!(finished.stderr.contains(" mael: "), "{}", finished.stderr);
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
    assert!(!finished.stderr.contains("panic"), "{}", finished.stderr);
}

#[test]
fn a_closed_stderr_does_not_affect_a_node() {
    let mut child = start(&mut Command::new(echo()));
    drop(child.stderr.take());
    let mut stdin = child.stdin.take().unwrap();
    write!(stdin, "nonsense\n{INIT}\nnonsense\n{}\n", good(1)).unwrap();
    drop(stdin);
    let finished = finish(child);
    assert_eq!(finished.code(), 0);
    assert_eq!(finished.text().lines().count(), 2);
}
