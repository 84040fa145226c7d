//! Bugs of messages: headers, fields, error codes.

use super::Finder::Simulation;
use super::{Bug, File};

/// Logs in much trouble.
const LOGS: &str = "kafka --concurrency 2n --nemesis partition,kill,pause";

/// A counter in `seq-kv`.
const COUNTER: &str = "g-counter-kv --concurrency 2n --nemesis partition,kill,pause";

pub(super) const FILES: &[File] = &[
    File {
        path: "runtime/src/protocol/body.rs",
        bugs: &[
            Bug {
                name: "body-forgets-its-id",
                kind: "forgets an id",
                found_by: Simulation("lin-kv --concurrency 2n"),
                edits: &[("head.msg_id.clone()", "None")],
            },
            Bug {
                name: "body-forgets-what-it-answers",
                kind: "forgets an id",
                found_by: Simulation(LOGS),
                edits: &[("in_reply_to: «head.in_reply_to.clone()»", "None")],
            },
        ],
    },
    File {
        path: "runtime/src/protocol/encode.rs",
        bugs: &[Bug {
            name: "reply-lacks-the-id-of-the-request",
            kind: "forgets an id",
            found_by: Simulation("echo"),
            edits: &[("body.in_reply_to(self.in_reply_to.clone())", "body")],
        }],
    },
    File {
        path: "runtime/src/protocol/fields.rs",
        bugs: &[Bug {
            name: "fields-mix-up-their-names",
            kind: "mixes up records",
            found_by: Simulation("lin-kv --concurrency 2n"),
            edits: &[(
                "if let Some(index) = «self.0.iter().position(is_key)» {",
                "self.0.iter().rposition(is_key).map(|index| index.saturating_sub(1))",
            )],
        }],
    },
    File {
        path: "runtime/src/error.rs",
        bugs: &[
            Bug {
                name: "error-of-a-missing-key-is-another",
                kind: "mistakes an error",
                found_by: Simulation(COUNTER),
                edits: &[("20 => «Self::KeyDoesNotExist»", "Self::Crash")],
            },
            Bug {
                name: "error-of-a-refusal-is-another",
                kind: "mistakes an error",
                found_by: Simulation(
                    "txn --concurrency 2n --nemesis partition --availability total",
                ),
                edits: &[("22 => «Self::PreconditionFailed»", "Self::Timeout")],
            },
            Bug {
                name: "error-is-always-definite",
                kind: "mistakes an error",
                found_by: Simulation("lin-kv --concurrency 2n --nemesis partition,kill"),
                edits: &[(
                    "!matches!(self, Self::Timeout | Self::Crash | Self::Other(_))",
                    "true",
                )],
            },
        ],
    },
];
