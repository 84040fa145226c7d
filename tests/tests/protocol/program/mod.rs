//! The protocol as a program speaks it: the `echo` binary over its real stdin and stdout, fed with
//! what is right, what is wrong, and far too much.

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

/// Runs the echo node on these lines.
fn run_echo(input: impl Into<Vec<u8>>) -> Finished {
    run_on(&mut Command::new(echo()), input)
}

/// A request to `echo` that is as it should be.
fn good(id: usize) -> String {
    format!(
        r#"{{"src":"c9","dest":"n1","body":{{"type":"echo","msg_id":{id},"echo":"good {id}"}}}}"#
    )
}
