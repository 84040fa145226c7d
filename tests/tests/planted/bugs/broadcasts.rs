//! Bugs of `broadcast`, `echo` and `unique-ids`.

use super::Finder::Simulation;
use super::{Bug, File};

pub(super) const FILES: &[File] = &[
    File {
        path: "challenges/src/broadcast.rs",
        bugs: &[Bug {
            name: "broadcast-tells-once",
            kind: "drops a retry",
            found_by: Simulation("broadcast --nemesis partition,pause"),
            edits: &[(
                "peer.broadcast(message).retry().detach();",
                "peer.broadcast(message).detach();",
            )],
        }],
    },
    File {
        path: "challenges/src/echo.rs",
        bugs: &[Bug {
            name: "echo-says-nothing",
            kind: "loses a part",
            found_by: Simulation("echo"),
            edits: &[(
                "-> String {
        «echo»
",
                "{ drop(echo); String::new() }",
            )],
        }],
    },
    File {
        path: "runtime/src/ids.rs",
        bugs: &[
            Bug {
                name: "ids-are-those-of-the-last-start",
                kind: "repeats an id",
                found_by: Simulation("unique-ids --nemesis kill"),
                edits: &[("random::u64()", "7")],
            },
            Bug {
                name: "ids-are-not-counted",
                kind: "repeats an id",
                found_by: Simulation("unique-ids"),
                edits: &[("self.count.get() + 1", "self.count.get()")],
            },
        ],
    },
];
