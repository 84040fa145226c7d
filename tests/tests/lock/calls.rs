//! Calls that clients make at set times.

use mael::time::Duration;

use crate::lists::Add;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Play {
    pub(crate) node: usize,
    pub(crate) at: Duration,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Add(Change),
    Hasty(Change),
    Peek,
    Link(Change),
    Chain,
    Abandon(&'static str),
    Spoil,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) key: u64,
    pub(crate) number: u64,
    /// How long the lock is held at least, the first time.
    pub(crate) wait: Duration,
    pub(crate) then: &'static str,
}

/// Adds this number.
pub(crate) fn add(number: u64) -> Change {
    Change {
        key: 0,
        number,
        wait: Duration::ZERO,
        then: "succeed",
    }
}

impl Change {
    pub(crate) fn on(self, node: usize, at: Duration) -> Play {
        let what = What::Add(self);
        Play { node, at, what }
    }

    pub(crate) fn hasty_on(self, node: usize, at: Duration) -> Play {
        let what = What::Hasty(self);
        Play { node, at, what }
    }

    /// Appends the number to the log instead.
    pub(crate) fn link_on(self, node: usize, at: Duration) -> Play {
        let what = What::Link(self);
        Play { node, at, what }
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

/// Takes the lock, and changes nothing.
pub(crate) fn idle(node: usize, at: Duration) -> Play {
    add(0).then("nothing").on(node, at)
}

pub(crate) fn peek(node: usize, at: Duration) -> Play {
    let what = What::Peek;
    Play { node, at, what }
}

pub(crate) fn chain(node: usize, at: Duration) -> Play {
    let what = What::Chain;
    Play { node, at, what }
}

pub(crate) fn abandon(holder: &'static str) -> Play {
    Play {
        node: 0,
        at: Duration::ZERO,
        what: What::Abandon(holder),
    }
}

/// Puts something else in the place of the lock.
pub(crate) fn spoil() -> Play {
    Play {
        node: 0,
        at: Duration::ZERO,
        what: What::Spoil,
    }
}
