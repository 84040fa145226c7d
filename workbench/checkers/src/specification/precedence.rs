//! Which calls must precede which.

use super::call::{Call, CallId};

/// Which calls must precede which.
pub(super) enum Precedence {
    /// A call precedes those that were invoked after it returned. For each return index, the calls
    /// that are running then and will return, in the order of their returns; empty until they are
    /// needed, since they may take much memory.
    RealTime(Vec<Box<[CallId]>>),
    /// A call precedes the later ones of its process.
    Program(Program),
    /// A call precedes those that returned later: their order does not matter.
    Returns,
}

/// The order of each process.
pub(super) struct Program {
    /// For each process, its calls that returned, in their order.
    processes: Vec<Vec<CallId>>,
    /// For each call of unknown outcome, the last call before it in its process that returned.
    before: Vec<Option<CallId>>,
}

impl Program {
    /// Returns the order of each process, from the calls that returned and those of unknown
    /// outcome.
    pub(super) fn new(returned: &[Call<'_>], indeterminate: &[Call<'_>]) -> Self {
        let mut places = std::collections::BTreeMap::new();
        let mut processes: Vec<Vec<CallId>> = Vec::new();
        for (id, call) in returned.iter().enumerate() {
            let place = *places
                .entry(&call.invocation.process)
                .or_insert(processes.len());
            if place == processes.len() {
                processes.push(Vec::new());
            }
            processes[place].push(id as CallId);
        }
        let before = indeterminate.iter().map(|call| {
            let earlier = &processes[*places.get(&call.invocation.process)?];
            let index = |id: &CallId| returned[*id as usize].invocation.index;
            let count = earlier.partition_point(|id| index(id) < call.invocation.index);
            count.checked_sub(1).map(|last| earlier[last])
        });
        Self {
            before: before.collect(),
            processes,
        }
    }

    /// Returns the next call of each process at a return index, where those in `placed`, in
    /// ascending order, have been placed.
    pub(super) fn next<'s>(
        &'s self,
        return_index: u32,
        placed: &'s [CallId],
    ) -> impl Iterator<Item = CallId> + 's {
        self.processes.iter().filter_map(move |calls| {
            let first = calls.partition_point(|id| *id < return_index);
            let mut left = calls[first..].iter().copied();
            left.find(|id| placed.binary_search(id).is_err())
        })
    }

    /// Returns whether all calls have been placed that must precede one of unknown outcome.
    pub(super) fn allows(
        &self,
        indeterminate: usize,
        return_index: u32,
        placed: &[CallId],
    ) -> bool {
        let is_placed = |id| id < return_index || placed.binary_search(&id).is_ok();
        self.before[indeterminate].is_none_or(is_placed)
    }

    /// Returns how many processes have calls left at a return index.
    pub(super) fn left(&self, return_index: u32) -> usize {
        let left = |calls: &&Vec<CallId>| calls.last().is_some_and(|last| *last >= return_index);
        self.processes.iter().filter(left).count()
    }
}

/// Returns, for each return, the calls that are running just before it, in the order of their
/// returns.
pub(super) fn running(calls: &[Call<'_>]) -> Vec<Box<[CallId]>> {
    let mut by_invocation: Vec<CallId> = (0..calls.len() as CallId).collect();
    by_invocation.sort_unstable_by_key(|id| calls[*id as usize].since);
    let mut invocations = by_invocation.into_iter().peekable();
    let mut running = std::collections::BTreeSet::new();
    let mut return_indexes = Vec::with_capacity(calls.len());
    for return_index in 0..calls.len() as CallId {
        while let Some(id) = invocations.next_if(|id| calls[*id as usize].since <= return_index) {
            running.insert(id);
        }
        return_indexes.push(running.iter().copied().collect());
        running.remove(&return_index);
    }
    return_indexes
}
