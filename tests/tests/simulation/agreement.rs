//! Compares real and virtual time: the same test with processes and in simulation must have the
//! same number of messages and the same latencies.

use std::fs;
use std::process::Command;
use std::time::Duration;

use mael::node::Handlers;
use mael_history::{Kind, Value};
use mael_sim::simulation::{Simulated, ms, secs};
use mael_sim::workloads::Workload;
use mael_sim::{simulate, workloads};
use mael_tests::reference::{broadcast, counter, g_set, kafka, lin_kv, txn};
use mael_tests::{run, workspace};
use mael_workbench::{Profile, build_binaries};
use serde_json::Value as Json;

const LATENCY: u64 = 20;
const RECOVERY: u64 = 2;

/// The load of the clients.
#[derive(Clone, Copy)]
struct Load {
    /// Operations per second.
    rate: u32,
    clients: usize,
    seconds: u64,
}

const BUSY: Load = Load {
    rate: 50,
    clients: 10,
    seconds: 10,
};

/// For logs, whose clients contend with each other: the highest latencies of two seeds differ by a
/// third, in real and in virtual time. A single client has no contention.
const ALONE: Load = Load {
    rate: 50,
    clients: 1,
    seconds: 30,
};

/// For nodes whose clients all change the same register: under high contention, the highest
/// latencies of two seeds differ by a third.
const CALM: Load = Load {
    rate: 8,
    clients: 5,
    seconds: 30,
};

/// The figures that must agree.
#[derive(Debug)]
struct Figures {
    /// Messages between servers, including services, per operation.
    messages: f64,
    /// The latencies of successful operations, sorted.
    latencies: Vec<Duration>,
}

impl Figures {
    fn quantile(&self, q: f64) -> Duration {
        self.latencies[(self.latencies.len() as f64 * q) as usize]
    }
}

fn in_real_time(workload: &str, node: &str, load: Load) -> Figures {
    let binaries = build_binaries(workspace(), &["mael", "reference"], Profile::Release).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let finished = run(Command::new(&binaries[0])
        .current_dir(folder.path())
        .args(["test", "-w", workload, "--bin"])
        .arg(&binaries[1])
        .args(["--seed", "1", "--latency", &LATENCY.to_string()])
        .args(["--rate", &load.rate.to_string()])
        .args(["--time-limit", &load.seconds.to_string()])
        .args(["--recovery", &RECOVERY.to_string()])
        .args(["--concurrency", &load.clients.to_string()])
        .args(["--node-count", "5", "--", node]));
    assert_eq!(finished.code(), 0, "{finished:?}");
    let read = |file: &str| fs::read_to_string(folder.path().join("store/latest").join(file));
    let results: Json = serde_json::from_str(&read("results.json").unwrap()).unwrap();
    let history = read("history.jsonl").unwrap();
    let operations = history.lines().map(|line| {
        let operation: Json = serde_json::from_str(line).unwrap();
        let time = Duration::from_nanos(operation["time"].as_u64().unwrap());
        let process = operation["process"].as_u64();
        (
            process,
            operation["type"].as_str().unwrap().to_owned(),
            time,
        )
    });
    let mut invoked = std::collections::BTreeMap::new();
    let mut latencies = Vec::new();
    for (process, kind, time) in operations {
        match kind.as_str() {
            "invoke" => drop(invoked.insert(process, time)),
            "ok" => latencies.push(time - invoked[&process]),
            _ => {}
        }
    }
    latencies.sort_unstable();
    Figures {
        messages: results["net"]["servers"]["msgs-per-op"].as_f64().unwrap(),
        latencies,
    }
}

fn in_virtual_time<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    load: Load,
) -> Figures {
    let run = simulate::<N>(workload)
        .nodes(5)
        .concurrency(load.clients)
        .rate(load.rate.into())
        .latency(ms(LATENCY))
        .time_limit(secs(load.seconds))
        .recovery(secs(RECOVERY))
        .run_seed(1);
    assert!(run.passed());
    Figures {
        messages: messages(&run),
        latencies: latencies(&run),
    }
}

fn messages(run: &Simulated) -> f64 {
    let servers = run
        .results
        .map
        .get("net")
        .and_then(|net| net.get("servers"));
    match servers.and_then(|servers| servers.get("msgs-per-op")) {
        Some(Value::Float(messages)) => *messages,
        other => panic!("expected a number of messages, not {other:?}"),
    }
}

fn latencies(run: &Simulated) -> Vec<Duration> {
    let pairs = run.record.history.pairs().unwrap();
    let mut latencies: Vec<Duration> = pairs
        .list
        .into_iter()
        .filter_map(|(begin, end)| Some((begin, end.filter(|end| end.kind == Kind::Ok)?)))
        .map(|(begin, end)| Duration::from_nanos(end.time - begin.time))
        .collect();
    latencies.sort_unstable();
    latencies
}

fn agree<N: Handlers>(
    workload: impl Workload + Clone + Send + Sync + 'static,
    node: &str,
    load: Load,
    waits: bool,
) {
    let real = in_real_time(workload.name(), node, load);
    let simulated = in_virtual_time::<N>(workload, load);
    let ratio = simulated.messages / real.messages;
    println!(
        "{node}: messages per operation {} real, {} simulated",
        real.messages, simulated.messages
    );
    assert!((0.95..=1.05).contains(&ratio), "{node}: messages: {ratio}");
    for q in [0.5, 0.95].into_iter().filter(|_| waits) {
        let (real, simulated) = (real.quantile(q), simulated.quantile(q));
        println!("{node}: quantile {q} {real:?} real, {simulated:?} simulated");
        let tolerated = real.mul_f64(0.05) + ms(1);
        assert!(real.abs_diff(simulated) <= tolerated, "{node}: {q}");
    }
}

#[test]
#[ignore = "takes four minutes, and requires an idle machine"]
fn real_and_virtual_time_agree() {
    agree::<broadcast::Broadcast>(workloads::Broadcast, "broadcast", BUSY, false);
    agree::<g_set::GSet>(workloads::GSet, "g-set", BUSY, false);
    agree::<counter::Counter>(workloads::GCounter, "counter", CALM, true);
    agree::<kafka::Kafka>(workloads::Kafka, "kafka", BUSY, false);
    agree::<kafka::Kafka>(workloads::Kafka, "kafka", ALONE, true);
    agree::<lin_kv::Store>(workloads::LinKv, "lin-kv", BUSY, true);
    agree::<txn::Txn>(workloads::TxnListAppend, "txn", CALM, true);
    agree::<txn::Txn>(workloads::TxnRwRegister, "txn", CALM, true);
}
