//! Removes nodes and clients. The number of a thread determines its node, so threads are renumbered
//! when there are fewer nodes or clients.

use std::collections::BTreeMap;

use super::Search;
use crate::engine::ScheduledOp;
use crate::options::Concurrency;
use crate::simulation::ReplayPlan;

impl Search<'_> {
    /// Removes nodes. Their operations are removed too, or moved to the next node.
    pub(super) fn drop_nodes(&mut self) {
        for gone in (0..self.best.options.nodes.len()).rev() {
            if self.best.options.nodes.len() == 1 {
                return;
            }
            let moved = self.without_node(gone, true);
            let dropped = self.without_node(gone, false);
            let _ = self.attempt(|plan| *plan = dropped) || self.attempt(|plan| *plan = moved);
        }
    }

    /// Removes clients without operations, and then all but one client of each node.
    pub(super) fn drop_clients(&mut self) {
        let nodes = self.best.options.nodes.len();
        for merge in [false, true] {
            let mut plan = self.best.clone();
            let needed = assign_threads(&mut plan.schedule.operations, nodes, |thread| {
                Some((thread % nodes, if merge { 0 } else { thread / nodes }))
            });
            let current = plan.options.clients();
            for least in [needed, nodes, 2 * nodes, current] {
                let least = least.max(needed).max(1);
                let Some(count) = self.accepted(&plan, least).filter(|it| *it <= current) else {
                    continue;
                };
                plan.options.concurrency = Concurrency::Clients(count);
                if self.attempt(|best| best.clone_from(&plan)) {
                    break;
                }
            }
        }
    }

    /// Returns the plan of the best run without one of its nodes.
    fn without_node(&self, gone: usize, moves: bool) -> ReplayPlan {
        let mut plan = self.best.clone();
        let before = plan.options.nodes.len();
        let name = plan.options.nodes.remove(gone);
        let after = before - 1;
        let needed = assign_threads(&mut plan.schedule.operations, after, |thread| {
            let (node, client) = (thread % before, thread / before);
            if node == gone {
                // After the existing clients of the node.
                return moves.then_some((gone % after, before + client));
            }
            Some((node - usize::from(node > gone), client))
        });
        for timed in &mut plan.schedule.actions {
            timed.action.forget(&name);
        }
        let links = &mut plan.schedule.links;
        links.retain(|fault| fault.src != name && fault.dest != name);
        plan.schedule
            .phase_crash
            .take_if(|phase_crash| phase_crash.node == name);
        let share = plan.options.clients().div_ceil(before) * after;
        let least = needed.max(share.min(plan.options.clients()));
        if let Some(count) = self.accepted(&plan, least) {
            plan.options.concurrency = Concurrency::Clients(count);
        }
        plan
    }

    /// Returns the lowest number of clients, at least `least`, with which the workload can run.
    fn accepted(&self, plan: &ReplayPlan, least: usize) -> Option<usize> {
        let mut options = plan.options.clone();
        let most = least + 4 * options.nodes.len();
        (least..=most).find(|count| {
            options.concurrency = Concurrency::Clients(*count);
            self.workload.validate(&options).is_ok()
        })
    }
}

/// Assigns each client to a thread of its node. `place` returns the node and the client of each old
/// thread, or `None` if its operations are removed. Returns the number of clients needed.
fn assign_threads(
    operations: &mut Vec<ScheduledOp>,
    nodes: usize,
    place: impl Fn(usize) -> Option<(usize, usize)>,
) -> usize {
    let mut threads: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for (node, client) in operations
        .iter()
        .filter_map(|operation| place(operation.thread))
    {
        threads.entry(node).or_default().insert(client, 0);
    }
    for (node, clients) in &mut threads {
        for (turn, thread) in clients.values_mut().enumerate() {
            *thread = turn * nodes + node;
        }
    }
    operations.retain_mut(|operation| match place(operation.thread) {
        Some((node, client)) => {
            operation.thread = threads[&node][&client];
            true
        }
        None => false,
    });
    let last = operations.iter().map(|operation| operation.thread).max();
    last.map_or(0, |last| last + 1)
}
