//! The bugs planted in the runtime and the challenges, each by a patch in `tests/planted/`.

use std::path::PathBuf;

use crate::workspace;

/// A bug that is planted by a patch.
pub struct Patch {
    /// The patch is `tests/planted/<name>.patch`.
    pub name: &'static str,
    /// The simulation or test that fails when the patch is applied.
    pub found_by: Finder,
}

/// The simulation or test that finds a bug.
#[derive(Clone, Copy)]
pub enum Finder {
    /// Seeds of a simulation.
    Simulation {
        /// The arguments of `cargo sim`: the node and the faults. By default a run takes 5 s of
        /// virtual time at rate 50.
        arguments: &'static str,
        /// The first anomaly reported by the first failing run.
        anomaly: &'static str,
        /// The number of seeds until the first failing run.
        seeds: u64,
    },
    /// A test, used where 1,000 seeds rarely show the bug.
    Test {
        /// The test binary.
        suite: &'static str,
        /// The path of the test.
        test: &'static str,
    },
}

impl Patch {
    /// Returns the path of the patch file.
    pub fn path(&self) -> PathBuf {
        let folder = workspace().join("tests/planted");
        folder.join(self.name).with_extension("patch")
    }
}

/// A patch, the first anomaly that shows it, and the number of seeds until then.
type Row = (&'static str, &'static str, u64);

/// The bugs found by simulation, grouped by its arguments.
#[rustfmt::skip]
const SIMULATED: &[(&str, &[Row])] = &[
    ("broadcast-batch --nemesis partition,pause", &[
        ("batch-is-not-retried", "lost", 1),
        ("batch-to-the-hub-is-never-resent", "lost", 1),
        ("batch-treats-all-messages-as-confirmed", "lost", 1),
    ]),
    ("txn --concurrency 2n --nemesis partition --availability total", &[
        ("call-retries-permanent-errors", "empty-transaction-graph", 1),
    ]),
    ("g-counter-kv --concurrency 2n --loss 0.1", &[
        ("kv-treats-any-error-as-a-failed-compare", "wrong-final-read", 1),
        ("kv-retries-compare-and-set", "wrong-final-read", 1),
    ]),
    ("g-counter-kv --concurrency 2n", &[
        ("fresh-reads-instead-of-writing", "wrong-final-read", 2),
    ]),
    ("kafka --concurrency 4n --loss 0.1 --duplicate 0.2 --nemesis pause", &[
        ("lock-ignores-the-epoch-of-a-commit", "inconsistent-offsets", 1),
        ("lock-records-only-the-last-commit", "duplicate", 1),
        ("lock-treats-a-commit-as-lost", "duplicate", 1),
    ]),
    ("txn --concurrency 2n --nemesis partition,kill,pause", &[
        ("lock-ignores-a-failed-compare-and-set", "G-nonadjacent-item", 1),
        ("txn-reads-outside-the-transaction", "internal", 1),
    ]),
    ("kafka --concurrency 2n --nemesis partition,kill,pause", &[
        ("lock-treats-a-lost-commit-as-done", "inconsistent-offsets", 1),
        ("coordinator-replies-before-the-commit", "inconsistent-offsets", 1),
        ("coordinator-always-reports-success", "inconsistent-offsets", 1),
        ("lock-does-not-retry-a-lost-commit", "inconsistent-offsets", 1),
        ("kafka-reuses-offsets", "duplicate", 1),
    ]),
    ("kafka --node-count 1 --concurrency 20 --rate 500", &[
        ("coordinator-ignores-changes-of-earlier-callers", "inconsistent-offsets", 1),
    ]),
    ("txn --node-count 2 --concurrency 10n --rate 500 --availability total --latency 20", &[
        ("coordinator-does-not-yield", "low-availability", 1),
    ]),
    ("kafka --concurrency 2n --key-count 1 --max-writes-per-key 400 --nemesis kill --kill-at step", &[
        ("entry-ids-repeat-after-a-restart", "int-poll-skip", 29),
    ]),
    ("lin-kv --concurrency 2n --nemesis partition,kill", &[
        ("every-error-is-definite", "not-linearizable", 73),
        ("init-method-is-not-called", "nothing-succeeded", 959),
    ]),
    ("kafka --concurrency 2n --nemesis pause --loss 0.2", &[
        ("deadline-errors-are-definite", "G1a", 3),
    ]),
    ("lin-kv --concurrency 2n --nemesis partition,kill --partition-interval 0.015 --kill-at step --nemesis-interval 0.3 --loss 0.05 --duplicate 0.1 --reorder 0.1", &[
        ("raft-appends-a-request-twice", "not-linearizable", 5),
        ("raft-forgets-committed-requests", "not-linearizable", 4),
        ("raft-truncates-on-delayed-messages", "not-linearizable", 845),
    ]),
    ("lin-kv --concurrency 2n --nemesis partition,kill,pause", &[
        ("raft-confuses-requests-from-one-node", "not-linearizable", 2),
        ("raft-votes-twice", "not-linearizable", 167),
        ("raft-reports-unknown-outcomes-as-failed", "not-linearizable", 15),
        ("log-does-not-store-entries", "not-linearizable", 617),
    ]),
    ("lin-kv --node-count 3 --concurrency 4n --rate 100 --nemesis partition,kill --kill-at step --nemesis-interval 0.15", &[
        ("raft-replies-after-losing-leadership", "not-linearizable", 372),
    ]),
    ("lin-kv --concurrency 2n --nemesis partition,kill --kill-at step --nemesis-interval 0.3 --adversary slow-link,burst,hold-back", &[
        ("raft-accepts-entries-from-an-old-leader", "not-linearizable", 95),
        ("raft-votes-for-a-shorter-log", "not-linearizable", 5),
        ("raft-counts-denied-votes", "not-linearizable", 3),
        ("raft-ignores-rejected-appends", "nothing-succeeded", 63),
        ("raft-commits-without-a-majority", "not-linearizable", 4),
        ("raft-treats-half-as-a-majority", "not-linearizable", 13),
        ("raft-skips-an-entry-when-applying", "nothing-succeeded", 11),
    ]),
];

/// The bugs found by a test, grouped by suite and test.
#[rustfmt::skip]
const TESTED: &[(&str, &str, &[&str])] = &[
    ("challenges", "raft::keeps_its_vote_across_a_kill", &[
        "raft-does-not-store-its-vote",
    ]),
    ("challenges", "raft::compares_logs_before_it_votes_or_appends", &[
        "raft-votes-for-an-older-log",
        "raft-ignores-the-term-of-the-previous-entry",
    ]),
    ("challenges", "raft::denies_pre_votes_while_a_leader_is_alive", &[
        "raft-grants-pre-votes-while-a-leader-is-alive",
    ]),
    ("challenges", "raft::commits_only_entries_that_match_the_leaders_log", &[
        "raft-commits-past-the-last-new-entry",
        "raft-rejects-with-its-last-index",
    ]),
    ("challenges", "raft::installs_a_snapshot_and_the_entries_after_it", &[
        "raft-installs-a-snapshot-from-an-old-leader",
    ]),
    ("challenges", "raft::snapshots_are_consistent_if_it_is_killed_at_any_step", &[
        "raft-discards-entries-before-the-snapshot-is-stored",
    ]),
    ("challenges", "raft::commits_entries_of_earlier_terms_only_with_one_of_its_own", &[
        "raft-campaigns-in-the-same-term",
        "raft-treats-sent-entries-as-stored",
        "raft-commits-entries-of-earlier-terms",
    ]),
    ("challenges", "raft::keeps_its_term_without_a_majority_of_pre_votes", &[
        "raft-skips-the-pre-vote",
    ]),
];

/// Returns all patches.
pub fn patches() -> Vec<Patch> {
    let simulated = SIMULATED.iter().flat_map(|(arguments, rows)| {
        rows.iter().map(|&(name, anomaly, seeds)| {
            let found_by = Finder::Simulation {
                arguments,
                anomaly,
                seeds,
            };
            Patch { name, found_by }
        })
    });
    let tested = TESTED.iter().flat_map(|(suite, test, names)| {
        names.iter().map(|name| {
            let found_by = Finder::Test { suite, test };
            Patch { name, found_by }
        })
    });
    simulated.chain(tested).collect()
}
