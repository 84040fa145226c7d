//! Ctrl-C while seeds are run.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::cli::Exit;
use crate::real::interrupt;

/// A flag that is set when someone asks for the end: by Ctrl-C, a hang-up or a request to
/// terminate. Who asks twice has the process end at once.
///
/// # Errors
/// When the system does not let signals be watched.
pub(super) fn watch() -> io::Result<Arc<AtomicBool>> {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let asked = Arc::new(AtomicBool::new(false));
    let first = executor.block_on(async { interrupt() })?;
    let flag = Arc::clone(&asked);
    thread::spawn(move || {
        executor.block_on(async {
            first.await;
            flag.store(true, Ordering::Relaxed);
            if let Ok(second) = interrupt() {
                second.await;
                process::exit(Exit::Failed.code().into());
            }
        });
    });
    Ok(asked)
}
