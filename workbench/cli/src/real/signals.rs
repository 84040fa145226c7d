//! Signals that end a run, or the wait for the next one.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Completes on SIGINT (Ctrl-C), SIGHUP or SIGTERM.
///
/// # Errors
/// Returns an error if the signal handlers can't be installed.
pub(crate) fn interrupt() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            biased;
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}
