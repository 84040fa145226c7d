//! Generates the operations of the clients.

use fastrand::Rng;
use mael::time::Instant;
use mael_history::Operation;

use super::invocation::Invocation;

/// The next step of a generator.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Invoke an operation on this thread, which is free.
    Invoke(usize, Invocation),
    /// Wait until an operation completes.
    Wait,
    /// Wait until this time, or until an operation completes.
    WaitUntil(Instant),
    /// The generator is exhausted.
    Done,
}

/// A source of operations.
pub trait Generator {
    /// Returns the next operation for one of the `free` threads. There is at least one, and they
    /// are in round-robin order.
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next;

    /// Called with each invocation and each completion.
    fn update(&mut self, _: &Operation) {}
}

/// Generates operations without end, each on the thread whose turn it is.
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

/// Generates one operation on each of the threads `0..threads`.
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
    use mael_history::Value;

    use super::*;

    #[test]
    fn once_per_thread_waits_for_busy_threads() {
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
