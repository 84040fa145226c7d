//! The steps of the model and their effects.

use mael::lock::protocol::ChangeStatus;

use crate::exhaustive::rules::{Lock, RECORDED_COMMITS, Rules};
use crate::exhaustive::state::{Attempt, Change, Doing, Node, NodeState, Outcome, Request, State};

impl NodeState {
    /// Records the outcome of an attempt, and moves on to the next change unless it is retried.
    pub(crate) fn record(&mut self, node: Node, hold: u64, outcome: Outcome) {
        let number = self.number;
        self.outcomes.push((Change { node, number }, hold, outcome));
        if outcome != Outcome::Lost {
            self.number += 1;
        }
    }
}

impl State {
    pub(crate) fn send(&mut self, sender: Node, attempt: &Attempt) {
        let request = Request {
            sender,
            from: attempt.from.clone(),
            to: attempt.to.clone(),
        };
        if !self.network.contains(&request) {
            self.network.push(request);
            self.network.sort_by(|a, b| a.order().cmp(&b.order()));
        }
    }

    /// The store processes a request. The reply is dropped if the sender no longer waits for it.
    pub(crate) fn process(&mut self, lock: &Lock, request: Request) {
        let accepted = lock.matches(&request, &self.register);
        if accepted {
            if request.is_commit() {
                let change = *request.to.value.last().expect("a commit is a change");
                self.committed.push((change, request.from.epoch));
            }
            self.register = request.to.clone();
            self.times_changed += 1;
        }
        if let Doing::Acquiring(attempt) | Doing::Committing(attempt) =
            &mut self.nodes[request.sender].doing
            && attempt.from == request.from
        {
            attempt.accepted |= accepted;
            attempt.refused |= !accepted && lock.rules == Rules::RefusedIsLost;
        }
    }

    pub(crate) fn answer_read(&mut self, node: Node) {
        let register = self.register.clone();
        match &mut self.nodes[node].doing {
            Doing::Looking(seen) => *seen = Some(register),
            Doing::Acquiring(attempt) | Doing::Committing(attempt) => attempt.read = Some(register),
            Doing::Holding(_, seen) => *seen = Some(register),
        }
    }

    pub(crate) fn settle(&mut self, lock: &Lock, node: Node) -> Option<()> {
        let state = &mut self.nodes[node];
        match &mut state.doing {
            Doing::Acquiring(attempt) => {
                let seen = attempt.read.take()?;
                match attempt.to.acquire_status(&seen) {
                    ChangeStatus::Done => state.doing = Doing::Holding(attempt.to.clone(), None),
                    ChangeStatus::Retry => {}
                    ChangeStatus::Lost | ChangeStatus::Unknown => {
                        state.doing = Doing::Looking(Some(seen));
                    }
                }
            }
            Doing::Committing(attempt) => {
                let (seen, hold) = (attempt.read.take()?, attempt.from.epoch);
                let outcome = match lock.commit_status(node, &attempt.from, &seen) {
                    ChangeStatus::Retry => return Some(()),
                    ChangeStatus::Done => Outcome::Done,
                    ChangeStatus::Lost => Outcome::Lost,
                    ChangeStatus::Unknown => Outcome::Unknown,
                };
                state.doing = Doing::Looking(None);
                state.record(node, hold, outcome);
            }
            Doing::Holding(held, read) => {
                let (seen, hold) = (read.take()?, held.epoch);
                if held.is_lost(&seen) {
                    state.doing = Doing::Looking(None);
                    state.record(node, hold, Outcome::Lost);
                }
            }
            Doing::Looking(_) => return None,
        }
        Some(())
    }

    pub(crate) fn acquire(&mut self, lock: &Lock, node: Node) -> Option<()> {
        let Doing::Looking(Some(seen)) = &self.nodes[node].doing else {
            return None;
        };
        let attempt = Attempt::new(seen.clone(), lock.acquired(seen, node));
        self.send(node, &attempt);
        self.nodes[node].doing = Doing::Acquiring(attempt);
        Some(())
    }

    pub(crate) fn commit(&mut self, node: Node) -> Option<()> {
        let number = self.nodes[node].number;
        let (Doing::Holding(held, _) | Doing::Looking(Some(held))) = &self.nodes[node].doing else {
            return None;
        };
        let mut value = held.value.clone();
        value.push(Change { node, number });
        let attempt = Attempt::new(held.clone(), held.committed(node, value, RECORDED_COMMITS));
        self.send(node, &attempt);
        self.nodes[node].doing = Doing::Committing(attempt);
        Some(())
    }

    /// An identical request is on the network already, so retrying only matters under incorrect
    /// rules.
    pub(crate) fn repeat(&mut self, lock: &Lock, node: Node) -> Option<()> {
        let Doing::Acquiring(attempt) = &mut self.nodes[node].doing else {
            return None;
        };
        if lock.rules != Rules::RepeatedWithNewEpoch {
            return None;
        }
        attempt.to.epoch += 1;
        if !lock.is_within(&attempt.to) {
            return None;
        }
        let attempt = attempt.clone();
        self.send(node, &attempt);
        Some(())
    }

    pub(crate) fn receive_accepted(&mut self, node: Node) -> Option<()> {
        let state = &mut self.nodes[node];
        match &state.doing {
            Doing::Acquiring(attempt) if attempt.accepted => {
                state.doing = Doing::Holding(attempt.to.clone(), None);
            }
            Doing::Committing(attempt) if attempt.accepted => {
                let hold = attempt.from.epoch;
                // The register may still be as the commit left it.
                state.doing = Doing::Looking(Some(attempt.to.clone()));
                state.record(node, hold, Outcome::Done);
            }
            _ => return None,
        }
        Some(())
    }

    pub(crate) fn receive_refused(&mut self, lock: &Lock, node: Node) -> Option<()> {
        let state = &mut self.nodes[node];
        let Doing::Committing(attempt) = &state.doing else {
            return None;
        };
        if lock.rules != Rules::RefusedIsLost || !attempt.refused {
            return None;
        }
        let hold = attempt.from.epoch;
        state.doing = Doing::Looking(None);
        state.record(node, hold, Outcome::Lost);
        Some(())
    }
}
