//! Tests the protocol over a program's real stdin and stdout: the `echo` binary with valid input,
//! malformed input, and large amounts of it.

mod case;
mod early;
mod handwritten;
mod hostile;
mod pipes;
mod random;

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use mael_tests::{Finished, binary, run_on};

const INIT: &str = r#"{"id":0,"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}"#;

fn echo() -> &'static Path {
    static ECHO: OnceLock<std::path::PathBuf> = OnceLock::new();
    ECHO.get_or_init(|| binary("echo"))
}

/// Runs the echo node with these lines as input.
fn run_echo(input: impl Into<Vec<u8>>) -> Finished {
    run_on(&mut Command::new(echo()), input)
}

/// A valid request to `echo`.
fn good(id: usize) -> String {
    format!(
        r#"{{"src":"c9","dest":"n1","body":{{"type":"echo","msg_id":{id},"echo":"good {id}"}}}}"#
    )
}
