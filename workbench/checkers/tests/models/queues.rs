//! Histories of queues and stacks, whose states are many and whose models give no hints.

use std::time::{Duration, Instant};

use fastrand::Rng;
use mael_checkers::linearizable;
use mael_history::{History, Kind, Validity, Value};

use crate::objects::{Object, Queue, Specified, Stack};
use crate::random::{Shape, history};

const MEMORY: u64 = 512_000_000;

/// A history of 10 processes of which 3 at most run at a time; a share of the operations adds an
/// element, the others remove one.
fn recorded<O: Object>(
    [add, remove]: [&'static str; 2],
    share: f64,
    operations: usize,
    seed: u64,
) -> History {
    let shape = Shape {
        processes: 10,
        operations,
        concurrent: 3,
        unknown: 0.01,
    };
    let draw = |number: usize, random: &mut Rng| match random.f64() < share {
        true => (add, number.into()),
        false => (remove, Value::Nil),
    };
    history::<O>(shape, draw, &mut Rng::with_seed(seed)).0
}

/// Exchanges two elements that were removed.
fn exchange(history: &mut History, remove: &str) {
    let has_removed = |place: &usize| {
        let operation = &history.0[*place];
        operation.kind == Kind::Ok && operation.f == remove && operation.value != Value::Nil
    };
    let removed: Vec<usize> = (0..history.0.len()).filter(has_removed).collect();
    let (first, second) = (removed[removed.len() / 2], removed[removed.len() / 2 + 8]);
    let value = history.0[first].value.clone();
    history.0[first].value = std::mem::replace(&mut history.0[second].value, value);
}

/// Returns how many of the histories are decided, and the longest time. Asserts that the verdicts
/// of those are right.
fn decided<O: Object>(
    names: [&'static str; 2],
    share: f64,
    operations: usize,
    seeds: u64,
    valid: bool,
) -> (u64, Duration) {
    let mut decided = 0;
    let mut longest = Duration::ZERO;
    for seed in 0..seeds {
        let mut history = recorded::<O>(names, share, operations, seed);
        if !valid {
            exchange(&mut history, names[1]);
        }
        let start = Instant::now();
        let verdict = linearizable::check_within(&Specified::<O>::new(false), &history, MEMORY);
        longest = longest.max(start.elapsed());
        if verdict.valid != Validity::Unknown {
            assert_eq!(verdict.valid, Validity::from(valid), "seed {seed}");
            decided += 1;
        }
    }
    (decided, longest)
}

const QUEUE: [&str; 2] = ["enqueue", "dequeue"];
const STACK: [&str; 2] = ["push", "pop"];

#[test]
fn queues_and_stacks_are_decided_without_hints() {
    for valid in [true, false] {
        assert_eq!(decided::<Queue>(QUEUE, 0.4, 120, 3, valid).0, 3);
        assert_eq!(decided::<Stack>(STACK, 0.4, 120, 3, valid).0, 3);
    }
}

#[test]
#[ignore = "prints how many of 20 histories of 1,000 operations are decided, and how long they take"]
fn long_histories_of_queues_and_stacks() {
    for (share, valid) in [(0.4, true), (0.4, false), (0.5, true), (0.5, false)] {
        let queues = decided::<Queue>(QUEUE, share, 1_000, 20, valid);
        let stacks = decided::<Stack>(STACK, share, 1_000, 20, valid);
        println!("{share} added, {valid}: queues {queues:?}, stacks {stacks:?}");
        if share == 0.4 {
            // One invalid history of a stack has more configurations than fit into the memory.
            let stacks_decided = if valid { 20 } else { 19 };
            assert_eq!((queues.0, stacks.0), (20, stacks_decided));
        }
    }
}
