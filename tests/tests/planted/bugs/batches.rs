//! Bugs of `broadcast-batch`.

use super::Finder::Simulation;
use super::{Bug, File};

/// Nodes that are cut off, and stand still.
const BATCHES: &str = "broadcast-batch --nemesis partition,pause";

pub(super) const FILES: &[File] = &[File {
    path: "challenges/src/broadcast_batch.rs",
    bugs: &[
        Bug {
            name: "batch-is-told-once",
            kind: "drops a retry",
            found_by: Simulation(BATCHES),
            edits: &[(
                "peer.receive(batch.clone()).retry().detach();",
                "peer.receive(batch.clone()).detach();",
            )],
        },
        Bug {
            name: "batch-loses-what-a-client-says",
            kind: "loses a message",
            found_by: Simulation(BATCHES),
            edits: &[(
                "self.collect(BTreeSet::from([message]));",
                "self.messages.borrow_mut().insert(message);",
            )],
        },
        Bug {
            name: "batch-is-not-passed-on-by-the-hub",
            kind: "forgets a peer",
            found_by: Simulation(BATCHES),
            edits: &[("for peer in «&self.peers» {", "self.peers.iter().skip(1)")],
        },
        Bug {
            name: "batch-is-never-sent-again-to-the-hub",
            kind: "drops a retry",
            found_by: Simulation(BATCHES),
            edits: &[("self.unconfirmed.borrow_mut().extend(sent);", "drop(sent);")],
        },
        Bug {
            name: "batch-confirms-what-it-does-not-hold",
            kind: "loses a message",
            found_by: Simulation(BATCHES),
            edits: &[(
                "unconfirmed.retain(|message, _| !messages.contains(message));",
                "unconfirmed.clear();",
            )],
        },
        Bug {
            name: "batch-is-heard-in-part",
            kind: "loses a part",
            found_by: Simulation(BATCHES),
            edits: &[(
                "self.messages.borrow_mut().extend(«messages»);",
                "messages.into_iter().skip(1)",
            )],
        },
    ],
}];
