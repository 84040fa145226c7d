//! Runs a node as a process, on stdin, stdout and real time.

use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use super::disk::Disk;
use super::environment::{Environment, StartupError};
use super::handlers::Handlers;
use super::run_with::run_with;
use crate::executor::{LogLevel, LogRecord, Tokio};
use crate::transport::Stdio;

/// Runs a node on stdin and stdout until the input ends. A node's `main` does not need to do
/// anything else.
///
/// ```no_run
/// use mael::prelude::*;
///
/// #[node]
/// struct Echo;
///
/// #[handlers]
/// impl Echo {
///     #[handler(type = "echo", reply = "echo")]
///     fn echo(&self, echo: String) -> String {
///         echo
///     }
/// }
///
/// fn main() -> ExitCode {
///     mael::run::<Echo>()
/// }
/// ```
///
/// The exit status is 0 if the input ends and all requests were answered; 1 if stdin or stdout
/// fail, which is logged; and 2 for invalid flags, or for an unknown level in the environment
/// variable `MAEL_LOG`.
///
/// The node logs to stderr: warnings of the runtime, and its own records of the [`log`] crate at
/// level `info` or above. Set `MAEL_LOG=debug` to log every message, timer, timed-out call and
/// retry: see [`LogLevel`].
pub fn run<N: Handlers>() -> ExitCode {
    let log_level = match LogLevel::from_env() {
        Ok(level) => level.unwrap_or_default(),
        Err(text) => return exit_with(&StartupError { text, status: 2 }),
    };
    let environment = Environment {
        args: std::env::args_os().skip(1).collect(),
        disk: Disk::from_env(),
        log_level,
    };
    if let Err(error) = N::check_args(&environment) {
        return exit_with(&error);
    }
    match run_on_stdio::<N>(environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log_stop(&error);
            ExitCode::FAILURE
        }
    }
}

/// Logs the error that stops the node.
fn log_stop(error: &io::Error) {
    LogRecord {
        level: LogLevel::Error,
        target: "mael",
        text: &format!("stopping: {error}"),
    }
    .to_stderr();
}

/// Prints why the node does not start. A closed stdout or stderr is ignored.
fn exit_with(error: &StartupError) -> ExitCode {
    let text = error.text.trim_end();
    let _ = match error.status {
        0 => writeln!(io::stdout(), "{text}"),
        _ => writeln!(io::stderr(), "{text}"),
    };
    ExitCode::from(error.status)
}

fn run_on_stdio<N: Handlers>(environment: Environment) -> io::Result<()> {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    executor.block_on(async {
        let transport = Stdio::new().map_err(|error| describe("stdin or stdout", &error))?;
        run_with::<N>(
            Rc::new(Tokio::new()),
            Rc::new(transport),
            Rc::new(environment),
        )
        .await
    })
}

fn describe(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("can't use {what}: {error}"))
}
