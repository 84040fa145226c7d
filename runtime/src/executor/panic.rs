//! Panics of a node's own code.

use std::fmt;

use super::log_record::{LogLevel, of_runtime};

/// A panic of a node's own code. The node continues to run.
///
/// The `Display` form is one line, which the node logs and [`parse`](Self::parse) parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// The code that panicked: see [`Activity`](super::Activity).
    pub activity: String,
    /// The location, as `file:line`; empty if it is unknown because the program has replaced the
    /// panic hook.
    pub place: String,
    /// The message.
    pub text: String,
}

/// Separates the activity from the location.
const PANICKED_AT: &str = " panicked at ";

/// The text for an unknown location.
const UNKNOWN: &str = "an unknown location";

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
    /// Parses the line with which a process logs a panic to stderr. Returns None for any other
    /// line.
    pub fn of_log(line: &str) -> Option<Self> {
        Self::parse(of_runtime(line, LogLevel::Error)?)
    }

    /// Parses the `Display` form. Line breaks in the message remain escaped as `\n`. Returns None
    /// for any other text.
    ///
    /// ```
    /// use mael::Panic;
    ///
    /// let message = "the handler of `add` panicked at src/main.rs:7: overflow";
    /// let panic = Panic::parse(message).unwrap();
    /// assert_eq!(panic.activity, "the handler of `add`");
    /// assert_eq!((&*panic.place, &*panic.text), ("src/main.rs:7", "overflow"));
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

#[cfg(test)]
mod tests {
    use super::super::activity::Activity;
    use super::*;

    #[test]
    fn a_displayed_panic_is_parsed() {
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
        assert_eq!(Panic::parse("not a panic"), None);
    }
}
