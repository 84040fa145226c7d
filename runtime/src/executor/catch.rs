//! Catches panics, with their messages and locations.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// A caught panic.
pub struct Caught {
    /// The location, as `file:line`; empty if it is unknown.
    pub place: String,
    /// The message.
    pub text: String,
    /// The backtrace, if enabled by `RUST_BACKTRACE`.
    pub backtrace: Option<Backtrace>,
}

thread_local! {
    /// The number of calls of [`catch`] on the stack of this thread.
    static CATCHING: Cell<usize> = const { Cell::new(0) };

    /// Whether the innermost call wants backtraces.
    static BACKTRACES: Cell<bool> = const { Cell::new(false) };

    /// The data that the panic hook recorded for the last panic in a call.
    static RECORDED: Cell<Option<Recorded>> = const { Cell::new(None) };
}

/// The data of a panic that only the panic hook receives.
struct Recorded {
    place: String,
    backtrace: Option<Backtrace>,
}

/// Installs a panic hook that records panics within [`catch`], and passes all others to the
/// previous hook.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    if std::thread::panicking() {
        // The hook can't be replaced during a panic.
        return;
    }
    INSTALLED.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |info| {
            if CATCHING.get() == 0 {
                return others(info);
            }
            let place = info.location();
            let place = place.map(|place| format!("{}:{}", place.file(), place.line()));
            let recorded = Recorded {
                place: place.unwrap_or_default(),
                backtrace: BACKTRACES.get().then(Backtrace::capture),
            };
            RECORDED.set(Some(recorded));
        }));
    });
}

/// Runs `f` and catches a panic. Nothing is printed.
///
/// # Errors
/// Returns the panic.
pub fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Caught> {
    catch_with(false, f)
}

/// Like [`catch`], with a backtrace if `backtraces` is set and `RUST_BACKTRACE` enables them.
pub(super) fn catch_with<T>(backtraces: bool, f: impl FnOnce() -> T) -> Result<T, Caught> {
    /// Decrements the counter, even if there is a panic.
    struct Catching;
    impl Drop for Catching {
        fn drop(&mut self) {
            CATCHING.set(CATCHING.get() - 1);
        }
    }
    install_hook();
    // This may run while an outer panic unwinds.
    let outer = RECORDED.take();
    let outer_backtraces = BACKTRACES.replace(backtraces);
    CATCHING.set(CATCHING.get() + 1);
    let catching = Catching;
    let result = catch_unwind(AssertUnwindSafe(f));
    drop(catching);
    BACKTRACES.set(outer_backtraces);
    let recorded = RECORDED.replace(outer);
    result.map_err(|payload| {
        let text = text_of(&*payload);
        let (place, backtrace) = match recorded {
            Some(Recorded { place, backtrace }) => (place, backtrace),
            None => (String::new(), None),
        };
        Caught {
            place,
            text,
            backtrace: backtrace.filter(|it| it.status() == BacktraceStatus::Captured),
        }
    })
}

/// Returns the message of a panic.
fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or(payload.downcast_ref::<String>().map(String::as_str));
    with_advice(text.unwrap_or("no message"))
}

/// Returns the message of a panic. If tokio panics without a runtime, adds what to use instead.
fn with_advice(text: &str) -> String {
    // These are tokio's messages: of timers, sockets and `spawn`, and of `spawn_local`.
    if text.contains("Tokio 1.x") || text.contains("task::LocalSet") {
        format!(
            "{text} (tokio's timers and tasks do not run in a simulated node: use `mael::time` and \
             `mael::spawn`)"
        )
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(f: impl FnOnce()) -> (String, String) {
        let caught = catch(f).expect_err("it panics");
        (caught.place, caught.text)
    }

    #[test]
    fn a_panic_is_caught_with_its_location_and_message() {
        let line = line!() + 1;
        let (place, text) = caught(|| panic!("number {}", 7));
        assert_eq!(place, format!("{}:{line}", file!()));
        assert_eq!(text, "number 7");
        let (place, text) = caught(|| std::panic::panic_any(7));
        assert_eq!(place, format!("{}:{}", file!(), line + 3));
        assert_eq!(text, "no message");
    }

    #[test]
    fn the_location_is_that_of_the_caught_panic() {
        let own = || {
            let inner = catch(|| panic!("inner"));
            assert!(inner.is_err());
            std::panic::resume_unwind(Box::new("outer"));
        };
        // `resume_unwind` does not call the hook, so the location is unknown.
        assert_eq!(caught(own), (String::new(), "outer".to_owned()));
    }
}
