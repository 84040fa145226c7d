//! A history as calls with typed requests and replies.

use std::fmt;
use std::ops::Deref;

use mael::{Error, ErrorCode};
use mael_checkers::Coverage;
use mael_history::{History, Kind, Operation, Process, Value};

use super::codec::Codecs;
use super::operations::Operations;

/// The calls of a history, in order of invocation.
///
/// It is the argument of a `#[check]`, and dereferences to a slice of [`Call`].
pub struct Typed<W: Operations>(Vec<Call<W>>);

/// An operation: its request and its outcome.
pub struct Call<W: Operations> {
    /// The request.
    pub request: W::Request,
    /// The outcome.
    pub outcome: Outcome<W::Reply>,
    /// The process that invoked it.
    pub process: Process,
    /// Whether it belongs to the final phase.
    pub is_final: bool,
    invocation: Operation,
    completion: Option<Operation>,
}

/// The outcome of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<R> {
    /// The node sent this reply.
    Ok(R),
    /// The node replied with a definite error: the request had no effect.
    Failed(Error),
    /// The request may have taken effect, or may still take effect.
    Unknown,
}

impl<R> Outcome<R> {
    /// Returns the reply, if there is one.
    pub fn ok(&self) -> Option<&R> {
        match self {
            Self::Ok(reply) => Some(reply),
            Self::Failed(_) | Self::Unknown => None,
        }
    }
}

impl<W: Operations> Typed<W> {
    /// Reads a history.
    ///
    /// # Errors
    /// Returns an error if completions can't be matched with invocations, or the workload lacks an
    /// operation.
    pub fn new(workload: &W, history: &History) -> Result<Self, String> {
        let codecs = Codecs::new(workload.operations());
        let pairs = history.pairs().map_err(|unpaired| unpaired.to_string())?;
        let calls = pairs.list.iter().map(|(invocation, completion)| {
            call(&codecs, invocation, *completion)
                .map_err(|reason| format!("{} can't be judged: {reason}", invocation.label()))
        });
        Ok(Self(calls.collect::<Result<_, _>>()?))
    }
}

impl<W: Operations> Deref for Typed<W> {
    type Target = [Call<W>];

    fn deref(&self) -> &[Call<W>] {
        &self.0
    }
}

impl<'a, W: Operations> IntoIterator for &'a Typed<W> {
    type Item = &'a Call<W>;
    type IntoIter = std::slice::Iter<'a, Call<W>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<W: Operations> Call<W> {
    /// Returns the reply, if there is one.
    pub fn reply(&self) -> Option<&W::Reply> {
        self.outcome.ok()
    }

    /// Returns whether the node sent an error that means that nothing has changed.
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }

    /// Returns whether this call had completed before `other` was invoked. A call of unknown
    /// outcome never completes.
    pub fn precedes(&self, other: &Self) -> bool {
        let returned = self.completion.as_ref();
        returned.is_some_and(|it| it.kind != Kind::Info && it.index < other.invocation.index)
    }

    /// Returns the recorded invocation.
    pub fn invocation(&self) -> &Operation {
        &self.invocation
    }

    /// Returns the recorded completion, or `None` if there is none.
    pub fn completion(&self) -> Option<&Operation> {
        self.completion.as_ref()
    }
}

impl<W: Operations> fmt::Display for Call<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.completion.as_ref().unwrap_or(&self.invocation);
        write!(f, "{} {} of {}", last.f, last.value, last.label())
    }
}

fn call<W: Operations>(
    codecs: &Codecs,
    invocation: &Operation,
    completion: Option<&Operation>,
) -> Result<Call<W>, String> {
    let codec = codecs.get(&invocation.f)?;
    let (_, request) = codec.request(&invocation.value, W::read_request)?;
    let outcome = match completion {
        Some(completion) if completion.kind == Kind::Ok => {
            Outcome::Ok(codec.reply(&completion.value, W::read_reply)?)
        }
        Some(completion) if completion.kind == Kind::Fail => Outcome::Failed(error_of(completion)),
        _ => Outcome::Unknown,
    };
    Ok(Call {
        request,
        outcome,
        process: invocation.process.clone(),
        is_final: invocation.is_final,
        invocation: invocation.clone(),
        completion: completion.cloned(),
    })
}

/// Returns how many operations of a history the check of a workload covers.
pub(super) fn coverage<W: Operations>(workload: &W, history: &History) -> Coverage {
    let codecs = Codecs::new(workload.operations());
    Coverage::of(history, |invocation, completion| {
        let codec = codecs.get(&invocation.f)?;
        codec.request(&invocation.value, W::read_request)?;
        if let Some(completion) = completion.filter(|it| it.kind == Kind::Ok) {
            codec.reply(&completion.value, W::read_reply)?;
        }
        Ok(workload.is_judged(completion))
    })
}

/// Returns the error of a failed operation, which is recorded as `[name text]`. An operation that
/// got no reply has a timeout.
pub(super) fn error_of(completion: &Operation) -> Error {
    let recorded = completion.error.as_ref();
    let mut parts = recorded.into_iter().flat_map(|error| match error {
        Value::List(parts) => parts.iter().collect(),
        single => vec![single],
    });
    let name = parts.next().and_then(Value::name).unwrap_or_default();
    let text = parts.next().and_then(Value::name).unwrap_or_default();
    let code = ErrorCode::ALL.into_iter().find(|code| code.name() == name);
    Error::new(code.unwrap_or(ErrorCode::Timeout), text)
}
