//! The states that a search has reached, each stored once, and the memoized steps between them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use mael_history::Value;
use rustc_hash::FxHashMap;

use super::model::{Effect, Model};

/// Identifies a state that the search has reached.
pub(super) type StateId = u32;

/// How many states are explored to find out whether a call may fit at all: a register has few, but
/// other objects may have infinitely many.
pub(super) const MAX_STATES: usize = 1_000;

/// A model's states, as numbers.
pub(super) struct States<'a, M: Model> {
    model: &'a M,
    actions: &'a [M::Action],
    /// What the model's hints claim of each action.
    effects: Vec<Effect>,
    /// For each action that is claimed to overwrite the state, one of its steps.
    overwrites: FxHashMap<u32, (StateId, StateId)>,
    false_hint: Option<FalseHint>,
    states: Vec<Rc<M::State>>,
    ids: BTreeMap<Rc<M::State>, StateId>,
    /// For each state, the step that reached it first; `None` for the initial state.
    origins: Vec<Option<(StateId, u32)>>,
    steps: FxHashMap<(StateId, u32), Option<StateId>>,
    /// The memory of the states, in bytes.
    heap_bytes: usize,
}

/// A hint of the model that is not true.
pub(super) struct FalseHint {
    pub(super) action: u32,
    /// What the model claims of the action, and the states that contradict it.
    pub(super) claim: String,
}

/// The overhead of a state in the lists and the tree, in bytes.
const ENTRY_OVERHEAD: usize = 80;

impl<'a, M: Model> States<'a, M> {
    pub(super) fn new(model: &'a M, actions: &'a [M::Action]) -> Self {
        Self {
            model,
            actions,
            effects: actions.iter().map(|it| Effect::of(model, it)).collect(),
            overwrites: FxHashMap::default(),
            false_hint: None,
            states: Vec::new(),
            ids: BTreeMap::new(),
            origins: Vec::new(),
            steps: FxHashMap::default(),
            heap_bytes: 0,
        }
    }

    pub(super) fn initial(&mut self) -> StateId {
        self.id(self.model.initial(), None)
    }

    /// Returns the state after an action; `None` if the action is impossible.
    pub(super) fn step(&mut self, state: StateId, action: u32) -> Option<StateId> {
        if let Some(known) = self.steps.get(&(state, action)) {
            return *known;
        }
        let next = self
            .model
            .step(self.get(state), &self.actions[action as usize]);
        let next = next.ok().map(|next| match self.guess(state, action) {
            Some(guess) if *self.get(guess) == next => guess,
            _ => self.id(next, Some((state, action))),
        });
        self.steps.insert((state, action), next);
        self.test_hint(state, action, next);
        next
    }

    /// Tests whether a step is as the hints of the model claim.
    fn test_hint(&mut self, state: StateId, action: u32, next: Option<StateId>) {
        let claim = match (self.effects[action as usize], next) {
            (Effect::Read, Some(next)) if next != state => format!(
                "is a read (`is_read`), but it changes the state {} to {}",
                self.show(state),
                self.show(next)
            ),
            (Effect::Overwrite, None) => format!(
                "overwrites any state (`is_overwrite`), but it is impossible in the state {}: {}",
                self.show(state),
                self.refusal(state, action).unwrap_or_default()
            ),
            (Effect::Overwrite, Some(next)) => {
                let (other, result) = *self.overwrites.entry(action).or_insert((state, next));
                if result == next {
                    return;
                }
                format!(
                    "overwrites any state (`is_overwrite`), but it changes the state {} to {} and the state {} to {}",
                    self.show(other),
                    self.show(result),
                    self.show(state),
                    self.show(next)
                )
            }
            _ => return,
        };
        self.false_hint.get_or_insert(FalseHint { action, claim });
    }

    /// Returns the first hint that a step has shown to be false.
    pub(super) fn false_hint(&self) -> Option<&FalseHint> {
        self.false_hint.as_ref()
    }

    fn show(&self, state: StateId) -> Value {
        self.model.show(self.get(state))
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

    /// Guesses the state after an action without a search among all states: a read does not change
    /// the state, and the action may commute with the one that led to this state.
    fn guess(&self, state: StateId, action: u32) -> Option<StateId> {
        if self.effects[action as usize] == Effect::Read {
            return Some(state);
        }
        let known = |state, action| self.steps.get(&(state, action)).copied().flatten();
        let (before, last) = self.origins[state as usize]?;
        known(known(before, action)?, last)
    }

    /// Returns the number of a state. A state that is new was reached from `origin`.
    fn id(&mut self, state: M::State, origin: Option<(StateId, u32)>) -> StateId {
        match self.ids.entry(Rc::new(state)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                let id = self.states.len() as StateId;
                self.heap_bytes += self.model.size(vacant.key()) + ENTRY_OVERHEAD;
                self.states.push(Rc::clone(vacant.key()));
                self.origins.push(origin);
                vacant.insert(id);
                id
            }
        }
    }
}
