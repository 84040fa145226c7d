//! The states met in a search, each kept once, and the steps between them, each taken once.

use std::collections::{BTreeMap, HashMap};

use super::configuration::StateId;
use super::model::Model;

/// How many states are looked at to see whether a call may fit at all: a register has few, but
/// other objects may have no end of them.
pub(super) const LOOKED_AT: usize = 1_000;

/// A model's states, as numbers.
pub(super) struct States<'a, M: Model> {
    model: &'a M,
    actions: &'a [M::Action],
    states: Vec<M::State>,
    ids: BTreeMap<M::State, StateId>,
    steps: HashMap<(StateId, u32), Option<StateId>>,
}

impl<'a, M: Model> States<'a, M> {
    pub(super) fn new(model: &'a M, actions: &'a [M::Action]) -> Self {
        Self {
            model,
            actions,
            states: Vec::new(),
            ids: BTreeMap::new(),
            steps: HashMap::new(),
        }
    }

    pub(super) fn initial(&mut self) -> StateId {
        self.id(self.model.initial())
    }

    /// The state after an action; None if the action can't happen.
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

    /// Why an action can't happen in a state; None if it can.
    pub(super) fn refusal(&self, state: StateId, action: u32) -> Option<String> {
        let action = &self.actions[action as usize];
        self.model.step(self.get(state), action).err()
    }

    pub(super) fn get(&self, state: StateId) -> &M::State {
        &self.states[state as usize]
    }

    fn id(&mut self, state: M::State) -> StateId {
        let new = self.states.len() as StateId;
        let id = *self.ids.entry(state.clone()).or_insert(new);
        if id == new {
            self.states.push(state);
        }
        id
    }
}
