//! The states that a search has reached, each stored once, and the memoized steps between them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::configuration::StateId;
use super::model::Model;

/// How many states are explored to find out whether a call may fit at all: a register has few, but
/// other objects may have infinitely many.
pub(super) const MAX_STATES: usize = 1_000;

/// A model's states, as numbers.
pub(super) struct States<'a, M: Model> {
    model: &'a M,
    actions: &'a [M::Action],
    states: Vec<Rc<M::State>>,
    ids: BTreeMap<Rc<M::State>, StateId>,
    steps: FxHashMap<(StateId, u32), Option<StateId>>,
    /// The memory of the states, in bytes.
    heap_bytes: usize,
}

/// The overhead of a state in the list and the tree, in bytes.
const ENTRY_OVERHEAD: usize = 64;

impl<'a, M: Model> States<'a, M> {
    pub(super) fn new(model: &'a M, actions: &'a [M::Action]) -> Self {
        Self {
            model,
            actions,
            states: Vec::new(),
            ids: BTreeMap::new(),
            steps: FxHashMap::default(),
            heap_bytes: 0,
        }
    }

    pub(super) fn initial(&mut self) -> StateId {
        self.id(self.model.initial())
    }

    /// Returns the state after an action; `None` if the action is impossible.
    pub(super) fn step(&mut self, state: StateId, action: u32) -> Option<StateId> {
        if let Some(known) = self.steps.get(&(state, action)) {
            return *known;
        }
        let next = self
            .model
            .step(self.get(state), &self.actions[action as usize]);
        let next = next.ok().map(|next| self.id(next));
        self.steps.insert((state, action), next);
        next
    }

    /// Returns why an action is impossible in a state; `None` if it is possible.
    pub(super) fn refusal(&self, state: StateId, action: u32) -> Option<String> {
        let action = &self.actions[action as usize];
        self.model.step(self.get(state), action).err()
    }

    /// Returns the approximate memory of states and steps, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.heap_bytes + 2 * self.steps.capacity() * size_of::<((StateId, u32), Option<StateId>)>()
    }

    /// Adds states to `reached`, and all states that the actions lead to from them. Returns `false`
    /// if there are more than [`MAX_STATES`], or if they take more than `max_bytes`.
    pub(super) fn close(
        &mut self,
        reached: &mut BTreeSet<StateId>,
        fresh: Vec<StateId>,
        actions: &BTreeSet<u32>,
        max_bytes: usize,
    ) -> bool {
        let mut fresh = VecDeque::from(fresh);
        fresh.retain(|state| reached.insert(*state));
        while let Some(state) = fresh.pop_front() {
            for action in actions {
                if reached.len() > MAX_STATES || self.bytes() > max_bytes {
                    return false;
                }
                let next = self.step(state, *action);
                fresh.extend(next.filter(|next| reached.insert(*next)));
            }
        }
        true
    }

    pub(super) fn get(&self, state: StateId) -> &M::State {
        &self.states[state as usize]
    }

    fn id(&mut self, state: M::State) -> StateId {
        if let Some(id) = self.ids.get(&state) {
            return *id;
        }
        let id = self.states.len() as StateId;
        self.heap_bytes += self.model.size(&state) + ENTRY_OVERHEAD;
        let state = Rc::new(state);
        self.states.push(Rc::clone(&state));
        self.ids.insert(state, id);
        id
    }
}
