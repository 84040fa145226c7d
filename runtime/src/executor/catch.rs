//! Catching panics: what they say, and where they happen.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// A panic that was caught, and what the panic hook saw of it.
pub struct Caught {
    /// Where it happened, as `file:line`; empty if that can't be known.
    pub place: String,
    /// Its message.
    pub text: String,
    /// The calls that led to it, if the environment asks for them (`RUST_BACKTRACE`).
    pub backtrace: Option<Backtrace>,
}

thread_local! {
    /// How many calls of [`catch`] are on the stack of this thread.
    static CATCHING: Cell<usize> = const { Cell::new(0) };

    /// Whether the innermost of them wants backtraces.
    static BACKTRACES: Cell<bool> = const { Cell::new(false) };

    /// What the hook saw of the last panic within one of them.
    static SEEN: Cell<Option<Seen>> = const { Cell::new(None) };
}

/// What only the panic hook sees of a panic.
struct Seen {
    place: String,
    backtrace: Option<Backtrace>,
}

/// Has panics within [`catch`] recorded in place of being printed. All others go on to the hook
/// that was there before.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    if std::thread::panicking() {
        // The hook can't be replaced now.
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
            let seen = Seen {
                place: place.unwrap_or_default(),
                backtrace: BACKTRACES.get().then(Backtrace::capture),
            };
            SEEN.set(Some(seen));
        }));
    });
}

/// Runs `f`. A panic in it is caught, and the panic hook prints nothing.
///
/// # Errors
/// The panic.
pub fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Caught> {
    catch_with(false, f)
}

/// The same, with a backtrace if that is wanted and the environment asks for one.
pub(super) fn catch_with<T>(backtraces: bool, f: impl FnOnce() -> T) -> Result<T, Caught> {
    /// Counts the call also if a panic ends it.
    struct Catching;
    impl Drop for Catching {
        fn drop(&mut self) {
            CATCHING.set(CATCHING.get() - 1);
        }
    }
    install_hook();
    // This may run as an outer panic unwinds.
    let outer = SEEN.take();
    let outer_backtraces = BACKTRACES.replace(backtraces);
    CATCHING.set(CATCHING.get() + 1);
    let catching = Catching;
    let result = catch_unwind(AssertUnwindSafe(f));
    drop(catching);
    BACKTRACES.set(outer_backtraces);
    let seen = SEEN.replace(outer);
    result.map_err(|payload| {
        let text = text_of(&*payload);
        let (place, backtrace) = match seen {
            Some(Seen { place, backtrace }) => (place, backtrace),
            None => (String::new(), None),
        };
        Caught {
            place,
            text,
            backtrace: backtrace.filter(|it| it.status() == BacktraceStatus::Captured),
        }
    })
}

/// What a panic says.
fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or(payload.downcast_ref::<String>().map(String::as_str));
    with_advice(text.unwrap_or("no message"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(f: impl FnOnce()) -> (String, String) {
        let caught = catch(f).expect_err("it panics");
        (caught.place, caught.text)
    }

    #[test]
    fn a_panic_is_caught_with_its_place_and_text() {
        let line = line!() + 1;
        let (place, text) = caught(|| panic!("number {}", 7));
        assert_eq!(place, format!("{}:{line}", file!()));
        assert_eq!(text, "number 7");
        let (place, text) = caught(|| std::panic::panic_any(7));
        assert_eq!(place, format!("{}:{}", file!(), line + 3));
        assert_eq!(text, "no message");
    }

    #[test]
    fn the_place_is_that_of_the_panic_that_was_caught() {
        let own = || {
            let inner = catch(|| panic!("inner"));
            assert!(inner.is_err());
            std::panic::resume_unwind(Box::new("outer"));
        };
        // What is resumed has not been seen by the hook, so its place can't be known.
        assert_eq!(caught(own), (String::new(), "outer".to_owned()));
    }
}
