//! Ids that are not unique, not always unique, or not comparable.

use std::ops::Range;

use mael::prelude::*;
use mael::serde::{Serialize, Serializer};
use mael_challenges as challenges;
use mael_history::{Validity, Value};
use mael_sim::simulation::{Simulated, Simulation};
use mael_sim::{Fault, workloads};
use mael_tests::reference::unique_ids::UniqueIds;

use super::{long, number, result, small};

/// The reference node with a bug.
fn with_bug(simulation: Simulation<UniqueIds>, bug: &str) -> Simulation<UniqueIds> {
    simulation.args(["--bug", bug])
}

#[test]
fn ids_that_repeat_across_nodes_are_counted() {
    let nameless = with_bug(small(workloads::UniqueIds), "omits-node-id");
    let run = nameless.run_seed(1);
    assert_eq!(run.results.valid, Validity::False);
    let made = number(&run, "workload", "acknowledged-count");
    let duplicated = number(&run, "workload", "duplicated-count");
    assert!(
        duplicated >= made / 3 - 10 && duplicated <= made / 2,
        "{duplicated} of {made}"
    );
    let Value::Map(listed) = result(&run, "workload", "duplicated") else {
        panic!("what is duplicated is a map");
    };
    assert!(
        listed
            .values()
            .all(|times| [2, 3].map(Value::from).contains(times))
    );
}

#[test]
fn a_plain_counter_is_unique_on_a_single_node() {
    with_bug(small(workloads::UniqueIds), "omits-node-id")
        .nodes(1)
        .seeds(0..5)
        .check();
}

const SEEDS: Range<u64> = 0..20;

#[test]
fn ids_that_repeat_after_a_restart_are_found_under_kill_only() {
    let killing = |faults: Vec<Fault>| {
        with_bug(long(workloads::UniqueIds), "restarts-count")
            .nemesis(faults)
            .seeds(SEEDS)
            .run()
    };
    let found = killing(vec![Fault::Kill]);
    let wrong = found
        .iter()
        .filter(|run| run.results.valid == Validity::False);
    assert!(wrong.count() > 10);
    let without = killing(vec![Fault::Partition, Fault::Pause]);
    assert!(without.iter().all(Simulated::passed));
}

#[test]
fn the_unique_ids_of_the_challenges_pass_the_same_seeds() {
    long::<challenges::UniqueIds>(workloads::UniqueIds)
        .nemesis([Fault::Kill])
        .seeds(SEEDS)
        .check();
}

/// Ids that are sometimes a number in quotes, and sometimes one without.
#[node]
struct Mixed {
    count: Cell<u64>,
}

/// A number, which is written as one or as text.
enum Id {
    Number(u64),
    Text(String),
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

#[handlers]
impl Mixed {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> Id {
        let count = self.count.replace(self.count.get() + 1);
        if count.is_multiple_of(2) {
            Id::Number(count)
        } else {
            Id::Text(count.to_string())
        }
    }
}

#[test]
fn ids_that_can_not_be_compared_are_not_judged() {
    let run = small::<Mixed>(workloads::UniqueIds).nodes(1).run_seed(1);
    assert_eq!(run.results.valid, Validity::Unknown);
    assert_eq!(
        result(&run, "workload", "valid?"),
        Value::keyword("unknown")
    );
    assert!(!run.passed());
}
