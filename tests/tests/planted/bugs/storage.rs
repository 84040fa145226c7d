//! Bugs of storage: what is there after a kill.

use super::Finder::{Simulation, Test};
use super::{Bug, File};

/// Kills.
const KILLS: &str = "lin-kv --concurrency 2n --nemesis partition,kill --nemesis-interval 0.5";

pub(super) const FILES: &[File] = &[
    File {
        path: "runtime/src/storage/disk.rs",
        bugs: &[
            Bug {
                name: "storage-keeps-only-the-last-entry",
                kind: "does not store",
                found_by: Simulation(KILLS),
                edits: &[(
                    "records
                    .entry(path.to_owned())
                    .or_default()
                    .extend_from_slice(bytes);",
                    "records.insert(path.to_owned(), bytes.to_owned());",
                )],
            },
            Bug {
                name: "storage-keeps-the-first-record",
                kind: "takes the old for the new",
                found_by: Test(
                    "services",
                    "storage::a_stored_value_outlives_kills_and_crashes",
                ),
                edits: &[(
                    "memory
                    .records
                    .borrow_mut()
                    .insert(path.to_owned(), bytes.to_owned());",
                    "memory.records.borrow_mut().entry(path.to_owned()).or_insert(bytes.to_owned());",
                )],
            },
        ],
    },
    File {
        path: "runtime/src/storage/mod.rs",
        bugs: &[Bug {
            name: "storage-mixes-up-its-records",
            kind: "mixes up records",
            found_by: Simulation(KILLS),
            edits: &[("self.folder.join(«name»)", r#""record""#)],
        }],
    },
];
