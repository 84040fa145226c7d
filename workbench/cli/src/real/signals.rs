//! Requests from outside to end a run.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Completes at Ctrl-C, a hang-up, or a request to terminate.
///
/// # Errors
/// When the system does not let signals be watched.
pub(super) fn interrupt() -> io::Result<impl Future<Output = ()>> {
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
