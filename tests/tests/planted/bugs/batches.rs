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
                "peer.hear(batch.clone()).retry().detach();",
                "peer.hear(batch.clone()).detach();",
            )],
        },
        Bug {
            name: "batch-loses-what-a-client-says",
            kind: "loses a message",
            found_by: Simulation(BATCHES),
            edits: &[(
                "self.collect([message]);",
                "self.messages.borrow_mut().insert(message);",
            )],
        },
        Bug {
            name: "batch-is-not-passed-on-by-the-hub",
            kind: "forgets a peer",
            found_by: Simulation(BATCHES),
            edits: &[(
                "is_hub || peer.id() == self.hub()",
                "peer.id() == self.hub()",
            )],
        },
        Bug {
            name: "batch-has-no-hub-while-it-answers",
            kind: "loses a message",
            found_by: Simulation("broadcast-batch --nemesis partition,pause"),
            edits: &[(
                "«self.collect(messages)» && !self.answered",
                "{ self.messages.borrow_mut().extend(messages); false }",
            )],
        },
        Bug {
            name: "batch-stops-ticking-after-an-answer",
            kind: "forgets to start",
            found_by: Simulation(BATCHES),
            edits: &[("!self.answered.replace(«false»)", "true")],
        },
        Bug {
            name: "batch-is-heard-in-part",
            kind: "loses a part",
            found_by: Simulation(BATCHES),
            edits: &[(
                "self.messages.borrow_mut().extend(«messages»);
        } else",
                "messages.into_iter().skip(1).collect::<Vec<_>>()",
            )],
        },
    ],
}];
