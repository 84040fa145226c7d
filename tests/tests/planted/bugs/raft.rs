//! Bugs of `lin-kv`, after the rules of Raft that they break.

use super::Finder::{Simulation, Test};
use super::{Bug, File};

/// Much trouble.
const SHORT: &str = "lin-kv --concurrency 2n --nemesis partition,kill,pause";

/// Links that lose, double and reorder messages.
const ROUGH: &str = "lin-kv --concurrency 2n --nemesis flap,crash --nemesis-interval 0.3 \
                     --loss 0.05 --duplicate 0.1 --reorder 0.1";

/// Nodes that die at any step, and messages that are delayed on purpose.
const HECTIC: &str = "lin-kv --concurrency 2n --nemesis crash,partition --nemesis-interval 0.3 \
                      --adversary slow-link,burst,hold-back";

/// Few nodes that die again and again.
const CRASHES: &str = "lin-kv --node-count 3 --concurrency 2n --nemesis crash \
                       --nemesis-interval 0.05 --latency 5 --clock-drift 0.3";

/// Few nodes that are cut off again and again, with much to do.
const RESTLESS: &str = "lin-kv --node-count 3 --concurrency 4n --rate 100 \
                        --nemesis partition,crash --nemesis-interval 0.15";

/// Few nodes a little apart.
const APART: &str = "lin-kv --node-count 3 --concurrency 4n --nemesis crash,partition \
                     --nemesis-interval 0.3 --latency 10";

pub(super) const FILES: &[File] = &[
    File {
        path: "challenges/src/lin_kv/mod.rs",
        bugs: &[
            Bug {
                name: "raft-follows-an-old-leader",
                kind: "takes the old for the new",
                found_by: Simulation(HECTIC),
                edits: &[("if «term < self.term()» {", "false")],
            },
            Bug {
                name: "raft-does-not-store-its-vote",
                kind: "forgets a vote",
                found_by: Test("raft", "it_keeps_to_its_vote_when_it_is_killed"),
                edits: &[("self.cast(term, Some(candidate))?;", "drop(candidate);")],
            },
            Bug {
                name: "raft-recovers-no-log",
                kind: "serves before it is ready",
                found_by: Simulation(CRASHES),
                edits: &[("self.log.replace(Log::read(&self.storage)?);", "")],
            },
            Bug {
                name: "raft-votes-twice",
                kind: "forgets a vote",
                found_by: Simulation(SHORT),
                edits: &[(
                    "voted_for.is_none_or(|other| other == candidate)",
                    "voted_for.is_none_or(|_| true)",
                )],
            },
            Bug {
                name: "raft-votes-for-a-shorter-log",
                kind: "compares too little",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "last >= self.log.borrow().last()",
                    "last.term >= self.log.borrow().last().term",
                )],
            },
            Bug {
                name: "raft-votes-for-an-older-log",
                kind: "compares too little",
                found_by: Test("raft", "it_compares_logs"),
                edits: &[(
                    "last >= self.log.borrow().last()",
                    "last.index >= self.log.borrow().last().index",
                )],
            },
            Bug {
                name: "raft-overlooks-a-conflict",
                kind: "compares too little",
                found_by: Test("raft", "it_compares_logs"),
                edits: &[(
                    "log.position(previous.index) != Some(previous)",
                    "log.position(previous.index).is_none()",
                )],
            },
            Bug {
                name: "raft-reads-its-own-state",
                kind: "reads stale state",
                found_by: Simulation(SHORT),
                edits: &[("self.confirm(term).await?;", "")],
            },
            Bug {
                name: "raft-numbers-its-requests-anew",
                kind: "repeats an id",
                found_by: Simulation(SHORT),
                edits: &[("self.storage.replace(\"start\", &start)?;", "")],
            },
            Bug {
                name: "raft-denies-what-may-be-done",
                kind: "denies an effect",
                found_by: Simulation(SHORT),
                edits: &[("untouched.replace(false)", "untouched.get()")],
            },
        ],
    },
    File {
        path: "challenges/src/lin_kv/election.rs",
        bugs: &[
            Bug {
                name: "raft-counts-refused-votes",
                kind: "counts wrong",
                found_by: Simulation(HECTIC),
                edits: &[("usize::from(granted)", "{ let _ = granted; 1 }")],
            },
            Bug {
                name: "raft-stands-in-the-same-term",
                kind: "ignores the epoch",
                found_by: Simulation(HECTIC),
                edits: &[("self.term() + 1", "self.term()")],
            },
            Bug {
                name: "raft-forgets-its-vote-when-killed",
                kind: "does not store",
                found_by: Test("raft", "it_keeps_to_its_vote_when_it_is_killed"),
                edits: &[(
                    "self.storage.replace(RECORD, &ballot)?;",
                    "self.storage.replace(RECORD, &Ballot { term, voted_for: None })?;",
                )],
            },
            Bug {
                name: "raft-forgets-its-term-when-killed",
                kind: "does not store",
                found_by: Test("raft", "it_keeps_to_its_vote_when_it_is_killed"),
                edits: &[("self.storage.replace(RECORD, &ballot)?;", "")],
            },
            Bug {
                name: "raft-leads-with-half-of-the-votes",
                kind: "counts wrong",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "self.peers.len().div_ceil(2) + 1",
                    "self.peers.len().div_ceil(2)",
                )],
            },
        ],
    },
    File {
        path: "challenges/src/lin_kv/log.rs",
        bugs: &[
            Bug {
                name: "raft-acknowledges-before-storing",
                kind: "does not store",
                found_by: Simulation(SHORT),
                edits: &[("storage.append(RECORD, &change)?;", "")],
            },
            Bug {
                name: "raft-does-not-truncate",
                kind: "keeps what is void",
                found_by: Simulation(RESTLESS),
                edits: &[("self.entries.truncate(change.after);", "")],
            },
            Bug {
                name: "raft-truncates-for-an-old-message",
                kind: "takes the old for the new",
                found_by: Simulation(ROUGH),
                edits: &[
                    ("entries.split_off(known)", "entries.split_off(0)"),
                    (
                        "self.store(storage, after + known, new)",
                        "self.store(storage, after, new)",
                    ),
                ],
            },
        ],
    },
    File {
        path: "challenges/src/lin_kv/replication.rs",
        bugs: &[
            Bug {
                name: "raft-confirms-by-what-was-called-before",
                kind: "reads stale state",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "self.is_confirmed(|confirmed| «confirmed >= now»)",
                    "{ let _ = (confirmed, now); true }",
                )],
            },
            Bug {
                name: "raft-learns-nothing-from-a-refusal",
                kind: "drops a retry",
                found_by: Simulation(HECTIC),
                edits: &[("follower.sent = follower.matched.max(index);", "")],
            },
            Bug {
                name: "raft-applies-nothing-before-it-commits",
                kind: "does not apply",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "self.store.borrow_mut().apply(request);",
                    "let _ = request;",
                )],
            },
            Bug {
                name: "raft-leaves-out-an-entry",
                kind: "loses a part",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "self.log.borrow().between(«committed», index)",
                    "committed + 1",
                )],
            },
            Bug {
                name: "raft-takes-what-was-sent-for-stored",
                kind: "answers too early",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "self.by_most(last.index, |follower| «follower.matched»)",
                    "follower.sent",
                )],
            },
            Bug {
                name: "raft-commits-what-half-of-the-nodes-have",
                kind: "counts wrong",
                found_by: Simulation(HECTIC),
                edits: &[("(values.len() - 1) / 2", "values.len() / 2 + 1")],
            },
            Bug {
                name: "raft-reads-before-its-first-commit",
                kind: "reads stale state",
                found_by: Simulation(APART),
                edits: &[("last.term == term", "last.term <= term")],
            },
            Bug {
                name: "raft-does-not-apply-before-it-answers",
                kind: "answers too early",
                found_by: Simulation(SHORT),
                edits: &[(
                    "if let Some(outcome) = self.store.borrow().outcome(&request) {
                return outcome;
            }",
                    "return self.store.borrow_mut().execute(&request.command);",
                )],
            },
        ],
    },
    File {
        path: "challenges/src/lin_kv/store.rs",
        bugs: &[
            Bug {
                name: "raft-swaps-whatever-there-is",
                kind: "compares too little",
                found_by: Simulation(SHORT),
                edits: &[("if «value == *from» =>", "{ let _ = (value, from); true }")],
            },
            Bug {
                name: "raft-forgets-outcomes-at-once",
                kind: "does it twice",
                found_by: Simulation(ROUGH),
                edits: &[(
                    "session.outcomes.insert(request.number, outcome);",
                    "drop(outcome);",
                )],
            },
            Bug {
                name: "raft-reads-another-key",
                kind: "mixes up records",
                found_by: Simulation(SHORT),
                edits: &[("match (command, self.registers.get(«&key»).copied())", "&0")],
            },
            Bug {
                name: "raft-applies-a-request-twice",
                kind: "does it twice",
                found_by: Simulation(ROUGH),
                edits: &[("self.outcome(request).is_some()", "false")],
            },
        ],
    },
];
