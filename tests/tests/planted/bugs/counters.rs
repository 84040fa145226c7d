//! Bugs of `g-counter-kv`.

use super::Finder::Simulation;
use super::{Bug, File};

/// A counter in `seq-kv`, in much trouble.
const COUNTER: &str = "g-counter-kv --concurrency 2n --nemesis partition,kill,pause";

pub(super) const FILES: &[File] = &[File {
    path: "challenges/src/g_counter_kv.rs",
    bugs: &[
        Bug {
            name: "counter-forgets-what-was-added",
            kind: "loses a write",
            found_by: Simulation(COUNTER),
            edits: &[("mine.unwrap_or(0) + delta", "delta")],
        },
        Bug {
            name: "counter-sums-its-own-key-only",
            kind: "forgets a peer",
            found_by: Simulation(COUNTER),
            edits: &[("newest.read::<u64>(«node»)", "{ let _ = node; &self.id }")],
        },
        Bug {
            name: "counter-adds-blindly",
            kind: "skips the lock",
            found_by: Simulation("g-counter-kv --concurrency 4n --nemesis partition,kill,pause"),
            edits: &[(
                "self.kv.update(&self.id, mine).await?;",
                "{
                    let old = self.kv.read::<u64>(&self.id).await?;
                    self.kv.write(&self.id, &mine(old)).await?;
                }",
            )],
        },
        Bug {
            name: "counter-adds-twice",
            kind: "does it twice",
            found_by: Simulation(COUNTER),
            edits: &[(
                "self.kv.update(&self.id, mine).await?;",
                "{ self.kv.update(&self.id, mine).await?; self.kv.update(&self.id, mine).await?; }",
            )],
        },
    ],
}];
