//! How far the search has come in one of its attempts.

use std::rc::Rc;

use super::calls::{Call, CallId, Calls, Effect};

/// Names a state that was met in a search.
pub(super) type StateId = u32;

/// Names a node of a search: a configuration and how it was reached.
pub(super) type NodeId = u32;

/// A point that an attempt to place all calls has reached.
#[derive(Clone, Debug)]
pub(super) struct Configuration {
    /// The calls before this one, which returns at this moment, have been placed.
    pub(super) return_index: u32,
    /// What the calls that were placed leave.
    pub(super) state: StateId,
    /// Running calls that began before this moment and overwrite may still be placed just before
    /// the last call that overwrote, where they leave no trace: the moment after the one at which
    /// that was placed.
    pub(super) overwritten: u32,
    /// The calls that are running, or will never return, and have been placed, in ascending order.
    pub(super) placed: Rc<[CallId]>,
    /// A bit for each call among them that may have changed something, of 64 that many share.
    signature: u64,
}

impl Configuration {
    /// Nothing has been placed.
    pub(super) fn start(state: StateId) -> Self {
        Self {
            return_index: 0,
            state,
            overwritten: 0,
            placed: Rc::default(),
            signature: 0,
        }
    }

    /// Sets which of the running calls, and of those that never return, have been placed.
    pub(super) fn set_placed<A: Clone + Ord>(&mut self, placed: Vec<CallId>, calls: &Calls<'_, A>) {
        let changing = placed
            .iter()
            .filter(|id| calls.get(**id).effect != Effect::Read);
        self.signature = changing.fold(0, |bits, id| bits | 1 << (id % 64));
        self.placed = placed.into();
    }

    /// This one, after a call that led to a state.
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

    /// Whether a call that overwrites can be placed where it leaves no trace.
    pub(super) fn absorbs<A: Clone + Ord>(&self, id: CallId, calls: &Calls<'_, A>) -> bool {
        let call = calls.get(id);
        call.effect == Effect::Overwrite && call.since < self.overwritten
    }

    /// Whether all that can come after `other`, of the same moment and state, can come after this
    /// one too.
    ///
    /// What was placed in `other` only is still to be had here, so it must be something that need
    /// not happen, or that leaves no trace. What was placed here only is missing here, so it must
    /// be something that is of no use.
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
