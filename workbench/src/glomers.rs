//! The official tests of Gossip Glomers, for `mael glomers` and for simulations.
//!
//! ```
//! use mael_workbench::{glomers, simulate, workloads};
//! # use mael::prelude::*;
//! # #[node]
//! # struct Echo;
//! # #[handlers]
//! # impl Echo {
//! #     #[handler(type = "echo", reply = "echo")]
//! #     fn echo(&self, echo: String) -> String {
//! #         echo
//! #     }
//! # }
//!
//! let first = &glomers::LINES[0];
//! assert_eq!((first.challenge, first.workload), ("1", "echo"));
//! simulate::<Echo>(workloads::Echo).flags(first.flags).check();
//! ```

/// One official test.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The challenge.
    pub challenge: &'static str,
    /// The name of our binary for it.
    pub bin: &'static str,
    /// The name of the workload.
    pub workload: &'static str,
    /// The published flags.
    pub flags: &'static str,
    /// What the binary is given to do it.
    pub args: &'static [&'static str],
}

/// The official tests, as published by Fly.io with the challenges.
pub const LINES: &[Line] = &[
    line("1", "echo", "echo", "--node-count 1 --time-limit 10"),
    line(
        "2",
        "unique-ids",
        "unique-ids",
        "--time-limit 30 --rate 1000 --node-count 3 --availability total --nemesis partition",
    ),
    line(
        "3a",
        "broadcast",
        "broadcast",
        "--node-count 1 --time-limit 20 --rate 10",
    ),
    line(
        "3b",
        "broadcast",
        "broadcast",
        "--node-count 5 --time-limit 20 --rate 10",
    ),
    line(
        "3c",
        "broadcast",
        "broadcast",
        "--node-count 5 --time-limit 20 --rate 10 --nemesis partition",
    ),
    line(
        "3d",
        "broadcast",
        "broadcast",
        "--node-count 25 --time-limit 20 --rate 100 --latency 100",
    ),
    line(
        "3d",
        "broadcast-batch",
        "broadcast",
        "--node-count 25 --time-limit 20 --rate 100 --latency 100",
    ),
    Line {
        args: &["--interval-ms", "1200"],
        ..line(
            "3e",
            "broadcast-batch",
            "broadcast",
            "--node-count 25 --time-limit 20 --rate 100 --latency 100",
        )
    },
    line(
        "4",
        "g-counter",
        "g-counter",
        "--node-count 3 --rate 100 --time-limit 20 --nemesis partition",
    ),
    line(
        "4",
        "g-counter-kv",
        "g-counter",
        "--node-count 3 --rate 100 --time-limit 20 --nemesis partition",
    ),
    line(
        "5a",
        "kafka",
        "kafka",
        "--node-count 1 --concurrency 2n --time-limit 20 --rate 1000",
    ),
    line(
        "5b",
        "kafka",
        "kafka",
        "--node-count 2 --concurrency 2n --time-limit 20 --rate 1000",
    ),
    line(
        "5c",
        "kafka",
        "kafka",
        "--node-count 2 --concurrency 2n --time-limit 20 --rate 1000",
    ),
    line(
        "6a",
        "txn",
        "txn-rw-register",
        "--node-count 1 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-uncommitted --availability total",
    ),
    line(
        "6b",
        "txn",
        "txn-rw-register",
        "--node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-uncommitted",
    ),
    line(
        "6b",
        "txn",
        "txn-rw-register",
        "--node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-uncommitted --availability total --nemesis partition",
    ),
    line(
        "6c",
        "txn",
        "txn-rw-register",
        "--node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models read-committed --availability total --nemesis partition",
    ),
];

/// A test whose binary is given nothing.
pub(crate) const fn line(
    challenge: &'static str,
    bin: &'static str,
    workload: &'static str,
    flags: &'static str,
) -> Line {
    Line {
        challenge,
        bin,
        workload,
        flags,
        args: &[],
    }
}
