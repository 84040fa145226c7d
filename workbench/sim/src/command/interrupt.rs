//! Signals that end a sweep.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use crate::Exit;
use crate::output::print_error;
use crate::simulation::watchdog;

/// Returns a flag that Ctrl-C sets: no further seed starts then, and the running ones are named on
/// stderr. A second Ctrl-C, SIGHUP and SIGTERM end the process at once.
///
/// # Errors
/// When signals can't be watched.
pub(crate) fn watch() -> io::Result<Arc<AtomicBool>> {
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

/// Prints which runs have to end first.
fn report() {
    print_error("interrupted; Ctrl-C again ends at once");
    for run in watchdog::running() {
        print_error(&format!("waiting for {run}"));
    }
}
