//! The checkers are measured by simple nodes: none is found wrong that is right, and each bug that
//! is planted in one is found by its name.

use std::collections::BTreeSet;
use std::ops::Range;

use mael::clap::ValueEnum;
use mael::node::Handlers;
use mael_tests::reference::{broadcast, counter, echo, g_set, unique_ids};
use mael_workbench::simulation::{Simulated, Simulation, secs};
use mael_workbench::workloads::{self, Workload};
use mael_workbench::{Fault, Value, simulate};

/// A workload as the library has it: a type of its own.
trait Known: Workload + Clone + Send + Sync + 'static {}

impl<W: Workload + Clone + Send + Sync + 'static> Known for W {}

const PAUSES: &[Fault] = &[Fault::Partition, Fault::Pause];
const KILLS: &[Fault] = &[Fault::Partition, Fault::Pause, Fault::Kill];

fn simulation<N: Handlers>(workload: impl Known, faults: &[Fault]) -> Simulation<N> {
    simulate::<N>(workload)
        .nodes(3)
        .concurrency(6)
        .rate(50.0)
        .time_limit(secs(5))
        .nemesis(faults.iter().copied())
        .nemesis_interval(secs(1))
}

/// What the workload's checker found, by name.
fn anomalies(run: &Simulated) -> BTreeSet<String> {
    let workload = run.results.map.get("workload").expect("it was checked");
    let names = ["anomaly-types", "bad-error-types"].into_iter();
    let mut found: BTreeSet<String> = names
        .filter_map(|key| workload.get(key))
        .flat_map(|names| match names {
            Value::List(names) => names.clone(),
            other => panic!("a list of names was expected: {other}"),
        })
        .map(|name| name.to_string().trim_start_matches(':').to_owned())
        .collect();
    for key in ["lost-count", "duplicated-count", "errors", "failures"] {
        let is_empty = match workload.get(key) {
            None | Some(Value::Nil) => true,
            Some(Value::List(items)) => items.is_empty(),
            Some(count) => *count == Value::from(0),
        };
        if !is_empty {
            found.insert(key.trim_end_matches("-count").to_owned());
        }
    }
    found
}

/// Asserts that each bug is found in one of the first seeds, by the name of its anomaly, and that
/// there is no bug beside those.
fn find<N: Handlers, B: ValueEnum + PartialEq>(
    workload: impl Known,
    faults: &[Fault],
    bugs: &[(B, &str)],
) {
    for bug in B::value_variants() {
        let listed = bugs.iter().find(|(listed, _)| listed == bug);
        let name = bug.to_possible_value().expect("it has a name");
        let name = name.get_name();
        let (_, anomaly) = listed.unwrap_or_else(|| panic!("{name} is not looked for"));
        let simulation = simulation::<N>(workload.clone(), faults).args(["--bug", name]);
        let mut others = BTreeSet::new();
        let found = (0..100).find(|seed| {
            let found = anomalies(&simulation.run_seed(*seed));
            let named = found.contains(*anomaly);
            others.extend(found);
            named
        });
        assert!(found.is_some(), "{name}: no {anomaly}, but {others:?}");
    }
}

/// Asserts that the nodes without bugs pass these seeds.
fn right(seeds: &Range<u64>) {
    let seeds = || seeds.clone();
    simulation::<echo::Echo>(workloads::Echo, PAUSES)
        .seeds(seeds())
        .check();
    simulation::<unique_ids::UniqueIds>(workloads::UniqueIds, KILLS)
        .seeds(seeds())
        .check();
    simulation::<broadcast::Broadcast>(workloads::Broadcast, PAUSES)
        .seeds(seeds())
        .check();
    simulation::<g_set::GSet>(workloads::GSet, PAUSES)
        .seeds(seeds())
        .check();
    simulation::<counter::Counter>(workloads::GCounter, KILLS)
        .seeds(seeds())
        .check();
    simulation::<counter::Counter>(workloads::PnCounter, KILLS)
        .seeds(seeds())
        .check();
}

#[test]
fn right_nodes_are_not_found_wrong() {
    right(&(0..20));
}

#[test]
#[ignore = "takes minutes unless optimized: cargo test --release --test mutants -- --ignored"]
fn right_nodes_are_not_found_wrong_in_many_runs() {
    right(&(0..200));
}

#[test]
fn bugs_of_echo_are_found() {
    use echo::Bug;
    let bugs = [(Bug::Shouts, "errors"), (Bug::AnswersLate, "errors")];
    find::<echo::Echo, _>(workloads::Echo, PAUSES, &bugs);
}

#[test]
fn bugs_of_unique_ids_are_found() {
    use unique_ids::Bug;
    let bugs = Bug::value_variants().iter().map(|bug| (*bug, "duplicated"));
    let bugs: Vec<_> = bugs.collect();
    find::<unique_ids::UniqueIds, _>(workloads::UniqueIds, KILLS, &bugs);
}

#[test]
fn bugs_of_broadcast_are_found() {
    use broadcast::Bug;
    let bugs = Bug::value_variants().iter().map(|bug| (*bug, "lost"));
    let bugs: Vec<_> = bugs.collect();
    find::<broadcast::Broadcast, _>(workloads::Broadcast, PAUSES, &bugs);
}

#[test]
fn bugs_of_g_set_are_found() {
    use g_set::Bug;
    let bugs = Bug::value_variants().iter().map(|bug| (*bug, "lost"));
    let bugs: Vec<_> = bugs.collect();
    find::<g_set::GSet, _>(workloads::GSet, PAUSES, &bugs);
}

#[test]
fn bugs_of_counters_are_found() {
    use counter::Bug;
    let bugs = Bug::value_variants().iter().map(|bug| (*bug, "errors"));
    let bugs: Vec<_> = bugs.collect();
    find::<counter::Counter, _>(workloads::PnCounter, KILLS, &bugs);
}
