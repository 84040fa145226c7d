//! Fewer nodes and fewer clients. A thread's number says which node it talks to, so that with other
//! nodes or clients the threads have other numbers.

use std::collections::BTreeMap;

use super::Search;
use crate::engine::Cue;
use crate::options::Concurrency;
use crate::simulation::Plan;

impl Search<'_> {
    /// Takes nodes away, with what is asked of them, or with that asked of the next node.
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

    /// Takes clients away: those that nothing needs, then all but one of each node.
    pub(super) fn drop_clients(&mut self) {
        let nodes = self.best.options.nodes.len();
        for merge in [false, true] {
            let mut plan = self.best.clone();
            let needed = seat(&mut plan.script.operations, nodes, |thread| {
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

    /// The best run without one of its nodes.
    fn without_node(&self, gone: usize, moves: bool) -> Plan {
        let mut plan = self.best.clone();
        let before = plan.options.nodes.len();
        let name = plan.options.nodes.remove(gone);
        let after = before - 1;
        let needed = seat(&mut plan.script.operations, after, |thread| {
            let (node, client) = (thread % before, thread / before);
            if node == gone {
                // Behind those who are there.
                return moves.then_some((gone % after, before + client));
            }
            Some((node - usize::from(node > gone), client))
        });
        for timed in &mut plan.script.acts {
            timed.act.forget(&name);
        }
        let links = &mut plan.script.links;
        links.retain(|fault| fault.src != name && fault.dest != name);
        plan.script.outage.take_if(|outage| outage.node == name);
        let share = plan.options.clients().div_ceil(before) * after;
        let least = needed.max(share.min(plan.options.clients()));
        if let Some(count) = self.accepted(&plan, least) {
            plan.options.concurrency = Concurrency::Clients(count);
        }
        plan
    }

    /// The lowest number of clients from `least` on with which the workload can be run.
    fn accepted(&self, plan: &Plan, least: usize) -> Option<usize> {
        let mut options = plan.options.clone();
        let most = least + 4 * options.nodes.len();
        (least..=most).find(|count| {
            options.concurrency = Concurrency::Clients(*count);
            self.workload.accepts(&options).is_ok()
        })
    }
}

/// Gives each client a thread of its node: `place` tells the node and the client of each thread so
/// far, or that its operations are left out. Returns how many clients it takes.
fn seat(
    operations: &mut Vec<Cue>,
    nodes: usize,
    place: impl Fn(usize) -> Option<(usize, usize)>,
) -> usize {
    let mut seats: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for (node, client) in operations.iter().filter_map(|cue| place(cue.thread)) {
        seats.entry(node).or_default().insert(client, 0);
    }
    for (node, clients) in &mut seats {
        for (turn, thread) in clients.values_mut().enumerate() {
            *thread = turn * nodes + node;
        }
    }
    operations.retain_mut(|cue| match place(cue.thread) {
        Some((node, client)) => {
            cue.thread = seats[&node][&client];
            true
        }
        None => false,
    });
    let last = operations.iter().map(|cue| cue.thread).max();
    last.map_or(0, |last| last + 1)
}
