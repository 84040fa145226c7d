//! Tests kills of nodes while they start, while the last operations of the main phase complete, in
//! the recovery, and in the final phase.

use std::fs;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use mael::Storage;
use mael::clap::{self, ValueEnum};
use mael::prelude::*;
use mael_history::Kind;
use mael_sim::engine::{Phase, PhaseCrash, Schedule};
use mael_sim::simulation::{ReplayPlan, Simulation, ms, secs};
use mael_sim::workloads;
use mael_tests::reference::Options;

use super::{report, small};

/// Returns the plan that a failing test has saved.
fn saved_plan(report: &str) -> ReplayPlan {
    let line = report.lines().last().unwrap_or_default();
    let path = line.split_once("MAEL_REPLAY=").map(|(_, rest)| rest);
    let path = path.and_then(|rest| rest.split_once(" cargo test"));
    let (path, _) = path.unwrap_or_else(|| panic!("{report}"));
    ReplayPlan::from_json(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A set in two records: a snapshot, and the elements added since.
#[node]
struct Ledger {
    storage: Storage,
    flags: Flags<Options<Slip>>,
}

/// The records that a ledger writes in the wrong order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Slip {
    /// It records that there is a snapshot before it writes the first one.
    Opens,
    /// It empties the log before it replaces the snapshot.
    Compacts,
    /// Like `Compacts`, with additions that take longer than the main phase.
    CompactsLate,
}

#[handlers]
impl Ledger {
    #[init]
    fn open(&self) -> mael::Result<()> {
        if self.storage.read::<bool>("open")?.is_some() {
            return self.snapshot().map(drop);
        }
        let first = || self.storage.replace("snapshot", &BTreeSet::<u64>::new());
        let open = || self.storage.replace("open", &true);
        if self.flags.has(Slip::Opens) {
            open().and_then(|()| first())
        } else {
            first().and_then(|()| open())
        }
    }

    #[handler]
    async fn add(&self, element: u64) -> mael::Result<()> {
        let mut log = self.log()?;
        log.insert(element);
        self.storage.replace("log", &log)?;
        if self.flags.has(Slip::CompactsLate) {
            mael::time::sleep(secs(2)).await;
        }
        Ok(())
    }

    #[handler(reply = "value")]
    fn read(&self) -> mael::Result<BTreeSet<u64>> {
        Ok(&self.snapshot()? | &self.log()?)
    }

    /// First called in the recovery of small runs.
    #[every(ms = 1_500)]
    fn compact(&self) -> mael::Result<()> {
        let all = &self.snapshot()? | &self.log()?;
        let snapshot = || self.storage.replace("snapshot", &all);
        let log = || self.storage.replace("log", &BTreeSet::<u64>::new());
        if self.flags.has(Slip::Compacts) || self.flags.has(Slip::CompactsLate) {
            log().and_then(|()| snapshot())
        } else {
            snapshot().and_then(|()| log())
        }
    }
}

impl Ledger {
    fn log(&self) -> mael::Result<BTreeSet<u64>> {
        Ok(self.storage.read("log")?.unwrap_or_default())
    }

    fn snapshot(&self) -> mael::Result<BTreeSet<u64>> {
        let missing = || mael::Error::new(ErrorCode::Crash, "the snapshot is missing");
        self.storage.read("snapshot")?.ok_or_else(missing)
    }
}

fn ledgers(args: &[&str]) -> Simulation<Ledger> {
    small(workloads::GSet, 1).args(args.iter().copied())
}

#[test]
fn a_node_that_writes_in_the_correct_order_tolerates_a_kill_at_any_step() {
    let steps = ledgers(&[]).run_seed(0).record.steps;
    let phases = [Phase::Starting, Phase::Main, Phase::Recovery, Phase::Final];
    assert!(steps.keys().copied().eq(phases));
    assert!(steps.values().all(|of_node| of_node["n0"] > 1), "{steps:?}");
    let all: u64 = steps.values().map(|of_node| of_node["n0"]).sum();
    assert_eq!(ledgers(&[]).exhaustive_kills(), all);
}

#[test]
fn a_node_that_does_not_tolerate_a_kill_in_init_is_found() {
    let text = report(|| ledgers(&["--bug", "opens"]).exhaustive_kills());
    println!("{text}");
    assert!(text.starts_with("when n0 is killed before step "), "{text}");
    assert!(text.contains(" as it starts:\n"), "{text}");
    assert!(text.contains("the snapshot is missing"), "{text}");
    let plan = saved_plan(&text);
    let phase_crash = plan.schedule.phase_crash.as_ref();
    assert_eq!(phase_crash.map(|it| it.phase), Some(Phase::Starting));
    let again = ledgers(&["--bug", "opens"]).run_plan(&plan);
    assert!(again.anomalies().contains("broken"), "{:?}", again.results);
    let right = ledgers(&[]).run_plan(&plan);
    assert_eq!(right.record.error, None);
}

#[test]
fn a_node_is_also_killed_while_the_last_operations_of_the_main_phase_complete() {
    let late = ledgers(&["--bug", "compacts-late"]).clients_per_node(4);
    let text = report(AssertUnwindSafe(|| late.exhaustive_kills()));
    let (point, rest) = text
        .split_once('\n')
        .expect("the report starts with the point");
    assert!(!point.contains(" in the "), "{text}");
    assert!(rest.contains("element 0 is lost"), "{text}");
}

#[test]
fn a_node_that_does_not_tolerate_a_kill_in_the_recovery_is_found() {
    let text = report(|| ledgers(&["--bug", "compacts"]).exhaustive_kills());
    println!("{text}");
    assert!(
        text.contains(" in the recovery:\nseed 0 fails: lost\n"),
        "{text}"
    );
    assert!(text.contains("** n0 is killed\n"), "{text}");
    let plan = saved_plan(&text);
    let again = ledgers(&["--bug", "compacts"]).run_plan(&plan);
    assert!(again.anomalies().contains("lost"), "{:?}", again.results);
    assert!(ledgers(&[]).run_plan(&plan).passed());
}

#[test]
fn a_kill_in_the_final_phase_repeats_the_recovery_and_the_final_operations() {
    let ledgers = ledgers(&[]);
    let phase_crash = PhaseCrash {
        node: "n0".to_owned(),
        phase: Phase::Final,
        steps: 0,
        downtime: ms(10),
    };
    let run = ledgers.run_plan(&ReplayPlan {
        options: ledgers.options_of(0),
        schedule: Schedule {
            phase_crash: Some(phase_crash),
            ..ledgers.run_seed(0).record.schedule
        },
    });
    assert!(run.passed(), "{:?}", run.results);
    let operations = run.record.history.client_operations();
    let main = secs(1).as_nanos() as u64;
    let finals: Vec<_> = operations.filter(|it| it.time > main).collect();
    let kinds: Vec<Kind> = finals.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Kind::Invoke, Kind::Info, Kind::Invoke, Kind::Ok]);
    let rest = Duration::from_nanos(finals[2].time - finals[1].time);
    assert_eq!(rest, secs(2));
}

/// A broadcast that receives no messages before its topology.
#[node]
struct Local {
    storage: Storage,
}

#[handlers]
impl Local {
    #[handler]
    fn topology(&self, topology: BTreeMap<NodeId, Vec<NodeId>>) -> mael::Result<()> {
        self.storage.replace("topology", &topology)
    }

    #[handler]
    fn broadcast(&self, message: u64) -> mael::Result<()> {
        self.storage.append("messages", &message)
    }

    #[handler(reply = "messages")]
    fn read(&self) -> mael::Result<Vec<u64>> {
        type Topology = BTreeMap<NodeId, Vec<NodeId>>;
        match self.storage.read::<Topology>("topology")? {
            Some(_) => self.storage.read_all("messages"),
            None => Ok(Vec::new()),
        }
    }
}

#[test]
fn a_node_killed_before_its_setup_is_set_up_again() {
    let local = small::<Local>(workloads::Broadcast, 1);
    assert!(local.exhaustive_kills() > 10);
}
