//! Calls that clients make at scheduled times.

use mael::time::Duration;

use crate::lists::Add;

#[derive(Clone, Copy, Debug)]
pub(crate) struct ScheduledCall {
    pub(crate) node: usize,
    pub(crate) at: Duration,
    pub(crate) action: Action,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Add(Change),
    ShortDeadline(Change),
    Peek,
    Link(Change),
    Chain,
    Abandon(&'static str),
    Corrupt,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) key: u64,
    pub(crate) number: u64,
    /// The minimum time that the first attempt holds the lock.
    pub(crate) wait: Duration,
    pub(crate) then: &'static str,
}

/// A call that adds this number.
pub(crate) fn add(number: u64) -> Change {
    Change {
        key: 0,
        number,
        wait: Duration::ZERO,
        then: "succeed",
    }
}

impl Change {
    pub(crate) fn on(self, node: usize, at: Duration) -> ScheduledCall {
        let action = Action::Add(self);
        ScheduledCall { node, at, action }
    }

    pub(crate) fn with_short_deadline_on(self, node: usize, at: Duration) -> ScheduledCall {
        let action = Action::ShortDeadline(self);
        ScheduledCall { node, at, action }
    }

    /// Appends the number to the log instead of the list.
    pub(crate) fn link_on(self, node: usize, at: Duration) -> ScheduledCall {
        let action = Action::Link(self);
        ScheduledCall { node, at, action }
    }

    pub(crate) fn holding(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    pub(crate) fn then(self, then: &'static str) -> Self {
        Self { then, ..self }
    }

    pub(crate) fn to(self, key: u64) -> Self {
        Self { key, ..self }
    }

    pub(crate) fn request(self) -> Add {
        Add {
            key: self.key,
            number: self.number,
            wait_ms: self.wait.as_millis() as u64,
            then: self.then,
        }
    }
}

/// Acquires the lock without changing the value.
pub(crate) fn no_change(node: usize, at: Duration) -> ScheduledCall {
    add(0).then("nothing").on(node, at)
}

pub(crate) fn peek(node: usize, at: Duration) -> ScheduledCall {
    let action = Action::Peek;
    ScheduledCall { node, at, action }
}

pub(crate) fn chain(node: usize, at: Duration) -> ScheduledCall {
    let action = Action::Chain;
    ScheduledCall { node, at, action }
}

pub(crate) fn abandon(holder: &'static str) -> ScheduledCall {
    ScheduledCall {
        node: 0,
        at: Duration::ZERO,
        action: Action::Abandon(holder),
    }
}

/// Overwrites the lock's key with a value that is not a lock.
pub(crate) fn corrupt() -> ScheduledCall {
    ScheduledCall {
        node: 0,
        at: Duration::ZERO,
        action: Action::Corrupt,
    }
}
