//! Performs the actions of the nemesis, whether drawn or scheduled.

use std::collections::{BTreeMap, BTreeSet};

use mael::NodeId;
use mael::time::{self, Duration, Instant};
use mael_history::Value;

use super::{FaultTask, Nemesis};
use crate::engine::host::NodeFailure;
use crate::engine::schedule::{NemesisAction, ScheduledAction};

impl Nemesis {
    /// Returns the tasks that replay the actions of a schedule that begins at `begin`. There is one
    /// task for partitions, one for kills and pauses between events, and one for kills at steps, so
    /// that other actions don't wait for a node to reach its step.
    pub(in crate::engine) fn replay(
        &self,
        actions: Vec<ScheduledAction>,
        begin: Instant,
    ) -> Vec<FaultTask> {
        let mut tasks = BTreeMap::<_, Vec<ScheduledAction>>::new();
        for timed in actions {
            tasks.entry(timed.action.task()).or_default().push(timed);
        }
        tasks
            .into_values()
            .map(|actions| Box::pin(self.clone().perform_all(actions, begin)) as FaultTask)
            .collect()
    }

    async fn perform_all(
        self,
        actions: Vec<ScheduledAction>,
        begin: Instant,
    ) -> Result<(), NodeFailure> {
        for ScheduledAction { time, action } in actions {
            time::sleep_until(begin + time).await;
            self.perform(action).await?;
        }
        Ok(())
    }

    /// Performs and records an action.
    ///
    /// # Errors
    /// Returns an error if a killed node does not restart.
    pub(in crate::engine) async fn perform(
        &self,
        action: NemesisAction,
    ) -> Result<(), NodeFailure> {
        self.context.recorder.action(&action);
        let (f, invoked) = action.recorded();
        // A restart is recorded after the downtime, when it begins.
        if let NemesisAction::Restart { downtime, .. } = action {
            time::sleep(downtime).await;
        }
        self.context.recorder.nemesis(f, invoked);
        let outcome = match action {
            NemesisAction::Partition { unheard, .. } => {
                let isolated = isolated(&unheard);
                let ids = |(node, unheard): (String, BTreeSet<String>)| {
                    (NodeId::from(node), ids(unheard))
                };
                let grudge = unheard.into_iter().map(ids).collect();
                self.context.network.partition(grudge);
                isolated
            }
            NemesisAction::Heal => {
                self.context.network.heal();
                Value::keyword("network-healed")
            }
            NemesisAction::Kill { nodes, .. } => {
                let nodes: Vec<NodeId> = ids(nodes);
                self.cluster.kill(&nodes).await;
                each(&nodes, "killed")
            }
            NemesisAction::Start => {
                self.cluster.start(&self.cluster.ids).await?;
                each(&self.cluster.ids, "started")
            }
            NemesisAction::Pause { nodes, .. } => {
                let nodes: Vec<NodeId> = ids(nodes);
                self.cluster.pause(&nodes);
                each(&nodes, "paused")
            }
            NemesisAction::Resume => {
                self.cluster.resume(&self.cluster.ids);
                each(&self.cluster.ids, "resumed")
            }
            NemesisAction::KillAtStep {
                node,
                steps,
                timeout,
            } => {
                let node = NodeId::from(node);
                let killed = self.cluster.kill_after(&node, steps);
                let was_killed = time::timeout(timeout, killed).await.is_ok();
                each(&[node], if was_killed { "killed" } else { "not-killed" })
            }
            NemesisAction::Restart { node, kill, .. } => {
                let node = NodeId::from(node);
                self.restart(&node, kill).await?;
                let runs = self.cluster.runs(&node);
                each(&[node], if runs { "started" } else { "killed" })
            }
        };
        self.context.recorder.nemesis(f, outcome);
        Ok(())
    }

    /// Starts a node, and kills it again after a number of steps if it takes them within the
    /// timeout.
    async fn restart(
        &self,
        node: &NodeId,
        kill: Option<(u64, Duration)>,
    ) -> Result<(), NodeFailure> {
        let one = std::slice::from_ref(node);
        let Some((steps, timeout)) = kill else {
            return self.cluster.start(one).await;
        };
        let killed = self.cluster.kill_after(node, steps);
        let (started, _) = tokio::join!(self.cluster.start(one), time::timeout(timeout, killed));
        started
    }
}

/// The tasks of the nemesis, which run concurrently.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum TaskKind {
    Links,
    Processes,
    Steps,
}

impl NemesisAction {
    fn task(&self) -> TaskKind {
        match self {
            Self::Partition { .. } | Self::Heal => TaskKind::Links,
            Self::Kill { .. } | Self::Start | Self::Pause { .. } | Self::Resume => {
                TaskKind::Processes
            }
            Self::KillAtStep { .. } | Self::Restart { .. } => TaskKind::Steps,
        }
    }

    /// Returns the name of the action in histories, and the value of its invocation.
    fn recorded(&self) -> (&'static str, Value) {
        match self {
            Self::Partition { kind, .. } => ("start-partition", Value::keyword(kind.clone())),
            Self::Heal => ("stop-partition", Value::Nil),
            Self::Kill { targets, .. } => ("kill", Value::keyword(targets.clone())),
            Self::Start => ("start", Value::keyword("all")),
            Self::Pause { targets, .. } => ("pause", Value::keyword(targets.clone())),
            Self::Resume => ("resume", Value::keyword("all")),
            Self::KillAtStep { .. } => ("kill", Value::keyword("one")),
            Self::Restart { .. } => ("start", Value::keyword("one")),
        }
    }
}

/// Returns the cut links as a history value: for each node, the nodes whose messages don't reach
/// it.
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
