//! The process that executes an operation.

use std::fmt;
use std::sync::Arc;

use crate::Value;
use crate::text::shorten;
use crate::value::SHOWN;

/// A logical process, which executes one operation at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// A client with a number.
    Client(usize),
    /// A client with a name, as in histories of other tools.
    Named(Arc<str>),
    /// The process that injects faults.
    Nemesis,
}

impl Process {
    /// Reads a process: a number, also as a string, is a client, `nemesis` is the nemesis, and any
    /// other name is a client of that name.
    ///
    /// # Errors
    /// Returns an error if the value is not a process.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected the number or name of a process, not {}",
                shorten(&value.to_string(), SHOWN)
            )
        };
        match value.name() {
            None => match value {
                Value::Int(number) => number.to().map(Self::Client).ok_or_else(expected),
                _ => Err(expected()),
            },
            Some("nemesis") => Ok(Self::Nemesis),
            Some(name) => match name.trim().parse() {
                Ok(number) => Ok(Self::Client(number)),
                Err(_) if is_name(name) => Ok(Self::Named(name.into())),
                Err(_) => Err(expected()),
            },
        }
    }
}

/// Returns whether a text is a name: neither empty nor a number that no process can have.
fn is_name(text: &str) -> bool {
    let has_digit = text.contains(|it: char| it.is_ascii_digit());
    let is_number = has_digit && text.trim().parse::<f64>().is_ok();
    !is_number && !text.trim().is_empty()
}

/// Prints the number, the name, or `nemesis`.
impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(number) => number.fmt(f),
            Self::Named(name) => name.fmt(f),
            Self::Nemesis => f.write_str("nemesis"),
        }
    }
}

impl From<Process> for Value {
    fn from(process: Process) -> Self {
        match process {
            Process::Client(number) => number.into(),
            Process::Named(name) => Self::from(&*name),
            Process::Nemesis => Self::keyword("nemesis"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_a_number_or_a_name() {
        let named = |name: &str| Process::Named(name.into());
        for (text, process) in [
            ("3", Process::Client(3)),
            ("\"3\"", Process::Client(3)),
            ("\" 12 \"", Process::Client(12)),
            ("18446744073709551615", Process::Client(usize::MAX)),
            (":nemesis", Process::Nemesis),
            ("\"nemesis\"", Process::Nemesis),
            ("nemesis", Process::Nemesis),
            ("\"c1\"", named("c1")),
            (":c1", named("c1")),
            ("\"client 1\"", named("client 1")),
            ("\"nan\"", named("nan")),
            ("\"Nemesis\"", named("Nemesis")),
        ] {
            let value = Value::from_edn(text).unwrap();
            assert_eq!(Process::read(&value), Ok(process.clone()), "{text}");
            assert_eq!(Process::read(&process.clone().into()), Ok(process));
        }
    }

    #[test]
    fn other_values_than_numbers_and_names_are_rejected() {
        for text in [
            "-1",
            "\"-1\"",
            "1.5",
            "\"1.5\"",
            "\"1e3\"",
            "nil",
            "true",
            "\"\"",
            "\" \"",
            "[0]",
            "{}",
            "18446744073709551616",
            "\"18446744073709551616\"",
        ] {
            let value = Value::from_edn(text).unwrap();
            let error = format!(
                "expected the number or name of a process, not {}",
                shorten(&value.to_string(), SHOWN)
            );
            assert_eq!(Process::read(&value), Err(error), "{text}");
        }
    }
}
