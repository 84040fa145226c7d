//! Tests that traces show which replies of services come from an old state.

use std::ops::ControlFlow;

use mael::prelude::*;
use mael_sim::simulation::{PROCESSING_DELAY, Simulated, secs};
use mael_sim::trace::{Recorded, Selection, trace};
use mael_sim::{Options, simulate, workloads};

/// A counter that reads other nodes' slots in seq-kv, perhaps from an old state.
#[node]
struct Stale {
    id: NodeId,
    nodes: Nodes,
    kv: SeqKv,
}

#[handlers]
impl Stale {
    #[handler(type = "add")]
    async fn add(&self, delta: u64) -> mael::Result<()> {
        let add = |slot: Option<u64>| slot.unwrap_or(0) + delta;
        self.kv.update(&self.id, add).await?;
        Ok(())
    }

    #[handler(type = "read", reply = "value")]
    async fn read(&self) -> mael::Result<u64> {
        let mut total = 0;
        for node in self.nodes.iter() {
            total += self.kv.read::<u64>(node).await?.unwrap_or(0);
        }
        Ok(total)
    }
}

fn lines(options: &Options, run: &Simulated) -> Vec<String> {
    let recorded = Recorded {
        options,
        processing_delay: Some(PROCESSING_DELAY),
        origin: run.record.origin,
        history: run.record.history.0.iter().cloned().map(Ok),
        journal: run.journal.as_slice(),
    };
    let mut lines = Vec::new();
    let ending = trace(recorded, Selection::default(), |event| {
        lines.push(event.line(run.record.origin));
        ControlFlow::Continue(())
    });
    ending.unwrap();
    lines
}

#[test]
fn a_reply_from_an_old_state_of_seq_kv_is_marked() {
    let simulation = simulate::<Stale>(workloads::GCounter)
        .nodes(2)
        .rate(20.0)
        .time_limit(secs(2))
        .journal();
    let (mut old, mut current) = (0, 0);
    for seed in 0..5 {
        let run = simulation.run_seed(seed);
        let lines = lines(&simulation.options_of(seed), &run);
        for line in &lines {
            let Some((_, value)) = line
                .split_once("seq-kv -> ")
                .and_then(|(_, reply)| reply.split_once("read_ok value "))
            else {
                continue;
            };
            let number = |text: &str| {
                text.split([' ', ';'])
                    .next()
                    .unwrap()
                    .parse::<u64>()
                    .unwrap()
            };
            match value.split_once("(an old state: the newest value is ") {
                Some((_, newest)) => {
                    // Slots only grow.
                    assert!(number(value) < number(newest), "{line}");
                    assert!(
                        line.ends_with("; seq-kv may answer so; use `fresh`)"),
                        "{line}"
                    );
                    old += 1;
                }
                None => current += 1,
            }
        }
    }
    assert!(old > 5 && current > 5, "{old} old, {current} current");
}
