//! Bugs of `txn` and `txn-list-append`.

use super::Finder::Simulation;
use super::{Bug, File};

/// Registers in much trouble.
const REGISTERS: &str = "txn --concurrency 2n --nemesis partition,kill,pause";

/// Lists in much trouble.
const LISTS: &str = "txn-list-append --concurrency 2n --nemesis partition,kill,pause";

pub(super) const FILES: &[File] = &[File {
    path: "challenges/src/txn.rs",
    bugs: &[
        Bug {
            name: "txn-reads-nothing",
            kind: "loses a part",
            found_by: Simulation(REGISTERS),
            edits: &[(
                "«*value = now;»
                        continue;",
                "",
            )],
        },
        Bug {
            name: "txn-forgets-its-writes",
            kind: "loses a write",
            found_by: Simulation(REGISTERS),
            edits: &[("database.insert(hold, *key, new).await?;", "drop(new);")],
        },
        Bug {
            name: "txn-reads-what-was-committed",
            kind: "reads stale state",
            found_by: Simulation(REGISTERS),
            edits: &[(
                "let now = «database.get(hold, key).await?»;",
                "self.database.peek().await?.get(&self.database, key).await?",
            )],
        },
        Bug {
            name: "txn-appends-to-nothing",
            kind: "loses a write",
            found_by: Simulation(LISTS),
            edits: &[("appended(«now», *number)", "None")],
        },
        Bug {
            name: "txn-appends-in-front",
            kind: "wrong order",
            found_by: Simulation(LISTS),
            edits: &[("list.push(number);", "list.insert(0, number);")],
        },
        Bug {
            name: "txn-appends-twice",
            kind: "does it twice",
            found_by: Simulation(LISTS),
            edits: &[("list.push(number);", "list.extend([number, number]);")],
        },
        Bug {
            name: "txn-forgets-a-first-element",
            kind: "loses a part",
            found_by: Simulation(LISTS),
            edits: &[("None => «Vec::new()»,", "return Value::List(Vec::new())")],
        },
        Bug {
            name: "txn-writes-to-the-next-key",
            kind: "mixes up records",
            found_by: Simulation(REGISTERS),
            edits: &[("database.insert(hold, «*key», new).await?;", "*key + 1")],
        },
    ],
}];
