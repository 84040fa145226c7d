//! Bugs of the code that the macros write.

use super::Finder::{Simulation, Test};
use super::{Bug, File};

pub(super) const FILES: &[File] = &[
    File {
        path: "macros/src/expand/timers.rs",
        bugs: &[Bug {
            name: "ticks-come-a-thousand-times-too-late",
            kind: "wrong time limit",
            found_by: Simulation("broadcast-batch"),
            edits: &[(
                "#mael::node::#period(#value)",
                "#mael::node::seconds(#value)",
            )],
        }],
    },
    File {
        path: "macros/src/expand/messages.rs",
        bugs: &[
            Bug {
                name: "replies-lack-their-fields",
                kind: "loses a part",
                found_by: Simulation("echo"),
                edits: &[(
                    "#mael::reply!(#body, #reply_type #(#written)*)",
                    "#mael::reply!(#body, #reply_type)",
                )],
            },
            Bug {
                name: "replies-have-one-type",
                kind: "mistakes a reply",
                found_by: Simulation("echo"),
                edits: &[(
                    "#mael::reply!(#body, «#reply_type» #(#written)*)",
                    r#""ok""#,
                )],
            },
        ],
    },
    File {
        path: "macros/src/expand/handle.rs",
        bugs: &[Bug {
            name: "set-up-is-left-out",
            kind: "serves before it is ready",
            found_by: Test(
                "services",
                "storage::in_simulation_storage_survives_a_kill_and_a_nodes_own_memory_does_not",
            ),
            edits: &[(
                "quote!(«#mael::node::done(#call)»)",
                "#mael::Result::<()>::Ok(())",
            )],
        }],
    },
    File {
        path: "macros/src/expand/decode.rs",
        bugs: &[],
    },
];
