//! What the nemesis does, each thing in one place, whoever says that it be done.

use std::collections::{BTreeMap, BTreeSet};

use mael::NodeId;
use mael::time::{self, Duration, Instant};
use mael_history::Value;

use super::{Nemesis, Schedule};
use crate::engine::host::NodeFailure;
use crate::engine::script::{Act, TimedAct};
use crate::options::Fault;

impl Nemesis {
    /// What a script says that begins at `begin`. Links, nodes that are killed or paused, and nodes
    /// that crash are each on a schedule of their own, so that nothing waits for a node that takes
    /// long to crash.
    pub(in crate::engine) fn script(&self, acts: Vec<TimedAct>, begin: Instant) -> Vec<Schedule> {
        let mut schedules = BTreeMap::<_, Vec<TimedAct>>::new();
        for timed in acts {
            let schedule = match timed.act.fault() {
                Fault::Partition | Fault::Flap => Fault::Partition,
                Fault::Kill | Fault::Pause => Fault::Kill,
                Fault::Crash => Fault::Crash,
            };
            schedules.entry(schedule).or_default().push(timed);
        }
        schedules
            .into_values()
            .map(|acts| Box::pin(self.clone().play(acts, begin)) as Schedule)
            .collect()
    }

    async fn play(self, acts: Vec<TimedAct>, begin: Instant) -> Result<(), NodeFailure> {
        for TimedAct { time, act } in acts {
            time::sleep_until(begin + time).await;
            self.perform(act).await?;
        }
        Ok(())
    }

    /// Does something, and records it.
    ///
    /// # Errors
    /// When a node that was killed does not come up again.
    pub(in crate::engine) async fn perform(&self, act: Act) -> Result<(), NodeFailure> {
        self.context.recorder.act(&act);
        let (f, begin) = act.told();
        // A restart is told when it comes, and not while it is waited for.
        if let Act::Restart { rest, .. } = act {
            time::sleep(rest).await;
        }
        self.context.recorder.nemesis(f, begin);
        let outcome = match act {
            Act::Partition { by, unheard, .. } => {
                let isolated = isolated(&unheard);
                let ids = |(node, unheard): (String, BTreeSet<String>)| {
                    (NodeId::from(node), ids(unheard))
                };
                let grudge = unheard.into_iter().map(ids).collect();
                self.context.network.partition(by, grudge);
                isolated
            }
            Act::Heal { by } => {
                self.context.network.heal(by);
                Value::keyword("network-healed")
            }
            Act::Kill { nodes, .. } => {
                let nodes: Vec<NodeId> = ids(nodes);
                self.cluster.kill(&nodes).await;
                each(&nodes, "killed")
            }
            Act::Start => {
                self.cluster.start(&self.cluster.ids).await?;
                each(&self.cluster.ids, "started")
            }
            Act::Pause { nodes, .. } => {
                let nodes: Vec<NodeId> = ids(nodes);
                self.cluster.pause(&nodes);
                each(&nodes, "paused")
            }
            Act::Resume => {
                self.cluster.resume(&self.cluster.ids);
                each(&self.cluster.ids, "resumed")
            }
            Act::Crash {
                node,
                steps,
                patience,
            } => {
                let node = NodeId::from(node);
                let dies = self.cluster.kill_after(&node, steps);
                let died = time::timeout(patience, dies).await.is_ok();
                each(&[node], if died { "crashed" } else { "spared" })
            }
            Act::Restart { node, crash, .. } => {
                let node = NodeId::from(node);
                self.restart(&node, crash).await?;
                let runs = self.cluster.runs(&node);
                each(&[node], if runs { "started" } else { "crashed" })
            }
        };
        self.context.recorder.nemesis(f, outcome);
        Ok(())
    }

    /// Starts a node, which may crash again meanwhile: after so many steps, within a time.
    async fn restart(
        &self,
        node: &NodeId,
        crash: Option<(u64, Duration)>,
    ) -> Result<(), NodeFailure> {
        let one = std::slice::from_ref(node);
        let Some((steps, patience)) = crash else {
            return self.cluster.start(one).await;
        };
        let dies = self.cluster.kill_after(node, steps);
        let (started, _) = tokio::join!(self.cluster.start(one), time::timeout(patience, dies));
        started
    }
}

impl Act {
    /// How histories name it, and what they say when it begins.
    fn told(&self) -> (&'static str, Value) {
        match self {
            Self::Partition { by, kind, .. } => (by.cut_and_mend().0, Value::keyword(kind.clone())),
            Self::Heal { by } => (by.cut_and_mend().1, Value::Nil),
            Self::Kill { targets, .. } => ("kill", Value::keyword(targets.clone())),
            Self::Start => ("start", Value::keyword("all")),
            Self::Pause { targets, .. } => ("pause", Value::keyword(targets.clone())),
            Self::Resume => ("resume", Value::keyword("all")),
            Self::Crash { .. } => ("crash", Value::keyword("one")),
            Self::Restart { .. } => ("start", Value::keyword("one")),
        }
    }
}

/// Who does not hear whom, as histories have it: for each node the set of the others.
fn isolated(unheard: &BTreeMap<String, BTreeSet<String>>) -> Value {
    let unheard = unheard.iter().map(|(node, unheard)| {
        let unheard = unheard.iter().map(|node| Value::from(node.as_str()));
        (Value::from(node.as_str()), Value::Set(unheard.collect()))
    });
    vec![Value::keyword("isolated"), Value::Map(unheard.collect())].into()
}

fn each(nodes: &[NodeId], what: &'static str) -> Value {
    let nodes = nodes
        .iter()
        .map(|node| (Value::from(node.as_str()), Value::keyword(what)));
    Value::Map(nodes.collect())
}

fn ids<C: FromIterator<NodeId>>(names: impl IntoIterator<Item = String>) -> C {
    names.into_iter().map(NodeId::from).collect()
}
