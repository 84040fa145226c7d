//! Linearizability: is there one order of all operations, each taking effect at some point between
//! its invocation and its completion, that explains every result?
//!
//! The check is exponential at worst (Gibbons and Korach, "Testing shared memories", 1997), so the
//! memory that it may use is bounded, by default to [`MEMORY`], and a history that needs more is
//! `unknown`. Memory grows with the number of configurations tried, and with the number of
//! operations times how many of them are concurrent. Histories of several objects are split first,
//! one history per object, which is equivalent (Herlihy and Wing, "Linearizability: a correctness
//! condition for concurrent objects", 1990, section 3.3): see [`independent`](super::independent).

mod mutex;
mod named;
mod observed;
mod queues;
mod register;

pub use mutex::Mutex;
pub use named::NamedModel;
pub use observed::{ObservedAction, ObservedCasRegister, observe_failures};
pub use queues::{FifoQueue, QueueAction, UnorderedQueue};
pub use register::{CasRegister, RegisterAction};

use mael_history::History;

use crate::Verdict;
use crate::specification::Calls;
pub use crate::specification::{MEMORY, Model};

/// Checks the history of one object.
///
/// The results of a valid history include a `witness`: the indexes of its operations in an order
/// that explains them. Those of an invalid history include the first operation that can't be
/// linearized (`op`), the configurations that were possible just before it returned (`configs`),
/// and the attempts to linearize it (`final-paths`), at most ten of each.
pub fn check<M: Model>(model: &M, history: &History) -> Verdict {
    check_within(model, history, MEMORY)
}

/// Like [`check`], with a memory limit in bytes, which also bounds the time.
///
/// Memory is counted rather than measured, so that the verdict does not depend on the machine. A
/// process uses about as much, plus the memory of the history and the results.
pub fn check_within<M: Model>(model: &M, history: &History, memory: u64) -> Verdict {
    match Calls::in_real_time(model, history) {
        Ok(calls) => crate::specification::check(model, calls, memory),
        Err(reason) => Verdict::unknown(reason),
    }
}

#[cfg(test)]
mod tests {
    use Kind::{Fail, Info, Invoke, Ok};

    use super::*;
    use mael_history::{HistoryBuilder, Kind, Validity, Value};

    fn judge(builder: &HistoryBuilder) -> Verdict {
        check(&CasRegister, &builder.history)
    }

    /// Returns sequential operations, each by its own process.
    fn sequence<const N: usize>(operations: [(&'static str, Kind, Value); N]) -> HistoryBuilder {
        let mut builder = HistoryBuilder::default();
        for (process, (f, kind, value)) in operations.into_iter().enumerate() {
            let argument = if f == "read" {
                Value::Nil
            } else {
                value.clone()
            };
            builder.operation(process, Invoke, f, argument);
            builder.operation(process, kind, f, value);
        }
        builder
    }

    fn cas(from: i32, to: i32) -> Value {
        vec![from, to].into()
    }

    #[test]
    fn sequential_histories_are_checked_in_their_order() {
        for (valid, builder) in [
            (true, sequence([])),
            (true, sequence([("read", Ok, Value::Nil)])),
            (false, sequence([("read", Ok, 3.into())])),
            (
                true,
                sequence([("write", Ok, 1.into()), ("read", Ok, 1.into())]),
            ),
            (
                false,
                sequence([("write", Ok, 1.into()), ("read", Ok, 2.into())]),
            ),
            // A read of nil fits any state.
            (
                true,
                sequence([("write", Ok, 1.into()), ("read", Ok, Value::Nil)]),
            ),
            // A cas needs its expected value, and the initial one is nil.
            (false, sequence([("cas", Ok, cas(1, 2))])),
            (
                true,
                sequence([
                    ("write", Ok, 1.into()),
                    ("cas", Ok, cas(1, 2)),
                    ("read", Ok, 2.into()),
                ]),
            ),
            // A failed write never happened.
            (
                false,
                sequence([("write", Fail, 1.into()), ("read", Ok, 1.into())]),
            ),
            // A write of unknown outcome may happen later, or never, but not twice.
            (
                true,
                sequence([
                    ("write", Info, 1.into()),
                    ("write", Ok, 2.into()),
                    ("read", Ok, 1.into()),
                ]),
            ),
            (
                true,
                sequence([
                    ("write", Info, 1.into()),
                    ("write", Ok, 2.into()),
                    ("read", Ok, 2.into()),
                ]),
            ),
            (
                false,
                sequence([
                    ("write", Info, 1.into()),
                    ("read", Ok, 1.into()),
                    ("write", Ok, 2.into()),
                    ("read", Ok, 1.into()),
                ]),
            ),
        ] {
            let verdict = judge(&builder);
            assert_eq!(
                verdict.valid,
                Validity::from(valid),
                "{:?}",
                builder.history
            );
            assert_eq!(verdict.explanation.is_empty(), valid);
        }
    }

    #[test]
    fn a_valid_history_has_a_witness() {
        let mut builder = HistoryBuilder::default();
        builder.operation(0, Invoke, "write", 1);
        builder.operation(1, Invoke, "write", 2);
        builder.operation(2, Invoke, "read", Value::Nil);
        builder.operation(0, Ok, "write", 1);
        builder.operation(1, Ok, "write", 2);
        builder.operation(2, Ok, "read", 1);
        builder.operation(2, Invoke, "cas", cas(2, 3));
        let results = judge(&builder).results;
        assert_eq!(
            results.to_string(),
            "{:configs [], :final-paths [], :model {:value 2}, :valid? true, :witness [3 5 4]}"
        );
    }

    #[test]
    fn a_stale_read_is_explained() {
        let mut builder = sequence([("write", Ok, 1.into()), ("write", Ok, 2.into())]);
        builder.operation(7, Invoke, "cas", cas(5, 6));
        builder.operation(8, Invoke, "read", Value::Nil);
        builder.operation(8, Ok, "read", 1);
        let verdict = judge(&builder);
        assert_eq!(
            verdict.explanation,
            [
                "read 1 of operation 6 (process 8, 0.006 s) can't be linearized: just before it returned, \
              the state could only be {:value 2} (after write 2 of operation 3 (process 1, 0.003 s)), \
              and ordering others before it (0 concurrent, 1 of unknown outcome) does not help; \
              it would have fit after write 1 of operation 1 (process 0, 0.001 s), but \
              write 2 of operation 3 (process 1, 0.003 s) followed"
            ]
        );
        let write = "{:f :write, :index 3, :process 1, :time 3000000, :type :ok, :value 2}";
        let read = "{:f :read, :index 6, :process 8, :time 6000000, :type :ok, :value 1}";
        let cas = "{:f :cas, :index 4, :process 7, :time 4000000, :type :invoke, :value [5 6]}";
        let invocation = "{:f :read, :index 5, :process 8, :time 5000000, :type :invoke, :value 1}";
        for (key, value) in [
            ("op", read.to_owned()),
            ("previous-ok", write.to_owned()),
            (
                "configs",
                format!(
                    "[{{:last-op {write}, :model {{:value 2}}, :pending [{invocation} {cas}]}}]"
                ),
            ),
            (
                "final-paths",
                format!(
                    "[[{{:model {{:value 2}}, :op {write}}} \
                     {{:model {{:msg \"can't read 1 from register 2\"}}, :op {read}}}]]"
                ),
            ),
        ] {
            assert_eq!(verdict.results.get(key).unwrap().to_string(), value);
        }
    }

    #[test]
    fn a_read_of_a_value_never_written_is_explained() {
        let verdict = judge(&sequence([("read", Ok, 1.into())]));
        assert_eq!(
            verdict.explanation,
            [
                "read 1 of operation 1 (process 0, 0.001 s) can't be linearized: just before it returned, \
              the state could only be {:value nil} (the initial state); \
              no earlier state would have fit either"
            ]
        );
    }

    #[test]
    fn a_search_that_needs_too_much_memory_is_unknown() {
        let mut builder = HistoryBuilder::default();
        for process in 0..8 {
            builder.operation(process, Invoke, "write", process as i32 % 4);
        }
        for value in [0, 1, 2, 3, 0, 9] {
            builder.operation(8, Invoke, "read", Value::Nil);
            builder.operation(8, Ok, "read", value);
        }
        for (memory, reason) in [
            (10, "too many operations are concurrent"),
            (2_000, "gave up after"),
        ] {
            let verdict = check_within(&CasRegister, &builder.history, memory);
            assert_eq!(verdict.valid, Validity::Unknown);
            let cause = verdict.results.get("cause");
            assert_eq!(cause, Some(&Value::keyword("out-of-budget")));
            assert!(verdict.explanation[0].starts_with(reason));
            assert!(verdict.explanation[0].contains("allow more memory with --checker-memory"));
        }
        assert_eq!(judge(&builder).valid, Validity::False);
    }

    #[test]
    fn an_unknown_operation_makes_the_verdict_unknown() {
        for (f, value, reason) in [
            (
                "add",
                Value::from(1),
                "a register has read, write and cas, but no add",
            ),
            ("cas", Value::from(1), "a cas needs [from to], not 1"),
        ] {
            let verdict = judge(&sequence([(f, Ok, value)]));
            assert_eq!(verdict.valid, Validity::Unknown);
            let error = format!("operation 0 (process 0, 0.000 s) can't be judged: {reason}");
            assert_eq!(verdict.results.get("error"), Some(&error.as_str().into()));
        }
    }

    #[test]
    fn a_value_never_written_is_found_among_many_calls_of_unknown_outcome() {
        let mut builder = HistoryBuilder::default();
        builder.operation(99, Invoke, "write", 0);
        builder.operation(99, Ok, "write", 0);
        for process in 0..40 {
            let (from, to) = (process as i32 % 5, process as i32 / 5 % 5);
            builder.operation(process, Invoke, "cas", cas(from, to));
        }
        for (process, value) in (40..).zip([1, 2, 3, 4, 0, 2, 4, 1, 3, 0, 3, 1, 77]) {
            builder.operation(process, Invoke, "read", Value::Nil);
            builder.operation(process, Ok, "read", value);
        }
        let verdict = judge(&builder);
        assert_eq!(verdict.valid, Validity::False);
        let op = verdict.results.get("op").unwrap();
        assert_eq!(op.get("value"), Some(&77.into()));
        assert!(
            verdict.explanation[0].contains("among others"),
            "{:?}",
            verdict.explanation
        );
    }

    /// Numbers that are handed out in ascending order: a model with infinitely many states.
    struct Ticket;

    impl Model for Ticket {
        type State = i128;
        type Action = Option<Value>;

        fn initial(&self) -> i128 {
            0
        }

        fn action(
            &self,
            _: &str,
            _: &Value,
            result: Option<&Value>,
        ) -> Result<Option<Value>, String> {
            Result::Ok(result.cloned())
        }

        fn step(&self, state: &i128, number: &Option<Value>) -> Result<i128, String> {
            match number {
                Some(number) if *number != Value::from(state + 1) => Err(format!("not {number}")),
                _ => Result::Ok(state + 1),
            }
        }

        fn show(&self, state: &i128) -> Value {
            Value::from(*state)
        }
    }

    #[test]
    fn an_object_may_have_infinitely_many_states() {
        for (number, valid) in [(1, true), (3, true), (4, false), (0, false)] {
            let mut builder = HistoryBuilder::default();
            builder.operation(0, Invoke, "take", Value::Nil);
            builder.operation(1, Invoke, "take", Value::Nil);
            builder.operation(2, Invoke, "take", Value::Nil);
            builder.operation(2, Ok, "take", number);
            let verdict = check(&Ticket, &builder.history);
            assert_eq!(verdict.valid, Validity::from(valid), "{number}");
        }
    }
}
