//! Bugs of what is replicated by gossip, and of the counters and sets made of it.

use super::Finder::Simulation;
use super::{Bug, File};

/// Sets on links that fail.
const SETS: &str = "g-set --nemesis partition,pause";

/// Counters on links that fail.
const COUNTERS: &str = "g-counter --nemesis partition,pause";

/// Counters that go down too.
const UP_AND_DOWN: &str = "pn-counter --nemesis partition,pause";

pub(super) const FILES: &[File] = &[
    File {
        path: "runtime/src/crdt/merge.rs",
        bugs: &[
            Bug {
                name: "set-is-replaced-by-another",
                kind: "takes the old for the new",
                found_by: Simulation(SETS),
                edits: &[("self.extend(other);", "*self = other;")],
            },
            Bug {
                name: "set-is-merged-in-part",
                kind: "loses a part",
                found_by: Simulation(SETS),
                edits: &[(
                    "self.extend(other);",
                    "self.extend(other.into_iter().skip(1));",
                )],
            },
            Bug {
                name: "max-is-the-newcomer",
                kind: "takes the old for the new",
                found_by: Simulation(COUNTERS),
                edits: &[("other.0 > self.0", "true")],
            },
            Bug {
                name: "max-is-the-old-one",
                kind: "loses a part",
                found_by: Simulation(COUNTERS),
                edits: &[("other.0 > self.0", "false")],
            },
            Bug {
                name: "map-takes-no-new-key",
                kind: "loses a part",
                found_by: Simulation(COUNTERS),
                edits: &[("entry.insert(theirs);", "drop((entry, theirs));")],
            },
        ],
    },
    File {
        path: "runtime/src/crdt/gossip.rs",
        bugs: &[
            Bug {
                name: "gossip-has-one-listener",
                kind: "forgets a peer",
                found_by: Simulation(SETS),
                edits: &[(
                    "others.cloned().collect()",
                    "others.take(1).cloned().collect()",
                )],
            },
            Bug {
                name: "gossip-is-not-listened-to",
                kind: "loses a message",
                found_by: Simulation(SETS),
                edits: &[("self.state.borrow_mut().merge(theirs);", "drop(theirs);")],
            },
            Bug {
                name: "gossip-comes-too-late",
                kind: "wrong time limit",
                found_by: Simulation(SETS),
                edits: &[("every(GOSSIP, «self.period», &self", "1000 * self.period")],
            },
        ],
    },
    File {
        path: "challenges/src/g_counter.rs",
        bugs: &[Bug {
            name: "counter-adds-to-one-slot-for-all",
            kind: "mixes up records",
            found_by: Simulation(COUNTERS),
            edits: &[("self.id.clone()", r#"NodeId::from("n1")"#)],
        }],
    },
    File {
        path: "challenges/src/pn_counter.rs",
        bugs: &[
            Bug {
                name: "counter-never-goes-down",
                kind: "loses a write",
                found_by: Simulation(UP_AND_DOWN),
                edits: &[("taken.0 -= delta.min(0);", "")],
            },
            Bug {
                name: "counter-adds-what-was-taken",
                kind: "counts wrong",
                found_by: Simulation(UP_AND_DOWN),
                edits: &[("added.0 - taken.0", "added.0 + taken.0")],
            },
        ],
    },
];
