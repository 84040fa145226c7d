//! The nodes of the samples as one program, whose first argument selects the node.

use std::process::ExitCode;

use mael_tests::samples::bank::{CachingBank, LinKvBank, TwoStepBank};
use mael_tests::samples::chat_room::{CachedRoom, LocalRoom, PushingRoom};
use mael_tests::samples::fenced_lock::{CheckThenLock, TokenLock, TokensOfNode};
use mael_tests::samples::leader_election::{ForgetfulVoters, Majority, MajorityOfReplies};
use mael_tests::samples::log::{CachingLog, OverwritingLog, ReplicatedLog};
use mael_tests::samples::queue::{LastInFirstOut, RacyQueue, ReplicatedQueue};
use mael_tests::samples::semaphore::{LeakySemaphore, LockedSemaphore, OverbookedSemaphore};
use mael_tests::samples::sequencer::{BatchingSequencer, LinKvSequencer, UncheckedSequencer};
use mael_tests::samples::set::{CachingSet, LinKvSet, TwoPhaseSet};
use mael_tests::samples::stack::{LockedStack, PeekingStack, ShallowStack};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("queue") => mael::run::<ReplicatedQueue>(),
        Some("racy-queue") => mael::run::<RacyQueue>(),
        Some("last-in-first-out") => mael::run::<LastInFirstOut>(),
        Some("stack") => mael::run::<LockedStack>(),
        Some("peeking-stack") => mael::run::<PeekingStack>(),
        Some("shallow-stack") => mael::run::<ShallowStack>(),
        Some("set") => mael::run::<LinKvSet>(),
        Some("caching-set") => mael::run::<CachingSet>(),
        Some("two-phase-set") => mael::run::<TwoPhaseSet>(),
        Some("log") => mael::run::<ReplicatedLog>(),
        Some("overwriting-log") => mael::run::<OverwritingLog>(),
        Some("caching-log") => mael::run::<CachingLog>(),
        Some("semaphore") => mael::run::<LockedSemaphore>(),
        Some("overbooked-semaphore") => mael::run::<OverbookedSemaphore>(),
        Some("leaky-semaphore") => mael::run::<LeakySemaphore>(),
        Some("bank") => mael::run::<LinKvBank>(),
        Some("two-step-bank") => mael::run::<TwoStepBank>(),
        Some("caching-bank") => mael::run::<CachingBank>(),
        Some("lock") => mael::run::<TokenLock>(),
        Some("check-then-lock") => mael::run::<CheckThenLock>(),
        Some("tokens-of-node") => mael::run::<TokensOfNode>(),
        Some("election") => mael::run::<Majority>(),
        Some("forgetful-voters") => mael::run::<ForgetfulVoters>(),
        Some("majority-of-replies") => mael::run::<MajorityOfReplies>(),
        Some("sequencer") => mael::run::<LinKvSequencer>(),
        Some("unchecked-sequencer") => mael::run::<UncheckedSequencer>(),
        Some("batching-sequencer") => mael::run::<BatchingSequencer>(),
        Some("chat-room") => mael::run::<CachedRoom>(),
        Some("pushing-room") => mael::run::<PushingRoom>(),
        Some("local-room") => mael::run::<LocalRoom>(),
        other => {
            eprintln!("unknown node {other:?}");
            ExitCode::FAILURE
        }
    }
}
