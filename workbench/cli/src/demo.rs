//! `mael demo`: every workload, against the challenges of this workspace.

use clap::Args;
use mael_sim::Exit;
use mael_sim::command::args::TestArgs;
use mael_sim::flags::flags;
use mael_sim::glomers::{Line, line};

use super::lines::{only, run_lines};

/// What is run, and which flags each run has of its own (page "CLI", section 1).
const DEMOS: &[Line] = &[
    demo("echo", "echo", ""),
    demo(
        "unique-ids",
        "unique-ids",
        "--rate 1000 --availability total --nemesis partition",
    ),
    demo("broadcast", "broadcast", ""),
    demo("broadcast", "broadcast-batch", ""),
    demo("g-set", "g-set", ""),
    demo("g-counter", "g-counter", ""),
    demo("g-counter", "g-counter-kv", ""),
    demo("pn-counter", "pn-counter", ""),
    demo("kafka", "kafka", ""),
    demo("lin-kv", "lin-kv", "--concurrency 2n"),
    demo("txn-list-append", "txn-list-append", ""),
    demo(
        "txn-rw-register",
        "txn",
        "--node-count 2 --concurrency 1n --rate 100 --availability total --nemesis partition \
         --consistency-models read-committed",
    ),
];

/// A demo is told by its workload, as an official test is by its challenge.
const fn demo(workload: &'static str, bin: &'static str, flags: &'static str) -> Line {
    line(workload, bin, workload, flags)
}

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Run only the demos of these workloads, such as echo or kafka,lin-kv
    #[arg(long, value_name = "WORKLOADS", value_delimiter = ',')]
    only: Vec<String>,

    #[command(flatten)]
    test: TestArgs,

    /// Fixes every random draw of the workbench; drawn if it is not given
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let demos = only(DEMOS, &arguments.only, "demo of")?;
    run_lines(&demos, seed, |demo| flags_of(demo, &arguments.test))
}

/// The flags of a demo: its own come last, and so replace what is the same for all.
fn flags_of(demo: &Line, common: &TestArgs) -> anyhow::Result<TestArgs> {
    let mut all = flags(&common.to_test(0)?);
    if demo.flags.contains("--node-count") {
        all.retain(|flag| !flag.starts_with("--node="));
    }
    let own = demo.flags.split_whitespace();
    let mut flags = TestArgs::of_words(all.iter().map(String::as_str).chain(own))?;
    flags.log_net_send = common.log_net_send;
    flags.log_net_recv = common.log_net_recv;
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mael_sim::workloads;

    #[test]
    fn every_workload_has_a_demo() {
        for workload in workloads::all() {
            let name = workload.name();
            assert!(DEMOS.iter().any(|demo| demo.workload == name), "{name}");
        }
    }

    #[test]
    fn a_demos_own_flags_replace_those_that_all_have() {
        let common = "--nodes x,y,z --rate 7 --time-limit 3 --log-net-send";
        let common = TestArgs::of_line(common).unwrap();
        for demo in DEMOS {
            let test = flags_of(demo, &common).unwrap().to_test(1).unwrap();
            let (nodes, clients, rate) = match demo.bin {
                "txn" => (2, 2, 100.0),
                "lin-kv" => (3, 6, 7.0),
                "unique-ids" => (3, 3, 1000.0),
                _ => (3, 3, 7.0),
            };
            let found = (test.nodes.len(), test.concurrency, test.rate);
            assert_eq!(found, (nodes, clients, rate), "{}", demo.bin);
            assert_eq!(test.time_limit.as_secs(), 3);
            assert!(test.log_net_send && !test.log_net_recv);
        }
    }
}
