//! The calls of a history: those that must be placed in the order, and those that may be.

use std::collections::{BTreeMap, BTreeSet};

use mael_history::{History, Kind, Operation, PairEvent};

use super::call::{Call, CallId};
use super::model::{Effect, Model};
use super::precedence::{Precedence, Program, running};

/// The calls of a history. Time is measured by return index: index `n` is just before call `n`
/// returns.
pub(crate) struct Calls<'a, A> {
    calls: Vec<Call<'a>>,
    /// The distinct actions of all calls.
    pub(super) actions: Vec<A>,
    /// The number of calls that returned.
    pub(super) returned: CallId,
    precedence: Precedence,
}

/// An operation that took effect, or may have taken effect.
pub(crate) struct Interval<'a> {
    pub(crate) invocation: &'a Operation,
    /// The completion; `None` if the outcome is unknown.
    pub(crate) completion: Option<&'a Operation>,
    /// The number of returns before the invocation.
    since: u32,
}

impl<'a, A: Clone + Ord> Calls<'a, A> {
    /// Collects the calls of a history whose order in real time matters.
    ///
    /// # Errors
    /// When the model does not know an operation, or completions can't be matched with invocations.
    pub(crate) fn in_real_time<M: Model<Action = A>>(
        model: &M,
        history: &'a History,
    ) -> Result<Self, String> {
        let real_time = |_: &[Call<'_>], _: &[Call<'_>]| Precedence::RealTime(Vec::new());
        Self::new(model, intervals(history)?, with_result(model), real_time)
    }

    /// Collects the calls of a history of which only the order of each process matters.
    ///
    /// # Errors
    /// When the model does not know an operation, or completions can't be matched with invocations.
    pub(crate) fn in_program_order<M: Model<Action = A>>(
        model: &M,
        history: &'a History,
    ) -> Result<Self, String> {
        let mut intervals = intervals(history)?;
        intervals.iter_mut().for_each(|interval| interval.since = 0);
        Self::new(model, intervals, with_result(model), |returned, others| {
            Precedence::Program(Program::new(returned, others))
        })
    }

    /// Collects calls of which the last must come after all others that returned. Of the others,
    /// the order of each process matters, unless they all commute.
    ///
    /// # Errors
    /// When the model does not know an operation.
    pub(crate) fn before_last<M: Model<Action = A>>(
        model: &M,
        mut intervals: Vec<Interval<'a>>,
        action: impl Fn(&Interval<'a>) -> Result<A, String>,
        commute: bool,
    ) -> Result<Self, String> {
        let returned = intervals.iter().filter(|it| it.completion.is_some());
        let last = returned.count().saturating_sub(1);
        for (place, interval) in intervals.iter_mut().enumerate() {
            let is_last = place == last;
            let is_unordered = commute && interval.completion.is_none();
            interval.since = if is_last || is_unordered {
                last as u32
            } else {
                0
            };
        }
        Self::new(model, intervals, action, |returned, others| match commute {
            true => Precedence::Returns,
            false => {
                let (_, before) = returned.split_last().expect("there is a last call");
                Precedence::Program(Program::new(before, others))
            }
        })
    }

    /// Collects the calls of intervals. Reads whose outcome is unknown are left out.
    fn new<M: Model<Action = A>>(
        model: &M,
        intervals: Vec<Interval<'a>>,
        action: impl Fn(&Interval<'a>) -> Result<A, String>,
        precedence: impl Fn(&[Call<'a>], &[Call<'a>]) -> Precedence,
    ) -> Result<Self, String> {
        let mut calls = Vec::new();
        let mut indeterminate = Vec::new();
        let mut actions = BTreeMap::new();
        for interval in intervals {
            let action = action(&interval).map_err(|reason| {
                format!("{} can't be judged: {reason}", interval.invocation.label())
            })?;
            let effect = Effect::of(model, &action);
            let count = actions.len() as u32;
            let call = Call {
                invocation: interval.invocation,
                completion: interval.completion,
                since: interval.since,
                action: *actions.entry(action).or_insert(count),
                effect,
            };
            match call.completion {
                Some(_) => calls.push(call),
                None if effect == Effect::Read => {}
                None => indeterminate.push(call),
            }
        }
        let precedence = precedence(&calls, &indeterminate);
        let returned = calls.len() as CallId;
        calls.extend(indeterminate);
        let mut actions: Vec<(A, u32)> = actions.into_iter().collect();
        actions.sort_unstable_by_key(|(_, place)| *place);
        Ok(Self {
            calls,
            actions: actions.into_iter().map(|(action, _)| action).collect(),
            returned,
            precedence,
        })
    }

    /// Returns the memory of the lists of running calls, in bytes. It grows with the square of the
    /// number of calls if all of them run concurrently.
    pub(super) fn running_bytes(&self) -> u64 {
        if !self.is_real_time() {
            return 0;
        }
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
        if let Precedence::RealTime(lists) = &mut self.precedence {
            *lists = running(&self.calls[..self.returned as usize]);
        }
    }

    /// Returns whether calls that did not overlap keep their order.
    pub(super) fn is_real_time(&self) -> bool {
        matches!(self.precedence, Precedence::RealTime(_))
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Call<'a>> {
        self.calls.iter()
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

    /// Returns the calls that may be placed at a return index, where those in `placed` have been,
    /// in the order of their returns; they may include calls that have been placed.
    pub(super) fn candidates<'s>(
        &'s self,
        return_index: u32,
        placed: &'s [CallId],
    ) -> impl Iterator<Item = CallId> + 's {
        let (running, program) = match &self.precedence {
            Precedence::RealTime(lists) => (lists.get(return_index as usize), None),
            Precedence::Program(program) => (None, Some(program)),
            Precedence::Returns => (None, None),
        };
        let running = running.into_iter().flatten().copied();
        let next = program
            .into_iter()
            .flat_map(move |program| program.next(return_index, placed));
        let indeterminate = self.indeterminate(return_index).filter(move |id| {
            let number = (id - self.returned) as usize;
            program.is_none_or(|program| program.allows(number, return_index, placed))
        });
        running.chain(next).chain(indeterminate)
    }

    /// Returns whether a call may be exchanged with another one of the same action, because no
    /// other call depends on it alone.
    pub(super) fn is_exchangeable(&self, id: CallId) -> bool {
        self.is_real_time() || self.is_indeterminate(id)
    }

    /// Returns the distinct actions of the calls that may be placed before a call returns, after
    /// all calls that return before it.
    pub(super) fn actions_before(&self, return_index: u32) -> BTreeSet<u32> {
        let action = |id: CallId| self.get(id).action;
        let indeterminate = self.indeterminate(return_index).map(action);
        match &self.precedence {
            Precedence::RealTime(lists) => {
                let running = lists[return_index as usize].iter().copied().map(action);
                running.chain(indeterminate).collect()
            }
            Precedence::Program(_) => {
                let later = return_index + 1..self.calls.len() as CallId;
                later.map(action).collect()
            }
            Precedence::Returns => indeterminate.collect(),
        }
    }

    /// Returns how many calls, or processes, run concurrently with a call.
    pub(super) fn concurrent(&self, return_index: u32) -> usize {
        match &self.precedence {
            Precedence::RealTime(lists) => lists[return_index as usize].len() - 1,
            Precedence::Program(program) => program.left(return_index).saturating_sub(1),
            Precedence::Returns => 0,
        }
    }

    /// Returns the calls of unknown outcome that were invoked before a return index.
    pub(super) fn indeterminate(&self, return_index: u32) -> impl Iterator<Item = CallId> {
        let ids = self.returned..self.calls.len() as CallId;
        ids.take_while(move |id| self.get(*id).since <= return_index)
    }
}

/// Converts an operation to an action with its result.
fn with_result<'a, M: Model>(model: &M) -> impl Fn(&Interval<'a>) -> Result<M::Action, String> {
    |interval| {
        let result = interval.completion.map(|completion| &completion.value);
        model.action(&interval.invocation.f, &interval.invocation.value, result)
    }
}

/// Returns the operations that took effect, or may have taken effect: failed ones are left out.
/// Operations that returned come first, in the order of their returns, then the others, in the
/// order of their invocations.
///
/// # Errors
/// When completions can't be matched with invocations.
pub(crate) fn intervals(history: &History) -> Result<Vec<Interval<'_>>, String> {
    let pairs = history.pairs().map_err(|unpaired| unpaired.to_string())?;
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
            intervals.push(Interval {
                invocation,
                completion,
                since: since[number],
            });
        }
    }
    let is_unknown = |completion: Option<&Operation>| {
        completion.is_none_or(|completion| completion.kind == Kind::Info)
    };
    let invoked = pairs.list.iter().zip(since);
    let given_up = invoked.filter(|((_, completion), _)| is_unknown(*completion));
    intervals.extend(given_up.map(|((invocation, _), since)| Interval {
        invocation,
        completion: None,
        since,
    }));
    Ok(intervals)
}
