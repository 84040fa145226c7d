//! Bugs of `kafka`.

use super::Finder::Simulation;
use super::{Bug, File};

/// Logs in much trouble.
const LOGS: &str = "kafka --concurrency 2n --nemesis partition,kill,pause";

pub(super) const FILES: &[File] = &[File {
    path: "challenges/src/kafka.rs",
    bugs: &[
        Bug {
            name: "kafka-gives-one-offset-to-all",
            kind: "repeats an id",
            found_by: Simulation(LOGS),
            edits: &[("log.len += 1;", "")],
        },
        Bug {
            name: "kafka-writes-no-message",
            kind: "loses a write",
            found_by: Simulation(LOGS),
            edits: &[(
                "log.messages.insert(hold, offset, msg).await?;",
                "{ let _ = (hold, msg); }",
            )],
        },
        Bug {
            name: "kafka-gives-the-next-offset",
            kind: "counts wrong",
            found_by: Simulation(LOGS),
            edits: &[(
                "Ok(«offset»)
        };",
                "offset + 1",
            )],
        },
        Bug {
            name: "kafka-puts-two-messages-at-one-offset",
            kind: "repeats an id",
            found_by: Simulation(LOGS),
            edits: &[("insert(hold, «offset», msg)", "offset / 2 * 2")],
        },
        Bug {
            name: "kafka-polls-from-behind-the-offset",
            kind: "counts wrong",
            found_by: Simulation(LOGS),
            edits: &[("range(&log, &«from», PAGE)", "(from + 1)")],
        },
        Bug {
            name: "kafka-polls-all-logs-from-one-offset",
            kind: "ignores what is asked",
            found_by: Simulation(LOGS),
            edits: &[(
                "«self.logs.of(&key)»;
            let now",
                r#"self.logs.of(&"0".to_owned())"#,
            )],
        },
        Bug {
            name: "kafka-appends-to-another-log",
            kind: "mixes up records",
            found_by: Simulation(LOGS),
            edits: &[(
                "«self.logs.of(&key)».with(append).await",
                r#"self.logs.of(&"0".to_owned())"#,
            )],
        },
    ],
}];
