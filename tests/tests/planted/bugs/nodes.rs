//! Bugs of the node loop: set-up, requests, replies, ticks.

use super::Finder::Simulation;
use super::{Bug, File};

/// Logs in much trouble.
const LOGS: &str = "kafka --concurrency 2n --nemesis partition,kill,pause";

/// A store that must survive kills.
const STORE: &str = "lin-kv --concurrency 2n --nemesis partition,kill";

pub(super) const FILES: &[File] = &[
    File {
        path: "runtime/src/serve.rs",
        bugs: &[
            Bug {
                name: "serve-skips-the-set-up",
                kind: "serves before it is ready",
                found_by: Simulation(STORE),
                edits: &[(
                    "guard(Activity::Init, || node.set_up()).map_err(crash)?",
                    "Answer::Now(Ok(()))",
                )],
            },
            Bug {
                name: "serve-does-not-begin-the-ticks",
                kind: "forgets to start",
                found_by: Simulation("broadcast-batch"),
                edits: &[("guard(Activity::Init, || started.node.start())", "()")],
            },
            Bug {
                name: "serve-does-not-begin-to-gossip",
                kind: "forgets to start",
                found_by: Simulation("g-set"),
                edits: &[("started.init.parts().start();", "")],
            },
            Bug {
                name: "serve-does-not-know-gossip",
                kind: "refuses what it should do",
                found_by: Simulation("g-set"),
                edits: &[("Ok(None) if «kind == GOSSIP»", "false")],
            },
            Bug {
                name: "serve-handles-each-message-twice",
                kind: "does it twice",
                found_by: Simulation("g-counter"),
                edits: &[(
                    "self.receive(&packet)",
                    "{ self.receive(&packet); self.receive(&packet) }",
                )],
            },
            Bug {
                name: "serve-says-no-and-then-yes",
                kind: "replies twice",
                found_by: Simulation(LOGS),
                edits: &[(
                    "match «finish::<N, N::Reply>(Activity::Handler(&kind), &kind, later).await» {",
                    r#"{
                        let code = crate::ErrorCode::TemporarilyUnavailable;
                        let not_yet = Err::<N::Reply, _>(Error::new(code, "not yet"));
                        running.0.settle(&kind, &me, &to, msg_id.clone(), not_yet);
                        finish::<N, N::Reply>(Activity::Handler(&kind), &kind, later).await
                    }"#,
                )],
            },
            Bug {
                name: "serve-forgets-the-reply-of-a-handler-that-waits",
                kind: "does not reply",
                found_by: Simulation(LOGS),
                edits: &[(
                    "running.0.settle(&kind, &me, &to, msg_id, result)",
                    "drop((running, me, msg_id, result))",
                )],
            },
            Bug {
                name: "serve-takes-replies-for-requests",
                kind: "mistakes a reply",
                found_by: Simulation("lin-kv --concurrency 2n"),
                edits: &[("header.is_reply()", "false")],
            },
            Bug {
                name: "serve-cancels-handlers-that-wait",
                kind: "wrong time limit",
                found_by: Simulation(
                    "txn --concurrency 2n --nemesis partition --availability total",
                ),
                edits: &[(
                    "later.deadline.unwrap_or(N::DEADLINE)",
                    "Duration::from_millis(1)",
                )],
            },
            Bug {
                name: "serve-says-that-a-late-handler-did-nothing",
                kind: "denies an effect",
                found_by: Simulation("kafka --concurrency 2n --nemesis pause --loss 0.2"),
                edits: &[(
                    r#"Err(«Error::timeout»(format!(
            "`{kind}` took longer"#,
                    "|text: String| Error::new(crate::ErrorCode::Abort, text)",
                )],
            },
            Bug {
                name: "serve-does-not-know-the-topology",
                kind: "refuses what it should do",
                found_by: Simulation("broadcast"),
                edits: &[(r#"kind == "topology""#, "false")],
            },
            Bug {
                name: "serve-takes-no-topology",
                kind: "forgets a peer",
                found_by: Simulation("broadcast -- --overlay topology"),
                edits: &[(
                    "topology.remove(&*init.node_id).unwrap_or_default()",
                    "Vec::new()",
                )],
            },
            Bug {
                name: "serve-mistakes-the-sender",
                kind: "answers somebody else",
                found_by: Simulation(LOGS),
                edits: &[(
                    "let (me, src, msg_id) = (&init.node_id, «&packet.src», header.msg_id.clone());",
                    "&Name::Id(&init.node_id)",
                )],
            },
        ],
    },
    File {
        path: "runtime/src/node.rs",
        bugs: &[Bug {
            name: "every-ticks-once",
            kind: "forgets to start",
            found_by: Simulation("g-set"),
            edits: &[("u32::try_from(missed + 1).unwrap_or(u32::MAX)", "u32::MAX")],
        }],
    },
    File {
        path: "runtime/src/transport/memory.rs",
        bugs: &[Bug {
            name: "memory-does-not-wake-the-node",
            kind: "does not wake",
            found_by: Simulation("echo"),
            edits: &[("waker.wake_by_ref();", "")],
        }],
    },
    File {
        path: "runtime/src/random.rs",
        bugs: &[
            Bug {
                name: "random-draws-one-number",
                kind: "is not random",
                found_by: Simulation("unique-ids --nemesis kill"),
                edits: &[(
                    r#"with_runtime("mael::random", |runtime| runtime.random())"#,
                    "7",
                )],
            },
            Bug {
                name: "random-draws-one-share",
                kind: "is not random",
                found_by: Simulation("lin-kv --concurrency 2n"),
                edits: &[("fastrand::Rng::with_seed(u64()).f64()", "0.5")],
            },
        ],
    },
];
