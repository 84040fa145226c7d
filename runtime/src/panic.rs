//! Panics of a node's own code: what they say, where they happen, and that they do not spread.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};

use crate::activity::Activity;
use crate::executor::scope::with_runtime;
use crate::logger::{LogLevel, of_runtime};

/// A panic of a node's own code, which ended that code and nothing else.
///
/// Its `Display` is one line, which the node logs and [`parse`](Self::parse) reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// What panicked: see [`Activity`].
    pub activity: String,
    /// Where, as `file:line`; empty if the program has replaced the panic hook, so that it can't be
    /// known.
    pub place: String,
    /// The message.
    pub text: String,
}

/// Stands between what panicked and where.
const PANICKED_AT: &str = " panicked at ";

/// Stands for a place that can't be known.
const UNKNOWN: &str = "an unknown place";

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &*self.place {
            "" => UNKNOWN,
            place => place,
        };
        write!(f, "{}{PANICKED_AT}{place}: ", self.activity)?;
        let mut lines = self.text.lines();
        f.write_str(lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| write!(f, "\\n{line}"))
    }
}

impl Panic {
    /// Reads the line by which a node that runs as a process logs a panic on stderr. None for any
    /// other line.
    pub fn of_log(line: &str) -> Option<Self> {
        Self::parse(of_runtime(line, LogLevel::Error)?)
    }

    /// Reads what a panic displays as; line breaks of its message stay `\n` in two characters. None
    /// for any other text.
    ///
    /// ```
    /// use mael::Panic;
    ///
    /// let panic = Panic::parse("the handler of `add` panicked at src/main.rs:7: too much").unwrap();
    /// assert_eq!(panic.activity, "the handler of `add`");
    /// assert_eq!((&*panic.place, &*panic.text), ("src/main.rs:7", "too much"));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (activity, rest) = text.split_once(PANICKED_AT)?;
        let (place, text) = rest.split_once(": ")?;
        Some(Self {
            activity: activity.to_owned(),
            place: match place {
                UNKNOWN => String::new(),
                place => place.to_owned(),
            },
            text: text.to_owned(),
        })
    }
}

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

/// Has panics within [`catch`] recorded in place of being printed. All others go on to the hook that
/// was there before.
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
fn catch_with<T>(backtraces: bool, f: impl FnOnce() -> T) -> Result<T, Caught> {
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

/// Runs a node's own code, as the current scope's runtime is told. A panic in it is reported.
///
/// # Errors
/// The panic.
pub(crate) fn guard<T>(activity: Activity<'_>, f: impl FnOnce() -> T) -> Result<T, Panic> {
    let backtraces = with_runtime("mael", |runtime| {
        runtime.enter(activity);
        runtime.wants_backtraces()
    });
    let result = catch_with(backtraces, f);
    with_runtime("mael", |runtime| {
        runtime.leave();
        result.map_err(|caught| {
            let panic = Panic {
                activity: activity.to_string(),
                place: caught.place,
                text: caught.text,
            };
            runtime.panicked(&panic, caught.backtrace.as_ref());
            panic
        })
    })
}

/// A future of a node's own code. A panic in it, or as it is dropped, is reported, and becomes the
/// result of the future.
pub(crate) struct Guarded<'a, F> {
    activity: Activity<'a>,
    /// None once it has completed.
    future: Option<F>,
}

impl<'a, F> Guarded<'a, F> {
    /// Takes a future that lies somewhere already, so that it need not be moved once more.
    pub(crate) fn new(activity: Activity<'a>, future: F) -> Self {
        let future = Some(future);
        Self { activity, future }
    }
}

impl<F: Future + Unpin> Future for Guarded<'_, F> {
    type Output = Result<F::Output, Panic>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { activity, future } = &mut *self;
        let polled = guard(*activity, || {
            let running = future.as_mut().expect("it is not polled after its end");
            let polled = Pin::new(running).poll(cx);
            if polled.is_ready() {
                *future = None;
            }
            polled
        });
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

impl<F> Drop for Guarded<'_, F> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            // It has been reported, and there is nobody else to return it to.
            let _ = guard(self.activity, || drop(future));
        }
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

    #[test]
    fn a_panic_is_read_as_it_is_displayed() {
        let panic = |place: &str, text: &str| Panic {
            activity: Activity::Handler("add").to_string(),
            place: place.to_owned(),
            text: text.to_owned(),
        };
        for panic in [panic("a b.rs:3", "x: y panicked at z: w"), panic("", "")] {
            assert_eq!(Panic::parse(&panic.to_string()), Some(panic));
        }
        let lines = panic("a.rs:3", "left\n right").to_string();
        assert_eq!(
            lines,
            "the handler of `add` panicked at a.rs:3: left\\n right"
        );
        assert_eq!(Panic::parse("nothing of the kind"), None);
    }
}
