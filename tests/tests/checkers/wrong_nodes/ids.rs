//! Tests nodes whose ids are not unique, not unique after a restart, or not comparable.

use std::ops::Range;

use mael::prelude::*;
use mael::serde::{Serialize, Serializer};
use mael_challenges as challenges;
use mael_history::{Validity, Value};
use mael_sim::simulation::{Simulated, Simulation};
use mael_sim::{Fault, workloads};
use mael_tests::reference::unique_ids::UniqueIds;

use super::{long, number, result, small};

/// Simulates the reference node with a bug.
fn with_bug(simulation: Simulation<UniqueIds>, bug: &str) -> Simulation<UniqueIds> {
    simulation.args(["--bug", bug])
}

#[test]
fn ids_duplicated_across_nodes_are_counted() {
    let without_node_id = with_bug(small(workloads::UniqueIds), "omits-node-id");
    let run = without_node_id.run_seed(1);
    assert_eq!(run.results.valid, Validity::False);
    let count = number(&run, "workload", "acknowledged-count");
    let duplicated = number(&run, "workload", "duplicated-count");
    assert!(
        duplicated >= count / 3 - 10 && duplicated <= count / 2,
        "{duplicated} of {count}"
    );
    let Value::Map(listed) = result(&run, "workload", "duplicated") else {
        panic!("`duplicated` is not a map");
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
fn ids_duplicated_after_a_restart_are_found_only_under_kill() {
    let run_with = |faults: Vec<Fault>| {
        with_bug(long(workloads::UniqueIds), "restarts-count")
            .nemesis(faults)
            .seeds(SEEDS)
            .run()
    };
    let found = run_with(vec![Fault::Kill]);
    let invalid = found
        .iter()
        .filter(|run| run.results.valid == Validity::False);
    assert!(invalid.count() > 10);
    let without = run_with(vec![Fault::Partition, Fault::Pause]);
    assert!(without.iter().all(Simulated::passed));
}

#[test]
fn the_unique_ids_of_the_challenges_pass_the_same_seeds() {
    long::<challenges::UniqueIds>(workloads::UniqueIds)
        .nemesis([Fault::Kill])
        .seeds(SEEDS)
        .check();
}

/// Ids that alternate between numbers and strings.
#[node]
struct Mixed {
    count: Cell<u64>,
}

/// An id, serialized as a number or as a string.
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
fn ids_that_cannot_be_compared_are_unknown() {
    let run = small::<Mixed>(workloads::UniqueIds).nodes(1).run_seed(1);
    assert_eq!(run.results.valid, Validity::Unknown);
    assert_eq!(
        result(&run, "workload", "valid?"),
        Value::keyword("unknown")
    );
    assert!(!run.passed());
}
