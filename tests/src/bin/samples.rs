//! The `mael` command with the samples: their workloads, and their nodes to simulate.

use std::process::ExitCode;

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

fn main() -> ExitCode {
    mael_workbench::main()
        .specification::<Queue>()
        .node::<ReplicatedQueue>("queue")
        .node::<RacyQueue>("racy-queue")
        .node::<LastInFirstOut>("last-in-first-out")
        .specification::<Stack>()
        .node::<LockedStack>("stack")
        .node::<PeekingStack>("peeking-stack")
        .node::<ShallowStack>("shallow-stack")
        .specification::<Set>()
        .node::<LinKvSet>("set")
        .node::<CachingSet>("caching-set")
        .node::<TwoPhaseSet>("two-phase-set")
        .specification::<Log>()
        .node::<ReplicatedLog>("log")
        .node::<OverwritingLog>("overwriting-log")
        .node::<CachingLog>("caching-log")
        .specification::<Semaphore>()
        .node::<LockedSemaphore>("semaphore")
        .node::<OverbookedSemaphore>("overbooked-semaphore")
        .node::<LeakySemaphore>("leaky-semaphore")
        .workload::<Bank>()
        .node::<LinKvBank>("bank")
        .node::<TwoStepBank>("two-step-bank")
        .node::<CachingBank>("caching-bank")
        .workload::<FencedLock>()
        .node::<TokenLock>("lock")
        .node::<CheckThenLock>("check-then-lock")
        .node::<TokensOfNode>("tokens-of-node")
        .workload::<LeaderElection>()
        .node::<Majority>("election")
        .node::<ForgetfulVoters>("forgetful-voters")
        .node::<MajorityOfReplies>("majority-of-replies")
        .workload::<Sequencer>()
        .node::<LinKvSequencer>("sequencer")
        .node::<UncheckedSequencer>("unchecked-sequencer")
        .node::<BatchingSequencer>("batching-sequencer")
        .workload::<ChatRoom>()
        .node::<CachedRoom>("chat-room")
        .node::<PushingRoom>("pushing-room")
        .node::<LocalRoom>("local-room")
        .run()
}
