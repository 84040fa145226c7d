//! `mael demo`: runs every workload against the challenges of this workspace.

use clap::Args;
use mael_sim::Exit;
use mael_sim::command::bad;
use mael_sim::glomers::{Line, line};
use mael_sim::options::{Given, Options};

use super::lines::{Programs, only, run_lines, with_random_seed};
use super::outputs::Outputs;

/// The runs, each with its own flags (page "CLI", section 1).
pub(super) const DEMOS: &[Line] = &[
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

/// Returns a demo, which is selected by its workload, as an official test is by its challenge.
const fn demo(workload: &'static str, bin: &'static str, flags: &'static str) -> Line {
    line(workload, bin, workload, flags)
}

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Run only the demos of these workloads, such as echo or kafka,lin-kv
    #[arg(long, value_name = "WORKLOADS", value_delimiter = ',')]
    only: Vec<String>,

    #[command(flatten)]
    options: Given,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let common = common(&arguments.options)?;
    let demos = only(DEMOS, &arguments.only, "demo of")?;
    let outputs = Outputs::default();
    run_lines(&demos, Programs::Challenges, outputs, |demo| {
        options_of(demo, &common)
    })
}

/// Returns the options of all demos.
fn common(given: &Given) -> anyhow::Result<Options> {
    given.over(&with_random_seed()).map_err(bad)
}

/// Returns the options of a demo, whose own flags override those of all demos.
fn options_of(demo: &Line, common: &Options) -> anyhow::Result<Options> {
    let own: Given = Given::parse(demo.flags.split_whitespace())?;
    own.over(common).map_err(bad)
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
    fn the_flags_of_a_demo_override_those_of_all() {
        let given = "--nodes x,y,z --rate 7 --time-limit 3 --log-net-send";
        let common = common(&Given::parse(given.split_whitespace()).unwrap()).unwrap();
        for demo in DEMOS {
            let options = options_of(demo, &common).unwrap();
            let (nodes, clients, rate) = match demo.bin {
                "txn" => (2, 2, 100.0),
                "lin-kv" => (3, 6, 7.0),
                "unique-ids" => (3, 3, 1000.0),
                _ => (3, 3, 7.0),
            };
            let found = (options.nodes.len(), options.clients(), options.rate);
            assert_eq!(found, (nodes, clients, rate), "{}", demo.bin);
            assert_eq!(options.time_limit.as_secs(), 3);
            assert!(options.log_net_send && !options.log_net_recv);
        }
    }
}
