//! Bugs of locks: epochs, leases, releases, turns.

use super::Finder::Simulation;
use super::{Bug, File};

/// Logs in much trouble.
const LOGS: &str = "kafka --concurrency 2n --nemesis partition,kill,pause";

/// Transactions in much trouble.
const TRANSACTIONS: &str = "txn --concurrency 2n --nemesis partition,kill,pause";

/// Logs on links that lose and double messages.
const LOSSES: &str = "kafka --concurrency 4n --loss 0.1 --duplicate 0.2 --nemesis pause";

/// Operations that must all succeed.
const ALL: &str = "txn --concurrency 2n --nemesis partition --availability total";

pub(super) const FILES: &[File] = &[
    File {
        path: "runtime/src/lock/protocol.rs",
        bugs: &[
            Bug {
                name: "lock-is-not-released",
                kind: "skips a release",
                found_by: Simulation(ALL),
                edits: &[(
                    "«Self {
            owner: None,
            epoch,
            commits,
            value,
        }»",
                    "Self { owner: commits.last().map(|(by, _)| by.clone()), epoch, commits, value }",
                )],
            },
            Bug {
                name: "lock-takes-any-commit-for-this-one",
                kind: "ignores the epoch",
                found_by: Simulation(LOSSES),
                edits: &[(
                    "mine.is_some_and(|(_, epoch)| *epoch == self.epoch + 1)",
                    "mine.is_some()",
                )],
            },
            Bug {
                name: "lock-tells-only-of-the-last-commit",
                kind: "loses a part",
                found_by: Simulation(LOSSES),
                edits: &[("commits.len().saturating_sub(kept)", "commits.len() - 1")],
            },
        ],
    },
    File {
        path: "runtime/src/lock/register.rs",
        bugs: &[
            Bug {
                name: "lock-takes-any-commit-for-done",
                kind: "ignores a refusal",
                found_by: Simulation(TRANSACTIONS),
                edits: &[(
                    "self.swap(held, &to).await?",
                    "{ self.swap(held, &to).await?; true }",
                )],
            },
            Bug {
                name: "lock-takes-a-lost-hold-for-done",
                kind: "mistakes a loss",
                found_by: Simulation(LOGS),
                edits: &[("Settled::Lost => «Commit::Lost»,", "Commit::Done")],
            },
            Bug {
                name: "lock-takes-a-commit-for-lost",
                kind: "does it twice",
                found_by: Simulation(LOSSES),
                edits: &[("Settled::Done => «Commit::Done»,", "Commit::Lost")],
            },
        ],
    },
    File {
        path: "runtime/src/lock/keeper.rs",
        bugs: &[
            Bug {
                name: "keeper-drops-a-change",
                kind: "loses a write",
                found_by: Simulation(LOGS),
                edits: &[("holding.value = value;", "drop(value);")],
            },
            Bug {
                name: "keeper-gives-all-the-same-value",
                kind: "reads stale state",
                found_by: Simulation("kafka --node-count 1 --concurrency 20 --rate 500"),
                edits: &[(
                    "value: «holding.value.clone()»,
            hold:",
                    "holding.held.seen.register.value.clone()",
                )],
            },
            Bug {
                name: "keeper-answers-before-the-commit",
                kind: "answers too early",
                found_by: Simulation(LOGS),
                edits: &[(
                    "holding.told.push(outcome);",
                    "{ let _ = outcome.send(Outcome::Committed); holding.told.push(oneshot::channel().0); }",
                )],
            },
            Bug {
                name: "keeper-tells-of-success-whatever-came",
                kind: "ignores a refusal",
                found_by: Simulation(LOGS),
                edits: &[(
                    "holding.tell(&outcome);",
                    "holding.tell(&Outcome::Committed);",
                )],
            },
            Bug {
                name: "keeper-stops-after-its-first-callers",
                kind: "forgets to start",
                found_by: Simulation(ALL),
                edits: &[("self.running.set(false);", "")],
            },
            Bug {
                name: "keeper-does-not-rest",
                kind: "is not fair",
                found_by: Simulation(
                    "txn --node-count 2 --concurrency 10n --rate 500 --availability total --latency 20",
                ),
                edits: &[(
                    "let rests_until = «self.turns.borrow().rests_until()»;",
                    "None",
                )],
            },
            Bug {
                name: "keeper-loses-its-callers",
                kind: "loses a message",
                found_by: Simulation(ALL),
                edits: &[("retain(|caller| «!caller.is_closed()»)", "false")],
            },
        ],
    },
    File {
        path: "runtime/src/lock/mod.rs",
        bugs: &[
            Bug {
                name: "lock-does-not-run-again",
                kind: "mistakes a loss",
                found_by: Simulation(LOGS),
                edits: &[("Outcome::Lost => «{}»", "return result")],
            },
            Bug {
                name: "locks-share-a-key",
                kind: "mixes up records",
                found_by: Simulation(LOGS),
                edits: &[(
                    r#"format!("{}/{key}", self.prefix)"#,
                    r#"format!("{}/", self.prefix)"#,
                )],
            },
        ],
    },
];
