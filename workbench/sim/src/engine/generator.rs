//! What the clients do next.

use std::borrow::Cow;

use fastrand::Rng;
use mael::time::Instant;
use mael_history::{Operation, Value};
use serde::{Deserialize, Serialize};

use super::script::Written;

/// An operation to begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Invocation {
    /// What is to be done, such as `read`.
    pub f: Cow<'static, str>,
    /// The arguments.
    pub value: Value,
    /// Whether this belongs to the final phase.
    pub is_final: bool,
    /// What else its client, or a reader of the history, is to know.
    pub extra: Vec<(Cow<'static, str>, Value)>,
}

impl Invocation {
    /// An operation of the main phase.
    pub fn new(f: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self {
            f: f.into(),
            value: value.into(),
            is_final: false,
            extra: Vec::new(),
        }
    }

    /// The same as an operation of the final phase.
    #[must_use]
    pub fn last(self) -> Self {
        Self {
            is_final: true,
            ..self
        }
    }

    /// The same with one item less, for each item of its list of arguments, if it has more than one.
    #[must_use]
    pub fn with_one_less(&self) -> Vec<Self> {
        let Value::List(items) = &self.value else {
            return Vec::new();
        };
        let without = |position: usize| {
            let mut items = items.clone();
            items.remove(position);
            Self {
                value: Value::List(items),
                ..self.clone()
            }
        };
        let positions = 0..items.len();
        positions.filter(|_| items.len() > 1).map(without).collect()
    }

    /// What else is to be known, as histories have it.
    pub(crate) fn extra_entries(&self) -> Vec<(Value, Value)> {
        let extra = self.extra.iter();
        extra
            .map(|(key, value)| (Value::Keyword(key.clone()), value.clone()))
            .collect()
    }

    /// The same with one more key.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.extra.push((key.into(), value.into()));
        self
    }
}

/// What a generator has to offer.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// An operation, for this one of the free threads.
    Invoke(usize, Invocation),
    /// Nothing before some operation has ended.
    Wait,
    /// Nothing before this moment, or before some operation has ended.
    WaitUntil(Instant),
    /// Nothing any more.
    Done,
}

/// A source of operations.
pub trait Generator {
    /// The next operation for one of the `free` threads, of which there is at least one. They
    /// come in the order in which they should take turns.
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next;

    /// Tells what became of operations: called for each begin and each end.
    fn update(&mut self, _: &Operation) {}
}

/// Endless operations, each for the thread whose turn it is.
///
/// ```
/// use mael_sim::engine::{Generator, Invocation, Next, endless};
///
/// let mut reads = endless(|_| Invocation::new("read", None::<i64>));
/// let next = reads.next(&[2, 0, 1], &mut fastrand::Rng::with_seed(7));
/// assert_eq!(next, Next::Invoke(2, Invocation::new("read", None::<i64>)));
/// ```
pub fn endless(next: impl FnMut(&mut Rng) -> Invocation) -> impl Generator {
    Endless(next)
}

struct Endless<F>(F);

impl<F: FnMut(&mut Rng) -> Invocation> Generator for Endless<F> {
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next {
        Next::Invoke(free[0], (self.0)(random))
    }
}

/// One operation on each of the threads `0..threads`.
pub fn once_per_thread(threads: usize, invocation: Invocation) -> impl Generator {
    OncePerThread {
        waiting: (0..threads).collect(),
        invocation,
    }
}

struct OncePerThread {
    waiting: Vec<usize>,
    invocation: Invocation,
}

impl Generator for OncePerThread {
    fn next(&mut self, free: &[usize], _: &mut Rng) -> Next {
        if self.waiting.is_empty() {
            return Next::Done;
        }
        let turn = free.iter().find(|thread| self.waiting.contains(thread));
        let Some(&thread) = turn else {
            return Next::Wait;
        };
        self.waiting.retain(|waiting| *waiting != thread);
        Next::Invoke(thread, self.invocation.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_per_thread_waits_for_threads_that_are_busy() {
        let read = Invocation::new("read", Value::Nil).last();
        let mut generator = once_per_thread(2, read.clone());
        let mut random = Rng::with_seed(0);
        let mut next = |free: &[usize]| generator.next(free, &mut random);
        assert_eq!(next(&[1, 0]), Next::Invoke(1, read.clone()));
        assert_eq!(next(&[1]), Next::Wait);
        assert_eq!(next(&[0, 1]), Next::Invoke(0, read.clone()));
        assert_eq!(next(&[1]), Next::Done);
    }
}
