//! The official tests of Gossip Glomers, for `mael glomers` and simulations.
//!
//! ```
//! use mael_sim::{glomers, simulate, workloads};
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

/// An official test.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The challenge.
    pub challenge: &'static str,
    /// The name of our binary that solves it.
    pub bin: &'static str,
    /// The name of the workload.
    pub workload: &'static str,
    /// The published flags.
    pub flags: &'static str,
    /// The arguments of the binary for this test.
    pub args: &'static [&'static str],
    /// The requirements of the challenge beyond a valid run.
    pub marks: Option<Marks>,
}

/// Exclusive upper limits of the figures of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marks {
    /// Messages between servers, including services, per operation.
    pub server_messages: f64,
    /// The median of the stable latencies, in milliseconds.
    pub median: f64,
    /// The maximum of the stable latencies, in milliseconds.
    pub maximum: f64,
}

/// The marks of challenge 3d.
const MARKS_3D: Marks = Marks {
    server_messages: 30.0,
    median: 400.0,
    maximum: 600.0,
};

/// The marks of challenge 3e.
const MARKS_3E: Marks = Marks {
    server_messages: 20.0,
    median: 1_000.0,
    maximum: 2_000.0,
};

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
    Line {
        marks: Some(MARKS_3D),
        ..line(
            "3d",
            "broadcast",
            "broadcast",
            "--node-count 25 --time-limit 20 --rate 100 --latency 100",
        )
    },
    Line {
        marks: Some(MARKS_3D),
        ..line(
            "3d",
            "broadcast-batch",
            "broadcast",
            "--node-count 25 --time-limit 20 --rate 100 --latency 100",
        )
    },
    Line {
        args: &["--interval-ms", "1200"],
        marks: Some(MARKS_3E),
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

/// Creates a test whose binary has no arguments, without marks.
pub const fn line(
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
        marks: None,
    }
}
