//! Bugs of calls: retries, time limits, and which reply belongs to which request.

use super::Finder::Simulation;
use super::{Bug, File};

/// Messages are lost while nodes are cut off.
const CUT_OFF: &str = "broadcast --nemesis partition";

/// Logs in much trouble.
const LOGS: &str = "kafka --concurrency 2n --nemesis partition,kill,pause";

/// A counter in `seq-kv`.
const COUNTER: &str = "g-counter-kv --concurrency 2n --nemesis partition,kill,pause";

pub(super) const FILES: &[File] = &[
    File {
        path: "runtime/src/call.rs",
        bugs: &[
            Bug {
                name: "call-ends-at-its-first-timeout",
                kind: "drops a retry",
                found_by: Simulation(CUT_OFF),
                edits: &[("self.tell_retry(&self.late())", "return Err(self.late())")],
            },
            Bug {
                name: "call-in-the-background-is-made-once",
                kind: "drops a retry",
                found_by: Simulation(CUT_OFF),
                edits: &[(
                    "let _ = self.0.run_at_least_once().await;",
                    "let _ = self.0.run().await;",
                )],
            },
            Bug {
                name: "call-repeats-what-was-refused",
                kind: "retries what must not be",
                found_by: Simulation(
                    "txn --concurrency 2n --nemesis partition --availability total",
                ),
                edits: &[("!may_succeed_later(&error)", "false")],
            },
            Bug {
                name: "call-gives-up-at-once",
                kind: "wrong time limit",
                found_by: Simulation("lin-kv --concurrency 2n"),
                edits: &[("waiting.reply(«self.timeout»)", "Duration::ZERO")],
            },
            Bug {
                name: "call-overlooks-a-field-of-the-reply",
                kind: "loses a part",
                found_by: Simulation("lin-kv --concurrency 2n"),
                edits: &[("let mut _name = «_names.iter()»;", "_names[..0].iter()")],
            },
        ],
    },
    File {
        path: "runtime/src/net.rs",
        bugs: &[
            Bug {
                name: "net-gives-all-requests-one-id",
                kind: "repeats an id",
                found_by: Simulation(LOGS),
                edits: &[(
                    "1 + messenger.last_id.get().unwrap_or_else(before_first_id)",
                    "1",
                )],
            },
            Bug {
                name: "net-takes-any-reply",
                kind: "mistakes a reply",
                found_by: Simulation(
                    "kafka --concurrency 4n --latency 20 --latency-dist exponential",
                ),
                edits: &[(
                    "self.0.pending.borrow_mut().remove(&id)",
                    "self.0.pending.borrow_mut().pop_first().map(|(_, slot)| slot)",
                )],
            },
            Bug {
                name: "net-takes-errors-for-replies",
                kind: "mistakes an error",
                found_by: Simulation(
                    "txn --concurrency 2n --nemesis partition --availability total",
                ),
                edits: &[("read_error(body.as_body())", "None")],
            },
            Bug {
                name: "net-does-not-wake-the-caller",
                kind: "does not wake",
                found_by: Simulation(COUNTER),
                edits: &[("waker.wake();", "")],
            },
            Bug {
                name: "net-wants-no-reply",
                kind: "forgets an id",
                found_by: Simulation(COUNTER),
                edits: &[(
                    "self.net.send_request(dest, kind, «Some(id)», arguments)?",
                    "None",
                )],
            },
            Bug {
                name: "net-mistakes-the-code-of-an-error",
                kind: "mistakes an error",
                found_by: Simulation(COUNTER),
                edits: &[(
                    "code.map_or(ErrorCode::Crash, ErrorCode::from_number)",
                    "ErrorCode::Crash",
                )],
            },
        ],
    },
    File {
        path: "runtime/src/peers.rs",
        bugs: &[
            Bug {
                name: "peers-are-all-the-first-node",
                kind: "forgets a peer",
                found_by: Simulation("broadcast-batch"),
                edits: &[(
                    "self.others().map(|node| self.get(«node»))",
                    "{ let _ = node; &self.nodes[0] }",
                )],
            },
            Bug {
                name: "star-has-one-point",
                kind: "forgets a peer",
                found_by: Simulation(CUT_OFF),
                edits: &[(
                    "Overlay::Star => «self.others().cloned().collect()»,",
                    "self.others().take(1).cloned().collect()",
                )],
            },
            Bug {
                name: "star-has-no-points",
                kind: "loses a message",
                found_by: Simulation(CUT_OFF),
                edits: &[("Overlay::Star if «self.nodes.contains(from)»", "true")],
            },
            Bug {
                name: "topology-lacks-a-neighbour",
                kind: "forgets a peer",
                found_by: Simulation("broadcast --topology line -- --overlay topology"),
                edits: &[(
                    "Overlay::Topology => «self.neighbour_ids()»,",
                    "self.neighbour_ids().into_iter().skip(1).collect()",
                )],
            },
        ],
    },
];
