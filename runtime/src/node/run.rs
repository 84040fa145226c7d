//! A node as a program: stdin, stdout, real time.

use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use super::disk::Disk;
use super::environment::{Environment, StartupError};
use super::handlers::Handlers;
use super::run_with::run_with;
use crate::executor::{LogLevel, LogRecord, Tokio};
use crate::transport::Stdio;

/// Runs a node on stdin and stdout until the input ends: the whole of a node's `main`.
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
/// The exit status is 0 at the end of the input, when all requests are answered; 1 when stdin or
/// stdout fail, which is told on stderr; and 2 for bad flags, if the node has any, or an unknown
/// level in the environment variable `MAEL_LOG`.
///
/// On stderr the node logs trouble, and what it logs itself through the [`log`] crate at level
/// `info` or above. With `MAEL_LOG=debug` it logs each message in and out, each timer, and each
/// call that is late or made again: see [`LogLevel`].
pub fn run<N: Handlers>() -> ExitCode {
    let log_level = match LogLevel::from_env() {
        Ok(level) => level.unwrap_or_default(),
        Err(text) => return refuse(&StartupError { text, status: 2 }),
    };
    let environment = Environment {
        args: std::env::args_os().skip(1).collect(),
        disk: Disk::from_env(),
        log_level,
    };
    if let Err(error) = N::check_args(&environment) {
        return refuse(&error);
    }
    match run_on_stdio::<N>(environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            warn_of_stop(&error);
            ExitCode::FAILURE
        }
    }
}

/// Logs why the node stops.
fn warn_of_stop(error: &io::Error) {
    LogRecord {
        level: LogLevel::Error,
        target: "mael",
        text: &format!("the node stops: {error}"),
    }
    .to_stderr();
}

/// Tells why the node does not start. A closed stdout or stderr is no reason to fail.
fn refuse(error: &StartupError) -> ExitCode {
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
    io::Error::new(error.kind(), format!("{what} can't be used: {error}"))
}
