//! Keeps a panic of the user's code from spreading.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// What `f` gives, or the text of its panic.
pub(crate) fn guard<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or(panic.downcast_ref::<String>().map(String::as_str));
        with_advice(text.unwrap_or("no message"))
    })
}

/// The text of a panic; where tokio misses its runtime, with what to use instead.
fn with_advice(text: &str) -> String {
    // The two texts are tokio's: of its timers, sockets and `spawn`, and of `spawn_local`.
    match text.contains("Tokio 1.x") || text.contains("task::LocalSet") {
        true => format!(
            "{text} (tokio's timers and tasks do not run in a simulated node: use `mael::time` and \
             `mael::spawn`)"
        ),
        false => text.to_owned(),
    }
}

/// What the future gives, or the text of its panic. It is one that lies somewhere already, so that
/// it need not be moved once more.
pub(crate) fn guarded<T>(
    mut future: impl Future<Output = T> + Unpin,
) -> impl Future<Output = Result<T, String>> {
    poll_fn(move |cx| match guard(|| Pin::new(&mut future).poll(cx)) {
        Ok(poll) => poll.map(Ok),
        Err(text) => Poll::Ready(Err(text)),
    })
}
