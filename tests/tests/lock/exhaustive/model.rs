//! Implements the model checker's `Model` for the protocol.

use stateright::{Model, Property};

use crate::exhaustive::properties;
use crate::exhaustive::rules::{Lock, RECORDED_COMMITS};
use crate::exhaustive::state::{Doing, NodeState, Register, State, Step};

impl Model for Lock {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let node = NodeState {
            doing: Doing::Looking(None),
            number: 0,
            outcomes: Vec::new(),
        };
        vec![State {
            register: Register::default(),
            network: Vec::new(),
            nodes: vec![node; self.changes.len()],
            times_changed: 0,
            committed: Vec::new(),
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps.extend(state.network.iter().cloned().map(Step::Process));
        for (node, NodeState { doing, number, .. }) in state.nodes.iter().enumerate() {
            match doing {
                Doing::Looking(_) if *number == self.changes[node] => {}
                Doing::Looking(seen) => {
                    steps.push(Step::AnswerRead(node));
                    if let Some(seen) = seen
                        && self.is_within(&self.acquired(seen, node))
                    {
                        steps.push(Step::Acquire(node));
                        if seen.owner.is_none() {
                            steps.push(Step::Commit(node));
                        }
                    }
                }
                Doing::Holding(held, read) => {
                    steps.push(match read {
                        Some(_) => Step::Settle(node),
                        None => Step::AnswerRead(node),
                    });
                    if self.is_within(&held.committed(node, Vec::new(), RECORDED_COMMITS)) {
                        steps.push(Step::Commit(node));
                    }
                }
                Doing::Acquiring(attempt) | Doing::Committing(attempt) => {
                    steps.push(match attempt.read {
                        Some(_) => Step::Settle(node),
                        None => Step::AnswerRead(node),
                    });
                    steps.extend([
                        Step::ReceiveAccepted(node),
                        Step::ReceiveRefused(node),
                        Step::Repeat(node),
                    ]);
                }
            }
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Process(request) => state.process(self, request),
            Step::AnswerRead(node) => state.answer_read(node),
            Step::Settle(node) => state.settle(self, node)?,
            Step::Acquire(node) => state.acquire(self, node)?,
            Step::Commit(node) => state.commit(node)?,
            Step::Repeat(node) => state.repeat(self, node)?,
            Step::ReceiveAccepted(node) => state.receive_accepted(node)?,
            Step::ReceiveRefused(node) => state.receive_refused(self, node)?,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::properties()
    }
}
