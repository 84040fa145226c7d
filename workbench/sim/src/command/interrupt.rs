//! Handles signals that interrupt a sweep.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::Exit;
use crate::output::print_error;
use crate::simulation::watchdog;

/// Returns a flag that Ctrl-C sets. After that, no further seed starts, and the running seeds are
/// printed to stderr. A second Ctrl-C, SIGHUP or SIGTERM exits the process immediately.
///
/// # Errors
/// Returns an error if the signal handlers can't be installed.
pub(crate) fn watch() -> anyhow::Result<Arc<AtomicBool>> {
    start().context("can't install signal handlers")
}

fn start() -> io::Result<Arc<AtomicBool>> {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let asked = Arc::new(AtomicBool::new(false));
    let watched = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let signals = executor.block_on(async {
        let [interrupt, terminate, hang_up] = watched.map(signal);
        io::Result::Ok((interrupt?, terminate?, hang_up?))
    });
    let (mut interrupt, mut terminate, mut hang_up) = signals?;
    let flag = Arc::clone(&asked);
    thread::spawn(move || {
        executor.block_on(async {
            loop {
                tokio::select! {
                    biased;
                    _ = terminate.recv() => break,
                    _ = hang_up.recv() => break,
                    _ = interrupt.recv() => {
                        if flag.swap(true, Ordering::Relaxed) {
                            break;
                        }
                        report();
                    }
                }
            }
        });
        process::exit(Exit::Failed.code().into());
    });
    Ok(asked)
}

/// Prints the runs that must end first.
fn report() {
    print_error("interrupted; press Ctrl-C again to exit immediately");
    for run in watchdog::running() {
        print_error(&format!("waiting for {run}"));
    }
}
