//! Bugs of the clients of the services.

use super::Finder::Simulation;
use super::{Bug, File};

/// Logs in much trouble.
const LOGS: &str = "kafka --concurrency 2n --nemesis partition,kill,pause";

/// A counter in `seq-kv`.
const COUNTER: &str = "g-counter-kv --concurrency 2n --nemesis partition,kill,pause";

pub(super) const FILES: &[File] = &[
    File {
        path: "runtime/src/kv/mod.rs",
        bugs: &[
            Bug {
                name: "kv-takes-an-unknown-outcome-for-a-refusal",
                kind: "mistakes an error",
                found_by: Simulation("g-counter-kv --concurrency 2n --loss 0.1"),
                edits: &[(
                    "matches!(
                error.code,
                ErrorCode::PreconditionFailed | ErrorCode::KeyDoesNotExist
            )",
                    "true",
                )],
            },
            Bug {
                name: "kv-takes-a-refusal-for-success",
                kind: "ignores a refusal",
                found_by: Simulation(LOGS),
                edits: &[("Ok(false)", "Ok(true)")],
            },
            Bug {
                name: "kv-creates-no-key",
                kind: "forgets a flag",
                found_by: Simulation("g-counter-kv --concurrency 2n --availability total"),
                edits: &[(
                    "(raw(key)?, raw(from)?, raw(to)?, true)",
                    "(raw(key)?, raw(from)?, raw(to)?, false)",
                )],
            },
            Bug {
                name: "kv-repeats-a-change",
                kind: "retries what must not be",
                found_by: Simulation("g-counter-kv --concurrency 2n --loss 0.1"),
                edits: &[(
                    r#"«let arguments = Named(&["key", "from", "to"], (raw(key)?, raw(from)?, raw(to)?));
        let call: Call<_, Empty> = self.call("cas", arguments, &[]);
        swapped(call.await)»"#,
                    r#"let arguments = Named(&["key", "from", "to"], (raw(key)?, raw(from)?, raw(to)?));
        let call: Call<_, Empty> = self.call("cas", arguments, &[]);
        swapped(call.retry().answer().await)"#,
                )],
            },
            Bug {
                name: "kv-reads-once",
                kind: "drops a retry",
                found_by: Simulation("txn --concurrency 2n --loss 0.01 --availability total"),
                edits: &[(
                    "match «call.retry().answer().await» {
            Ok(value) => Ok(Some(value))",
                    "call.await",
                )],
            },
            Bug {
                name: "kv-updates-once",
                kind: "drops a retry",
                found_by: Simulation(COUNTER),
                edits: &[(
                    "self.cas(key, old, &new).await?",
                    "{ self.cas(key, old, &new).await?; true }",
                )],
            },
        ],
    },
    File {
        path: "runtime/src/kv/fresh.rs",
        bugs: &[
            Bug {
                name: "fresh-is-not-brought-to-the-newest",
                kind: "reads stale state",
                found_by: Simulation("g-counter-kv --concurrency 2n"),
                edits: &[("kv.write(&self.key, &value).await", "Ok(())")],
            },
            Bug {
                name: "fresh-writes-the-same-again",
                kind: "repeats an id",
                found_by: Simulation("g-counter-kv --concurrency 2n"),
                edits: &[("self.count.get() + 1", "1")],
            },
        ],
    },
];
