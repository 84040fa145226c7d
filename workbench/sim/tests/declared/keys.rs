//! Objects that are checked one by one.

use mael::prelude::*;
use mael_history::Kind::{Info, Invoke, Ok};
use mael_history::Validity;
use mael_sim::declared::specified_by;
use mael_sim::workloads::Workload;
use mael_sim::{Options, specification};

use super::{judge_by, read};

/// Registers by key.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Registers {
    values: RefCell<BTreeMap<u64, i64>>,
}

#[specification]
#[handlers]
impl Registers {
    #[handler(type = "write", value = "[key, value]", overwrites)]
    fn write(
        &self,
        #[key]
        #[draw(0..3)]
        key: u64,
        #[draw(0..5)] value: i64,
    ) {
        self.values.borrow_mut().insert(key, value);
    }

    #[handler(type = "read", reply = "value", value = "[key, value]", read_only)]
    fn read(
        &self,
        #[key]
        #[draw(0..3)]
        key: u64,
    ) -> Option<i64> {
        self.values.borrow().get(&key).copied()
    }
}

#[test]
fn each_key_is_judged_on_its_own() {
    let history = |read| {
        [
            (0, Invoke, "write", "[1 5]"),
            (0, Ok, "write", "[1 5]"),
            (0, Invoke, "read", "[2 nil]"),
            (0, Ok, "read", "[2 nil]"),
            (0, Invoke, "read", "[1 nil]"),
            (0, Ok, "read", read),
        ]
    };
    assert_eq!(
        judge_by::<Registers>(&history("[1 5]")).valid,
        Validity::True
    );
    let verdict = judge_by::<Registers>(&history("[1 4]"));
    assert_eq!(verdict.valid, Validity::False);
    let failures = verdict.results.get("failures").map(ToString::to_string);
    assert_eq!(failures.as_deref(), Some("[1]"));
    assert!(
        verdict.explanation[0].starts_with("key 1: read [1 4]"),
        "{:?}",
        verdict.explanation
    );
}

#[test]
fn a_write_of_unknown_outcome_may_take_effect_before_a_read_of_its_key() {
    let history = |read| {
        [
            (0, Invoke, "write", "[1 5]"),
            (0, Info, "write", "[1 5]"),
            (1, Invoke, "write", "[1 6]"),
            (3, Invoke, "write", "[2 7]"),
            (3, Ok, "write", "[2 7]"),
            (2, Invoke, "read", "[1 nil]"),
            (2, Ok, "read", "[1 5]"),
            (2, Invoke, "read", "[1 nil]"),
            (2, Ok, "read", read),
        ]
    };
    for (read, valid) in [
        ("[1 5]", Validity::True),
        ("[1 6]", Validity::True),
        ("[1 4]", Validity::False),
    ] {
        let verdict = judge_by::<Registers>(&history(read));
        assert_eq!(verdict.valid, valid, "{:?}", verdict.explanation);
    }
}

/// Counters by key that are in truth one counter.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shared {
    count: Cell<u64>,
}

#[specification]
#[handlers]
impl Shared {
    #[handler(type = "next", reply = "value")]
    fn next(
        &self,
        #[key]
        #[draw(0..3)]
        _key: u64,
    ) -> u64 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }
}

#[test]
fn keys_that_affect_each_other_are_a_mistake_of_the_specification() {
    let verdict = judge_by::<Shared>(&[
        (0, Invoke, "next", "1"),
        (0, Ok, "next", "1"),
        (0, Invoke, "next", "2"),
        (0, Ok, "next", "1"),
    ]);
    assert_eq!(verdict.valid, Validity::Unknown);
    let text = &verdict.explanation[0];
    assert!(
        text.contains("`shared` has keys that affect each other"),
        "{text}"
    );
}

/// Counters by name, whose reads may be stale until the end.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tallies {
    counts: RefCell<BTreeMap<u64, u64>>,
}

#[specification(convergent)]
#[handlers]
impl Tallies {
    #[handler(type = "add", commutes)]
    fn add(
        &self,
        #[key]
        #[draw(0..3)]
        name: u64,
    ) {
        *self.counts.borrow_mut().entry(name).or_default() += 1;
    }

    #[handler(
        type = "read",
        reply = "value",
        value = "[name, value]",
        read_only,
        finally
    )]
    fn read(
        &self,
        #[key]
        #[draw(0..3)]
        name: u64,
    ) -> u64 {
        self.counts.borrow().get(&name).copied().unwrap_or(0)
    }
}

#[test]
fn stale_reads_do_not_make_keys_affect_each_other() {
    let mut history = read(&[
        (0, Invoke, "add", "1"),
        (0, Ok, "add", "1"),
        (0, Invoke, "add", "2"),
        (0, Ok, "add", "2"),
        (1, Invoke, "read", "[1 nil]"),
        (1, Ok, "read", "[1 0]"),
        (9, Invoke, "read", "[1 nil]"),
        (9, Ok, "read", "[1 1]"),
        (9, Invoke, "read", "[2 nil]"),
        (9, Ok, "read", "[2 1]"),
    ]);
    for operation in &mut history.0[6..] {
        operation.is_final = true;
    }
    let verdict = specified_by::<Tallies>().check(&Options::default(), &history);
    assert_eq!(verdict.valid, Validity::True, "{:?}", verdict.explanation);
}
