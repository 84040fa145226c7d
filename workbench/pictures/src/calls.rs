//! The operations of a history, each from its invocation to its completion.

use std::collections::BTreeSet;

use mael_history::{History, Kind, Operation};

/// An operation of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'h> {
    pub(crate) invocation: &'h Operation,
    pub(crate) completion: Option<&'h Operation>,
}

impl<'h> Call<'h> {
    /// Returns the operations of a history in the order of their invocations; none if the history
    /// is not well formed, since then they are ambiguous.
    pub(crate) fn all(history: &'h History) -> Vec<Self> {
        let pairs = history.pairs().map(|pairs| pairs.list);
        let calls = pairs.unwrap_or_default().into_iter();
        let call = |(invocation, completion)| Self {
            invocation,
            completion,
        };
        calls.map(call).collect()
    }

    /// Returns when it was invoked, in seconds.
    pub(crate) fn start(&self) -> f64 {
        to_seconds(self.invocation.time)
    }

    /// Returns when it completed, in seconds.
    pub(crate) fn end(&self) -> Option<f64> {
        self.completion
            .map(|completion| to_seconds(completion.time))
    }

    /// Returns how it completed; without a completion, its outcome is unknown.
    pub(crate) fn outcome(&self) -> Kind {
        self.completion.map_or(Kind::Info, |it| it.kind)
    }

    /// Returns the name of its function.
    pub(crate) fn f(&self) -> &'h str {
        &self.invocation.f
    }
}

/// Returns seconds from nanoseconds.
pub(crate) fn to_seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// Returns the time of the last entry of a history, in seconds.
pub(crate) fn end(history: &History) -> f64 {
    let times = history.0.iter().map(|operation| operation.time);
    to_seconds(times.max().unwrap_or_default())
}

/// The functions of a history, in alphabetical order.
pub(crate) struct Functions<'h>(Vec<&'h str>);

impl<'h> Functions<'h> {
    pub(crate) fn of(calls: &[Call<'h>]) -> Self {
        let names: BTreeSet<&str> = calls.iter().map(Call::f).collect();
        Self(names.into_iter().collect())
    }

    /// Returns the number of a function.
    pub(crate) fn number(&self, f: &str) -> usize {
        self.0
            .iter()
            .position(|name| *name == f)
            .unwrap_or_default()
    }

    /// Returns the functions, in the order of their numbers.
    pub(crate) fn names(&self) -> &[&'h str] {
        &self.0
    }
}
