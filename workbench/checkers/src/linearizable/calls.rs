//! The calls of a history: those that must be placed in the order, and those that may be.

use std::collections::BTreeMap;

use mael_history::{History, Kind, Operation, PairEvent, Pairs};

use super::model::Model;

/// Identifies a call. Calls that returned come first, in the order of their returns, so that call
/// `n` is the `n`-th to return; then come calls whose outcome is unknown, in the order of their
/// invocations.
pub(super) type CallId = u32;

/// The calls of a history. Time is measured by return index: index `n` is just before call `n`
/// returns.
pub(super) struct Calls<'a, A> {
    calls: Vec<Call<'a>>,
    /// The distinct actions of all calls.
    pub(super) actions: Vec<A>,
    /// The number of calls that returned.
    pub(super) returned: CallId,
    /// For each return index, the calls that are running then and will return, in the order of
    /// their returns. Empty until [`find_running`](Self::find_running) is called.
    running: Vec<Box<[CallId]>>,
}

/// An operation that took effect, or may have taken effect.
pub(super) struct Call<'a> {
    pub(super) invocation: &'a Operation,
    /// The completion; `None` if the outcome is unknown.
    pub(super) completion: Option<&'a Operation>,
    /// The first return index at which it may take effect.
    pub(super) since: u32,
    /// The index of its action in [`Calls::actions`].
    pub(super) action: u32,
    pub(super) effect: Effect,
}

/// What is known about the effect of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It does not change the state.
    Read,
    /// It is possible in any state, and the resulting state does not depend on the one before.
    Overwrite,
    /// It may require a certain state, and may change it.
    Update,
}

impl Call<'_> {
    /// Returns the completion, or else the invocation.
    pub(super) fn operation(&self) -> &Operation {
        self.completion.unwrap_or(self.invocation)
    }
}

impl<'a, A: Clone + Ord> Calls<'a, A> {
    /// Collects the calls of a history. Failed operations have no effect and are left out, and so
    /// are reads whose outcome is unknown.
    ///
    /// # Errors
    /// When the model does not know an operation, or completions can't be matched with invocations.
    pub(super) fn new<M: Model<Action = A>>(
        model: &M,
        history: &'a History,
    ) -> Result<Self, String> {
        let mut calls = Vec::new();
        let mut indeterminate = Vec::new();
        let mut actions = BTreeMap::new();
        let pairs = history.pairs().map_err(|unpaired| unpaired.to_string())?;
        for (invocation, completion, since) in intervals(&pairs) {
            let result = completion.map(|completion| &completion.value);
            let action = model
                .action(&invocation.f, &invocation.value, result)
                .map_err(|reason| format!("{} can't be judged: {reason}", invocation.label()))?;
            let effect = if model.is_read(&action) {
                Effect::Read
            } else if model.is_overwrite(&action) {
                Effect::Overwrite
            } else {
                Effect::Update
            };
            let count = actions.len() as u32;
            let call = Call {
                invocation,
                completion,
                since,
                action: *actions.entry(action).or_insert(count),
                effect,
            };
            match call.completion {
                Some(_) => calls.push(call),
                None if effect == Effect::Read => {}
                None => indeterminate.push(call),
            }
        }
        let returned = calls.len() as CallId;
        calls.extend(indeterminate);
        let mut actions: Vec<(A, u32)> = actions.into_iter().collect();
        actions.sort_unstable_by_key(|(_, place)| *place);
        Ok(Self {
            calls,
            actions: actions.into_iter().map(|(action, _)| action).collect(),
            returned,
            running: Vec::new(),
        })
    }

    /// Returns the memory of the lists of running calls, in bytes. It grows with the square of the
    /// number of calls if all of them run concurrently.
    pub(super) fn running_bytes(&self) -> u64 {
        let invocations = self.calls[..self.returned as usize].iter();
        let mut invocations: Vec<u32> = invocations.map(|call| call.since).collect();
        invocations.sort_unstable();
        let at =
            |return_index: u32| invocations.partition_point(|since| *since <= return_index) as u64;
        let entries =
            (0..self.returned).map(|return_index| at(return_index) - u64::from(return_index));
        let list = size_of::<Box<[CallId]>>() as u64;
        entries
            .map(|it| it * size_of::<CallId>() as u64 + list)
            .sum()
    }

    /// Computes which calls are running at each return index.
    pub(super) fn find_running(&mut self) {
        self.running = running(&self.calls[..self.returned as usize]);
    }

    pub(super) fn get(&self, id: CallId) -> &Call<'a> {
        &self.calls[id as usize]
    }

    /// Returns all calls, in the order of the first return index at which they may take effect.
    pub(super) fn by_invocation(&self) -> Vec<CallId> {
        let mut ids: Vec<CallId> = (0..self.calls.len() as CallId).collect();
        ids.sort_by_key(|id| self.get(*id).since);
        ids
    }

    /// Returns whether a call never returned.
    pub(super) fn is_indeterminate(&self, id: CallId) -> bool {
        id >= self.returned
    }

    /// Returns the calls that are running at a return index and will return, in the order of their
    /// returns.
    pub(super) fn running(&self, return_index: u32) -> &[CallId] {
        self.running
            .get(return_index as usize)
            .map_or(&[], |ids| ids)
    }

    /// Returns the calls of unknown outcome that were invoked before a return index.
    pub(super) fn indeterminate(&self, return_index: u32) -> impl Iterator<Item = CallId> {
        let ids = self.returned..self.calls.len() as CallId;
        ids.take_while(move |id| self.get(*id).since <= return_index)
    }
}

/// Returns the operations that may have taken effect: invocation, completion, and the number of
/// returns before the invocation. Operations that returned come first, in the order of their
/// returns, then the others, in the order of their invocations.
fn intervals<'a>(pairs: &Pairs<'a>) -> Vec<(&'a Operation, Option<&'a Operation>, u32)> {
    let mut since = Vec::with_capacity(pairs.list.len());
    let mut intervals = Vec::new();
    for event in &pairs.events {
        let number = match event {
            PairEvent::Invocation(_) => {
                since.push(intervals.len() as u32);
                continue;
            }
            PairEvent::Completion(number) => *number as usize,
        };
        let (invocation, completion) = pairs.list[number];
        if completion.is_some_and(|completion| completion.kind == Kind::Ok) {
            intervals.push((invocation, completion, since[number]));
        }
    }
    let is_unknown = |completion: Option<&Operation>| {
        completion.is_none_or(|completion| completion.kind == Kind::Info)
    };
    let invoked = pairs.list.iter().zip(since);
    let given_up = invoked.filter(|((_, completion), _)| is_unknown(*completion));
    intervals.extend(given_up.map(|((invocation, _), since)| (*invocation, None, since)));
    intervals
}

/// Returns, for each return, the calls that are running just before it, in the order of their
/// returns.
fn running(calls: &[Call<'_>]) -> Vec<Box<[CallId]>> {
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
