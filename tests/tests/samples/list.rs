//! The samples, each with its nodes.

use mael_tests::samples::bank::{Bank, CachingBank, LinKvBank, TwoStepBank};
use mael_tests::samples::chat_room::{CachedRoom, ChatRoom, LocalRoom, PushingRoom};
use mael_tests::samples::fenced_lock::{CheckThenLock, FencedLock, TokenLock, TokensOfNode};
use mael_tests::samples::leader_election::{
    ForgetfulVoters, LeaderElection, Majority, MajorityOfReplies,
};
use mael_tests::samples::log::{CachingLog, Log, OverwritingLog, ReplicatedLog};
use mael_tests::samples::queue::{LastInFirstOut, Queue, RacyQueue, ReplicatedQueue};
use mael_tests::samples::semaphore::{
    LeakySemaphore, LockedSemaphore, OverbookedSemaphore, Semaphore,
};
use mael_tests::samples::sequencer::{
    BatchingSequencer, LinKvSequencer, Sequencer, UncheckedSequencer,
};
use mael_tests::samples::set::{CachingSet, LinKvSet, Set, TwoPhaseSet};
use mael_tests::samples::stack::{LockedStack, PeekingStack, ShallowStack, Stack};

use crate::sample::{Sample, node, specified};

const NOT_LINEARIZABLE: &str = "not-linearizable";

pub(crate) fn all() -> Vec<Sample> {
    vec![
        queue(),
        stack(),
        set(),
        log(),
        semaphore(),
        bank(),
        fenced_lock(),
        leader_election(),
        sequencer(),
        chat_room(),
    ]
}

pub(crate) fn queue() -> Sample {
    Sample {
        workload: "queue",
        results: &["enqueue", "dequeue", "dequeue: key-does-not-exist"],
        right: specified::<ReplicatedQueue, Queue>("queue"),
        wrong: vec![
            (
                specified::<RacyQueue, Queue>("racy-queue"),
                NOT_LINEARIZABLE,
            ),
            (
                specified::<LastInFirstOut, Queue>("last-in-first-out"),
                NOT_LINEARIZABLE,
            ),
        ],
    }
}

pub(crate) fn stack() -> Sample {
    Sample {
        workload: "stack",
        results: &["push", "pop", "pop: key-does-not-exist"],
        right: specified::<LockedStack, Stack>("stack"),
        wrong: vec![
            (
                specified::<PeekingStack, Stack>("peeking-stack"),
                NOT_LINEARIZABLE,
            ),
            (
                specified::<ShallowStack, Stack>("shallow-stack"),
                NOT_LINEARIZABLE,
            ),
        ],
    }
}

pub(crate) fn set() -> Sample {
    Sample {
        workload: "set",
        results: &[
            "add",
            "add: key-already-exists",
            "remove",
            "remove: key-does-not-exist",
            "contains",
        ],
        right: specified::<LinKvSet, Set>("set"),
        wrong: vec![
            (
                specified::<CachingSet, Set>("caching-set"),
                NOT_LINEARIZABLE,
            ),
            (
                specified::<TwoPhaseSet, Set>("two-phase-set"),
                NOT_LINEARIZABLE,
            ),
        ],
    }
}

pub(crate) fn log() -> Sample {
    Sample {
        workload: "replicated-log",
        results: &["append", "get", "get: key-does-not-exist"],
        right: specified::<ReplicatedLog, Log>("log"),
        wrong: vec![
            (
                specified::<OverwritingLog, Log>("overwriting-log"),
                NOT_LINEARIZABLE,
            ),
            (
                specified::<CachingLog, Log>("caching-log"),
                NOT_LINEARIZABLE,
            ),
        ],
    }
}

pub(crate) fn semaphore() -> Sample {
    Sample {
        workload: "semaphore",
        results: &[
            "acquire",
            "acquire: precondition-failed",
            "release",
            "release: precondition-failed",
            "available",
        ],
        right: specified::<LockedSemaphore, Semaphore>("semaphore"),
        wrong: vec![
            (
                specified::<OverbookedSemaphore, Semaphore>("overbooked-semaphore"),
                NOT_LINEARIZABLE,
            ),
            (
                specified::<LeakySemaphore, Semaphore>("leaky-semaphore"),
                NOT_LINEARIZABLE,
            ),
        ],
    }
}

pub(crate) fn bank() -> Sample {
    let bank = Bank::default();
    Sample {
        workload: "bank",
        results: &["transfer", "transfer: precondition-failed", "read"],
        right: node::<LinKvBank>("bank", bank.clone()),
        wrong: vec![
            (
                node::<TwoStepBank>("two-step-bank", bank.clone()),
                "total-changed",
            ),
            (node::<CachingBank>("caching-bank", bank), "overdrawn"),
        ],
    }
}

pub(crate) fn fenced_lock() -> Sample {
    let lock = FencedLock::default();
    Sample {
        workload: "fenced-lock",
        results: &[
            "acquire",
            "acquire: precondition-failed",
            "release",
            "release: precondition-failed",
        ],
        right: node::<TokenLock>("lock", lock.clone()),
        wrong: vec![
            (
                node::<CheckThenLock>("check-then-lock", lock.clone()),
                "two-owners",
            ),
            (
                node::<TokensOfNode>("tokens-of-node", lock),
                "token-not-ascending",
            ),
        ],
    }
}

pub(crate) fn leader_election() -> Sample {
    Sample {
        workload: "leader-election",
        results: &["campaign"],
        right: node::<Majority>("election", LeaderElection),
        wrong: vec![
            (
                node::<ForgetfulVoters>("forgetful-voters", LeaderElection),
                "two-leaders",
            ),
            (
                node::<MajorityOfReplies>("majority-of-replies", LeaderElection),
                "two-leaders",
            ),
        ],
    }
}

pub(crate) fn sequencer() -> Sample {
    Sample {
        workload: "sequencer",
        results: &["next"],
        right: node::<LinKvSequencer>("sequencer", Sequencer),
        wrong: vec![
            (
                node::<UncheckedSequencer>("unchecked-sequencer", Sequencer),
                "number-reused",
            ),
            (
                node::<BatchingSequencer>("batching-sequencer", Sequencer),
                "not-ascending",
            ),
        ],
    }
}

pub(crate) fn chat_room() -> Sample {
    Sample {
        workload: "chat-room",
        results: &["post", "read"],
        right: node::<CachedRoom>("chat-room", ChatRoom),
        wrong: vec![
            (
                node::<PushingRoom>("pushing-room", ChatRoom),
                "effect-before-cause",
            ),
            (node::<LocalRoom>("local-room", ChatRoom), "lost-message"),
        ],
    }
}
