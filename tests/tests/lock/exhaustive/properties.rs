//! The safety properties of the protocol, and the situations that its histories must include.

use mael::lock::protocol::ChangeStatus;
use stateright::Property;

use crate::exhaustive::rules::{Lock, RECORDED_COMMITS};
use crate::exhaustive::state::{Attempt, Change, Doing, Outcome, Register, State};

/// Queries used by the properties.
impl State {
    /// The attempts whose callers got this outcome: the change and the epoch of the hold.
    fn attempts_with(&self, outcome: Outcome) -> impl Iterator<Item = (Change, u64)> {
        let all = self.nodes.iter().flat_map(|node| &node.outcomes);
        let matching = all.filter(move |(_, _, it)| *it == outcome);
        matching.map(|(change, hold, _)| (*change, *hold))
    }

    fn times_committed(&self, change: Change) -> usize {
        let times = self.committed.iter();
        times.filter(|(committed, _)| *committed == change).count()
    }

    /// Returns true if the next read of some node gives its acquisition this status.
    fn acquire_has(&self, status: ChangeStatus) -> bool {
        self.nodes.iter().any(|node| match &node.doing {
            Doing::Acquiring(Attempt {
                to,
                read: Some(seen),
                ..
            }) => to.acquire_status(seen) == status,
            _ => false,
        })
    }

    /// Returns true if the next read of some node gives its commit this status.
    fn commit_has(&self, status: ChangeStatus) -> bool {
        self.commit_statuses().any(|found| found.1 == status)
    }

    /// The commits that some node is about to settle: the register before, and the status.
    fn commit_statuses(&self) -> impl Iterator<Item = (&Register, ChangeStatus)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter_map(|(node, state)| match &state.doing {
            Doing::Committing(Attempt {
                from,
                read: Some(seen),
                ..
            }) => Some((from, from.commit_status(&node, seen, RECORDED_COMMITS))),
            _ => None,
        })
    }
}

const EACH_SUCCEEDS: &str = "every committed value is the successor of the one before it";
pub(crate) const EPOCHS_COUNT: &str = "every change raises the epoch by one";
pub(crate) const NONE_LOST: &str = "no update that was acknowledged is lost";
pub(crate) const NONE_TWICE: &str = "no change is made twice";
pub(crate) const DONE: &str = "a change whose caller got Done was made in its hold";
pub(crate) const LOST: &str =
    "a change whose caller got Lost was not made in its hold, and never is";
const UNKNOWN: &str = "a change whose caller got Unknown is made at most once";
pub(crate) const SAFETY: [&str; 7] = [
    EACH_SUCCEEDS,
    EPOCHS_COUNT,
    NONE_LOST,
    NONE_TWICE,
    DONE,
    LOST,
    UNKNOWN,
];

/// The properties that hold in every state, and those that hold in at least one.
pub(crate) fn properties() -> Vec<Property<Lock>> {
    vec![
        Property::always(EACH_SUCCEEDS, |_, state: &State| {
            let committed = state.committed.iter().map(|(change, _)| change);
            state.register.value.iter().eq(committed)
        }),
        Property::always(EPOCHS_COUNT, |_, state: &State| {
            state.register.epoch == state.times_changed
        }),
        Property::always(NONE_LOST, |_, state: &State| {
            state
                .attempts_with(Outcome::Done)
                .all(|(change, _)| state.register.value.contains(&change))
        }),
        Property::always(NONE_TWICE, |_, state: &State| {
            state
                .committed
                .iter()
                .all(|(change, _)| state.times_committed(*change) == 1)
        }),
        Property::always(DONE, |_, state: &State| {
            state
                .attempts_with(Outcome::Done)
                .all(|attempt| state.committed.contains(&attempt))
        }),
        Property::always(LOST, |_, state: &State| {
            !state
                .attempts_with(Outcome::Lost)
                .any(|attempt| state.committed.contains(&attempt))
        }),
        Property::always(UNKNOWN, |_, state: &State| {
            state
                .attempts_with(Outcome::Unknown)
                .all(|(change, _)| state.times_committed(change) <= 1)
        }),
        // Situations that must occur, so that the properties above are not vacuous.
        Property::sometimes("a holder is taken over", |_, state: &State| {
            state.nodes.iter().any(|node| match &node.doing {
                Doing::Holding(held, _) => held.epoch < state.register.epoch,
                _ => false,
            })
        }),
        Property::sometimes("a caller gets Lost", |_, state: &State| {
            state.attempts_with(Outcome::Lost).next().is_some()
        }),
        Property::sometimes(
            "a holder notices the takeover before it commits",
            |_, state: &State| {
                state.nodes.iter().any(|node| match &node.doing {
                    Doing::Holding(held, Some(seen)) => held.is_lost(seen),
                    _ => false,
                })
            },
        ),
        Property::sometimes("an unknown change was made", |_, state: &State| {
            state
                .attempts_with(Outcome::Unknown)
                .any(|attempt| state.committed.contains(&attempt))
        }),
        Property::sometimes("an unknown change was not made", |_, state: &State| {
            state
                .attempts_with(Outcome::Unknown)
                .any(|attempt| !state.committed.contains(&attempt))
        }),
        Property::sometimes(
            "a lost change is made in a later hold",
            |_, state: &State| {
                state
                    .attempts_with(Outcome::Lost)
                    .any(|(change, _)| state.times_committed(change) == 1)
            },
        ),
        Property::sometimes("an acquisition is done", |_, state: &State| {
            state.acquire_has(ChangeStatus::Done)
        }),
        Property::sometimes("an acquisition is retried", |_, state: &State| {
            state.acquire_has(ChangeStatus::Retry)
        }),
        Property::sometimes("an acquisition is lost", |_, state: &State| {
            state.acquire_has(ChangeStatus::Lost)
        }),
        Property::sometimes("a commit is done", |_, state: &State| {
            state.commit_has(ChangeStatus::Done)
        }),
        Property::sometimes(
            "a commit that also acquires the lock is done",
            |_, state: &State| {
                let mut statuses = state.commit_statuses();
                statuses.any(|(from, status)| from.owner.is_none() && status == ChangeStatus::Done)
            },
        ),
        Property::sometimes(
            "a commit that also acquires the lock is lost",
            |_, state: &State| {
                let mut statuses = state.commit_statuses();
                statuses.any(|(from, status)| from.owner.is_none() && status == ChangeStatus::Lost)
            },
        ),
        Property::sometimes("a commit is retried", |_, state: &State| {
            state.commit_has(ChangeStatus::Retry)
        }),
    ]
}
