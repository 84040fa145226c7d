//! Bugs of what is below a lock: entries, and the tree of a map.

use super::Finder::Simulation;
use super::{Bug, File};

/// Long logs.
const LONG: &str = "kafka --concurrency 2n --key-count 1 --max-writes-per-key 400";

/// Many keys.
const KEYS: &str = "txn --concurrency 2n --rate 100 --max-writes-per-key 4";

pub(super) const FILES: &[File] = &[
    File {
        path: "runtime/src/lock/entry.rs",
        bugs: &[Bug {
            name: "entries-are-named-after-their-count",
            kind: "repeats an id",
            found_by: Simulation(
                "kafka --concurrency 2n --key-count 1 --max-writes-per-key 400 --nemesis kill,crash",
            ),
            edits: &[(
                r#"EntryId::new(«format!("{hold}-{count}")»)"#,
                r#"format!("{}-{count}", hold.split("-").next().unwrap_or_default())"#,
            )],
        }],
    },
    File {
        path: "runtime/src/lock/map.rs",
        bugs: &[
            Bug {
                name: "map-overlooks-what-is-recent",
                kind: "reads stale state",
                found_by: Simulation(KEYS),
                edits: &[("find(&self.recent, key)", "None")],
            },
            Bug {
                name: "map-lists-nothing-recent",
                kind: "loses a part",
                found_by: Simulation(LONG),
                edits: &[("found.extend(recent.cloned());", "drop(recent);")],
            },
            Bug {
                name: "map-takes-the-child-before",
                kind: "counts wrong",
                found_by: Simulation(KEYS),
                edits: &[(
                    "partition_point(|(lowest, _)| «lowest <= key»)",
                    "lowest < key",
                )],
            },
            Bug {
                name: "map-drops-the-recent",
                kind: "loses a write",
                found_by: Simulation(LONG),
                edits: &[(
                    "merged(hold, self.tree.clone(), «self.recent.clone()»)",
                    "self.recent[1..].to_vec()",
                )],
            },
            Bug {
                name: "map-forgets-the-other-children",
                kind: "loses a part",
                found_by: Simulation(LONG),
                edits: &[("«replaced.push((lowest, id));»", "drop((lowest, id));")],
            },
            Bug {
                name: "map-lists-backwards",
                kind: "wrong order",
                found_by: Simulation(LONG),
                edits: &[(
                    "children.into_iter().skip(first)",
                    "children.into_iter().skip(first + 1)",
                )],
            },
            Bug {
                name: "map-sorts-nothing",
                kind: "wrong order",
                found_by: Simulation(KEYS),
                edits: &[(
                    "Err(place) => self.recent.insert(«place», (key, value))",
                    "{ let _ = place; self.recent.len() }",
                )],
            },
        ],
    },
];
