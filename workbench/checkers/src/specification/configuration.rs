//! The state of one attempt to order all calls.

use std::rc::Rc;

use super::call::{Call, CallId};
use super::calls::Calls;
use super::model::Effect;
use super::states::StateId;

/// Identifies a node of the search: a configuration and the path to it.
pub(super) type NodeId = u32;

/// A point that an attempt to place all calls has reached.
#[derive(Clone, Debug)]
pub(super) struct Configuration {
    /// The index of the next call to return: all calls before it have been placed.
    pub(super) return_index: u32,
    /// The state after the calls that have been placed.
    pub(super) state: StateId,
    /// Running overwrites that were invoked before this return index may still be placed just
    /// before the last overwrite, where they have no visible effect. It is one more than the return
    /// index at which the last overwrite was placed.
    pub(super) overwritten: u32,
    /// The calls that have been placed although they are running or never return, in ascending
    /// order.
    pub(super) placed: Rc<[CallId]>,
    /// A 64-bit Bloom filter of those among them that may have changed the state.
    signature: u64,
}

impl Configuration {
    /// Returns the configuration in which nothing has been placed.
    pub(super) fn start(state: StateId) -> Self {
        Self {
            return_index: 0,
            state,
            overwritten: 0,
            placed: Rc::default(),
            signature: 0,
        }
    }

    /// Sets the placed calls among those that are running or never return.
    pub(super) fn set_placed<A: Clone + Ord>(&mut self, placed: Vec<CallId>, calls: &Calls<'_, A>) {
        let changing = placed
            .iter()
            .filter(|id| calls.get(**id).effect != Effect::Read);
        self.signature = changing.fold(0, |bits, id| bits | 1 << (id % 64));
        self.placed = placed.into();
    }

    /// Returns the configuration after a call that led to a state.
    pub(super) fn after(&self, call: &Call<'_>, state: StateId) -> Self {
        let overwritten = match call.effect {
            Effect::Overwrite => self.return_index + 1,
            _ => self.overwritten,
        };
        Self {
            state,
            overwritten,
            ..self.clone()
        }
    }

    pub(super) fn has_placed(&self, id: CallId) -> bool {
        self.placed.binary_search(&id).is_ok()
    }

    /// Returns whether an overwrite can be placed where it has no visible effect.
    pub(super) fn absorbs<A: Clone + Ord>(&self, id: CallId, calls: &Calls<'_, A>) -> bool {
        let call = calls.get(id);
        call.effect == Effect::Overwrite && call.since < self.overwritten && calls.is_real_time()
    }

    /// Returns whether everything that can follow `other`, of the same return index and state, can
    /// also follow this configuration.
    ///
    /// A call placed only in `other` is still to be placed here, so it must be one that need not
    /// happen, or that has no visible effect. A call placed only here can't be placed again, so it
    /// must be a read.
    pub(super) fn dominates<A: Clone + Ord>(&self, other: &Self, calls: &Calls<'_, A>) -> bool {
        if self.overwritten < other.overwritten || self.signature & !other.signature != 0 {
            return false;
        }
        if Rc::ptr_eq(&self.placed, &other.placed) {
            return true;
        }
        let here_only = self.placed.iter().filter(|id| !other.has_placed(**id));
        let there_only = other.placed.iter().filter(|id| !self.has_placed(**id));
        let mut there_only = there_only.copied();
        here_only
            .copied()
            .all(|id| calls.get(id).effect == Effect::Read)
            && there_only.all(|id| calls.is_indeterminate(id) || self.absorbs(id, calls))
    }
}
