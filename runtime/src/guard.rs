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
        text.unwrap_or("no message").to_owned()
    })
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
