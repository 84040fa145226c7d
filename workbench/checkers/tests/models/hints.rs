//! Hints of a model that are false.

use mael_checkers::linearizable::Model;
use mael_checkers::{convergent, linearizable};
use mael_history::{HistoryBuilder, Kind, Validity, Value};

/// A counter that makes a claim about its `add`.
#[derive(Default)]
struct Claims {
    reads: bool,
    overwrites: bool,
    commutes: bool,
}

impl Model for Claims {
    type State = i64;
    /// The number that an `add` adds; one that is below 0 doubles the counter.
    type Action = i64;

    fn initial(&self) -> i64 {
        1
    }

    fn action(&self, f: &str, argument: &Value, _: Option<&Value>) -> Result<i64, String> {
        match (f, argument) {
            ("read", _) => Ok(0),
            (_, Value::Int(number)) => number.to().ok_or("too large".to_owned()),
            (_, other) => Err(format!("{other} is not a number")),
        }
    }

    fn step(&self, state: &i64, number: &i64) -> Result<i64, String> {
        match *number {
            100.. => Err("100 is too much".to_owned()),
            0.. => Ok(state + number),
            _ => Ok(state * 2),
        }
    }

    fn show(&self, state: &i64) -> Value {
        (*state).into()
    }

    fn is_read(&self, number: &i64) -> bool {
        self.reads && *number != 0
    }

    fn is_overwrite(&self, number: &i64) -> bool {
        self.overwrites && *number != 0
    }

    fn commutes(&self, _: &i64) -> bool {
        self.commutes
    }
}

fn adds(numbers: &[i64]) -> HistoryBuilder {
    let mut builder = HistoryBuilder::default();
    for (process, number) in numbers.iter().enumerate() {
        builder.operation(process, Kind::Invoke, "add", *number);
        builder.operation(process, Kind::Ok, "add", *number);
    }
    builder
}

#[test]
fn a_false_hint_makes_the_verdict_unknown_and_is_explained() {
    let reads = Claims {
        reads: true,
        ..Claims::default()
    };
    let overwrites = Claims {
        overwrites: true,
        ..Claims::default()
    };
    for (model, numbers, claim) in [
        (
            &reads,
            &[3][..],
            "the model claims that add 3 of operation 1 (process 0, 0.001 s) is a read (`is_read`), \
             but it changes the state 1 to 4",
        ),
        (
            &overwrites,
            &[3, 3],
            "the model claims that add 3 of operation 1 (process 0, 0.001 s) overwrites any state \
             (`is_overwrite`), but it changes the state 1 to 4 and the state 4 to 7",
        ),
        (
            &overwrites,
            &[3, 100],
            "the model claims that add 100 of operation 3 (process 1, 0.003 s) overwrites any state \
             (`is_overwrite`), but it is impossible in the state 4: 100 is too much",
        ),
    ] {
        let verdict = linearizable::check(model, &adds(numbers).history);
        assert_eq!(verdict.valid, Validity::Unknown);
        assert_eq!(verdict.explanation, [claim]);
    }
    let verdict = linearizable::check(&Claims::default(), &adds(&[3, 3]).history);
    assert_eq!(verdict.valid, Validity::True);
}

#[test]
fn operations_that_do_not_commute_are_named_with_their_states() {
    let model = Claims {
        commutes: true,
        ..Claims::default()
    };
    for (numbers, valid) in [(&[3, 4][..], Validity::True), (&[3, -1], Validity::Unknown)] {
        let mut builder = adds(numbers);
        builder.last_operation(9, Kind::Invoke, "read", Value::Nil);
        builder.last_operation(9, Kind::Ok, "read", 8);
        let verdict = convergent::check(&model, &builder.history);
        assert_eq!(verdict.valid, valid);
        if valid == Validity::Unknown {
            assert_eq!(
                verdict.explanation,
                [
                    "the model claims that add 3 of operation 1 (process 0, 0.001 s) and add -1 of \
                  operation 3 (process 1, 0.003 s) commute (`commutes`), but from the state 1 they \
                  lead to 8 in this order, and to 5 in the other"
                ]
            );
        }
    }
}
