//! Histories: the invocations and completions of a run, in the order of their recording.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{Process, Value};

/// An entry of a history: an invocation or a completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its index in the history, counted from 0. Indexes ascend, but a history that was read from a
    /// file may have gaps.
    pub index: usize,
    /// When it was recorded, in nanoseconds since all nodes were initialized.
    pub time: u64,
    /// Whether it is an invocation, or the kind of completion.
    pub kind: Kind,
    /// The process that executes it.
    pub process: Process,
    /// The function, such as `read`.
    pub f: Cow<'static, str>,
    /// The arguments, or the result.
    pub value: Value,
    /// Whether it belongs to the final phase, in which the state no longer changes.
    pub is_final: bool,
    /// The error, if it did not succeed.
    pub error: Option<Value>,
    /// The exception that crashed the client, if there was one.
    pub exception: Option<Value>,
    /// Other keys and their values.
    pub extra: Vec<(Value, Value)>,
}

/// The type of an entry: an invocation, or the kind of completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An invocation.
    Invoke,
    /// A completion: it took effect.
    Ok,
    /// A completion: it certainly did not take effect.
    Fail,
    /// It may have taken effect, or may still do so.
    Info,
}

impl Kind {
    /// Returns the name in histories.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Info => "info",
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let all = [Self::Invoke, Self::Ok, Self::Fail, Self::Info];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

impl Operation {
    /// Returns the operation as a map, with Jepsen's keys.
    pub fn to_value(&self) -> Value {
        Value::Map(self.entries().collect())
    }

    /// Returns a phrase for the operation: its index, process and time.
    pub fn label(&self) -> String {
        let process = match &self.process {
            Process::Nemesis => "the nemesis".to_owned(),
            client => format!("process {client}"),
        };
        let seconds = Duration::from_nanos(self.time).as_secs_f64();
        format!("operation {} ({process}, {seconds:.3} s)", self.index)
    }

    fn entries(&self) -> impl Iterator<Item = (Value, Value)> {
        let fixed = [
            ("index", Value::from(self.index)),
            ("time", Value::from(self.time)),
            ("type", Value::keyword(self.kind.name())),
            ("process", self.process.clone().into()),
            ("f", function(self.f.clone())),
            ("value", self.value.clone()),
        ];
        fixed
            .into_iter()
            .chain(self.is_final.then_some(("final?", Value::Bool(true))))
            .chain(self.exception.clone().map(|it| ("exception", it)))
            .chain(self.error.clone().map(|error| ("error", error)))
            .map(|(key, value)| (Value::keyword(key), value))
            .chain(self.extra.clone())
    }
}

/// Returns the name of a function as in a history: a keyword, if it can be one.
fn function(f: Cow<'static, str>) -> Value {
    let ends_keyword = |it: char| it.is_whitespace() || "\",;()[]{}".contains(it);
    if f.contains(ends_keyword) {
        Value::from(f.into_owned())
    } else {
        Value::keyword(f)
    }
}

/// Serializes with Jepsen's keys, in Jepsen's order.
impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.entries() {
            map.serialize_entry(&key.to_json_key(), &value)?;
        }
        map.end()
    }
}

/// Prints EDN, with Jepsen's keys, in Jepsen's order.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (key, value)) in self.entries().enumerate() {
            let before = if position == 0 { "{" } else { ", " };
            write!(f, "{before}{key} {value}")?;
        }
        f.write_str("}")
    }
}

/// The operations of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History(pub Vec<Operation>);

impl History {
    /// Returns the entries of clients.
    pub fn client_operations(&self) -> impl Iterator<Item = &Operation> {
        self.0
            .iter()
            .filter(|operation| operation.process != Process::Nemesis)
    }

    /// Returns the invocations of clients.
    pub fn invocations(&self) -> impl Iterator<Item = &Operation> {
        self.client_operations()
            .filter(|operation| operation.kind == Kind::Invoke)
    }

    /// Returns the completions of clients.
    pub fn completions(&self) -> impl Iterator<Item = &Operation> {
        self.client_operations()
            .filter(|operation| operation.kind != Kind::Invoke)
    }
}
