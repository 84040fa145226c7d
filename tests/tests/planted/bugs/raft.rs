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

/// Few nodes that are cut off again and again, with much to do.
const RESTLESS: &str = "lin-kv --node-count 3 --concurrency 4n --rate 100 \
                        --nemesis partition,crash --nemesis-interval 0.15";

/// So much to do that the log is compacted, while nodes are killed and cut off.
const BUSY: &str = "lin-kv --node-count 3 --concurrency 20n --rate 1000 --time-limit 8 \
                    --nemesis partition,kill --nemesis-interval 1";

pub(super) const FILES: &[File] = &[
    File {
        path: "challenges/src/lin_kv/mod.rs",
        bugs: &[
            Bug {
                name: "raft-appends-a-request-twice",
                kind: "does it twice",
                found_by: Simulation(ROUGH),
                edits: &[(
                    "self.machine.find_after(after, |entry| entry.id == id)?",
                    "{ let _ = after; None::<usize> }",
                )],
            },
            Bug {
                name: "raft-takes-another-request-for-the-same",
                kind: "compares too little",
                found_by: Simulation(SHORT),
                edits: &[(
                    "find_after(after, |entry| «entry.id == id»)",
                    "entry.command == command",
                )],
            },
            Bug {
                name: "raft-searches-from-the-last-commit-on",
                kind: "does it twice",
                found_by: Simulation(ROUGH),
                edits: &[(
                    "self.machine.find_after(«after», |entry| entry.id == id)?",
                    "after.max(self.machine.applied())",
                )],
            },
            Bug {
                name: "raft-answers-with-a-later-leaders-outcome",
                kind: "answers too early",
                found_by: Simulation(RESTLESS),
                edits: &[("until(|| match «self.leads(term)» {", "true")],
            },
            Bug {
                name: "raft-follows-an-old-leader",
                kind: "takes the old for the new",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "if «!self.observe(term, Some(leader))?» ||",
                    "{ self.observe(term, Some(leader))?; false }",
                )],
            },
            Bug {
                name: "raft-does-not-store-its-vote",
                kind: "forgets a vote",
                found_by: Test("challenges", "raft::it_keeps_to_its_vote_when_it_is_killed"),
                edits: &[("self.vote(term, Some(from))?;", "drop(from);")],
            },
            Bug {
                name: "raft-votes-twice",
                kind: "forgets a vote",
                found_by: Simulation(SHORT),
                edits: &[(
                    "ballot.voted_for.is_none_or(|other| «other == from»)",
                    "{ let _ = other; true }",
                )],
            },
            Bug {
                name: "raft-votes-for-a-shorter-log",
                kind: "compares too little",
                found_by: Simulation(HECTIC),
                edits: &[("last >= self.last()", "last.0 >= self.last().0")],
            },
            Bug {
                name: "raft-votes-for-an-older-log",
                kind: "compares too little",
                found_by: Test("challenges", "raft::it_compares_logs"),
                edits: &[("last >= self.last()", "last.1 >= self.last().1")],
            },
            Bug {
                name: "raft-would-vote-against-a-leader-that-it-hears",
                kind: "forgets to ask",
                found_by: Test("challenges", "raft::it_keeps_to_a_leader_that_it_hears_of"),
                edits: &[(
                    "self.last() <= last && «!has_leader»",
                    "{ let _ = has_leader; true }",
                )],
            },
            Bug {
                name: "raft-overlooks-a-conflict",
                kind: "compares too little",
                found_by: Test("challenges", "raft::it_compares_logs"),
                edits: &[(
                    "self.position(previous.1) != Some(previous)",
                    "self.position(previous.1).is_none()",
                )],
            },
            Bug {
                name: "raft-commits-more-than-it-has-compared",
                kind: "trusts what it was not told",
                found_by: Test("challenges", "raft::it_commits_only_what_it_has_compared"),
                edits: &[(
                    "self.machine.apply_up_to(«matched.min(committed)»)?",
                    "committed",
                )],
            },
            Bug {
                name: "raft-refuses-with-the-end-of-its-log",
                kind: "answers too early",
                found_by: Test("challenges", "raft::it_commits_only_what_it_has_compared"),
                edits: &[(
                    "return Ok((self.term(), «self.machine.applied()»));",
                    "self.machine.last_index()",
                )],
            },
            Bug {
                name: "raft-installs-an-old-leaders-snapshot",
                kind: "takes the old for the new",
                found_by: Test("challenges", "raft::it_takes_a_snapshot_and_what_follows"),
                edits: &[(
                    "if «self.observe(term, Some(leader))?» {
            self.machine.install",
                    "{ self.observe(term, Some(leader))?; true }",
                )],
            },
            Bug {
                name: "raft-denies-what-may-be-done",
                kind: "denies an effect",
                found_by: Simulation(SHORT),
                edits: &[("failure = error", "drop(error)")],
            },
        ],
    },
    File {
        path: "challenges/src/lin_kv/raft.rs",
        bugs: &[
            Bug {
                name: "raft-counts-refused-votes",
                kind: "counts wrong",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "self.votes.set(&peer, «granted»);",
                    "{ let _ = granted; true }",
                )],
            },
            Bug {
                name: "raft-keeps-the-votes-of-the-last-term",
                kind: "ignores the epoch",
                found_by: Simulation(HECTIC),
                edits: &[("self.votes.clear();", "")],
            },
            Bug {
                name: "raft-stands-in-the-same-term",
                kind: "ignores the epoch",
                found_by: Test(
                    "challenges",
                    "raft::it_commits_no_entry_of_an_earlier_term_by_itself",
                ),
                edits: &[("self.term() + 1", "self.term()")],
            },
            Bug {
                name: "raft-begins-a-term-without-asking",
                kind: "forgets to ask",
                found_by: Test(
                    "challenges",
                    "raft::it_stays_in_its_term_while_nobody_would_vote_for_it",
                ),
                edits: &[("if «!would_win» ||", "{ let _ = would_win; false }")],
            },
            Bug {
                name: "raft-forgets-its-vote-when-killed",
                kind: "does not store",
                found_by: Test("challenges", "raft::it_keeps_to_its_vote_when_it_is_killed"),
                edits: &[(
                    "self.ballot.set(Ballot { term, voted_for })",
                    "self.ballot.set(Ballot { term, voted_for: voted_for.and(None) })",
                )],
            },
            Bug {
                name: "raft-learns-nothing-from-a-refusal",
                kind: "drops a retry",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "if «Some(theirs) > matched» {",
                    "theirs >= end && Some(theirs) > matched",
                )],
            },
            Bug {
                name: "raft-sends-the-wrong-entries",
                kind: "loses a part",
                found_by: Simulation(HECTIC),
                edits: &[("copy_after(«base», BATCH)", "base + 1")],
            },
            Bug {
                name: "raft-takes-what-was-sent-for-stored",
                kind: "answers too early",
                found_by: Test(
                    "challenges",
                    "raft::it_commits_no_entry_of_an_earlier_term_by_itself",
                ),
                edits: &[(
                    "self.matched.set(peer.id(), «matched.unwrap_or_default()»);",
                    "self.machine.last_index()",
                )],
            },
            Bug {
                name: "raft-commits-what-only-the-leader-has",
                kind: "answers too early",
                found_by: Simulation(HECTIC),
                edits: &[(
                    "self.position(«self.matched.reached()»)",
                    "self.machine.last_index()",
                )],
            },
            Bug {
                name: "raft-commits-entries-of-earlier-terms",
                kind: "commits too early",
                found_by: Test(
                    "challenges",
                    "raft::it_commits_no_entry_of_an_earlier_term_by_itself",
                ),
                edits: &[("«*term == self.term()»", "*term <= self.term()")],
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
                edits: &[("if «value == from» =>", "{ let _ = (value, from); true }")],
            },
            Bug {
                name: "raft-reads-another-key",
                kind: "mixes up records",
                found_by: Simulation(SHORT),
                edits: &[("self.values.get(«&key»)", "&0")],
            },
        ],
    },
    File {
        path: "runtime/src/quorum.rs",
        bugs: &[Bug {
            name: "quorum-is-half-of-the-nodes",
            kind: "counts wrong",
            found_by: Simulation(HECTIC),
            edits: &[("self.nodes / 2", "self.nodes / 2 - 1")],
        }],
    },
    File {
        path: "runtime/src/storage/log.rs",
        bugs: &[
            Bug {
                name: "log-acknowledges-before-storing",
                kind: "does not store",
                found_by: Simulation(SHORT),
                edits: &[("self.storage.append(self.name, &change)?;", "")],
            },
            Bug {
                name: "log-does-not-truncate",
                kind: "keeps what is void",
                found_by: Test(
                    "services",
                    "storage::a_log_is_after_each_change_what_it_is_after_a_kill",
                ),
                edits: &[(
                    "Some(count) => «self.rest.truncate(count)»,",
                    "{ let _ = count; }",
                )],
            },
            Bug {
                name: "log-truncates-for-an-old-message",
                kind: "takes the old for the new",
                found_by: Simulation(ROUGH),
                edits: &[("new if «new.is_empty()» => Ok(())", "false")],
            },
            Bug {
                name: "log-forgets-where-it-begins",
                kind: "counts wrong",
                found_by: Simulation(BUSY),
                edits: &[("[(«index», &*rest)]", "index * 0")],
            },
        ],
    },
    File {
        path: "runtime/src/storage/machine.rs",
        bugs: &[
            Bug {
                name: "machine-forgets-the-snapshots-position",
                kind: "forgets a position",
                found_by: Test(
                    "services",
                    "storage::a_machine_is_right_wherever_it_is_killed",
                ),
                edits: &[(
                    "self.applied.set(«index»);
        Ok(())",
                    "0 * index",
                )],
            },
            Bug {
                name: "machine-leaves-its-state-out-of-the-snapshot",
                kind: "loses a part",
                found_by: Test(
                    "services",
                    "storage::a_machine_is_right_wherever_it_is_killed",
                ),
                edits: &[(
                    "(self.entry(index), «self.state().clone()»)",
                    "M::default()",
                )],
            },
            Bug {
                name: "machine-drops-entries-before-the-snapshot-is-stored",
                kind: "does not store",
                found_by: Test(
                    "services",
                    "storage::a_machine_is_right_wherever_it_is_killed",
                ),
                edits: &[(
                    "self.snapshot.set(Snapshot { index, last, state })?;
        self.log.drop_up_to(before)?;",
                    "self.log.drop_up_to(index)?;
        self.snapshot.set(Snapshot { index, last, state })?;",
                )],
            },
            Bug {
                name: "machine-keeps-a-log-that-the-snapshot-voids",
                kind: "keeps what is void",
                found_by: Test("challenges", "raft::it_takes_a_snapshot_and_what_follows"),
                edits: &[("self.log.restart(index)?;", "")],
            },
            Bug {
                name: "machine-installs-an-older-snapshot",
                kind: "takes the old for the new",
                found_by: Test("challenges", "raft::it_takes_a_snapshot_and_what_follows"),
                edits: &[("«snapshot.index <= self.applied()»", "false")],
            },
            Bug {
                name: "machine-does-not-restore-what-it-installs",
                kind: "does not apply",
                found_by: Test("challenges", "raft::it_takes_a_snapshot_and_what_follows"),
                edits: &[(
                    "self.snapshot.set(snapshot)?;
        «self.restore()»",
                    "Ok(())",
                )],
            },
            Bug {
                name: "machine-leaves-out-an-entry",
                kind: "loses a part",
                found_by: Simulation(HECTIC),
                edits: &[("for next in self.applied() + «1»..=index", "2")],
            },
        ],
    },
];
