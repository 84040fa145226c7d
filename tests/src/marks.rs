//! Performance targets for the official tests of Gossip Glomers: messages per operation and
//! broadcast latencies.

use mael_history::Value;
use mael_sim::glomers::Line;
use mael_sim::simulation::Simulated;

/// The performance targets of one test.
pub struct Marks {
    /// The maximum number of messages between servers and services per operation.
    pub cost: f64,
    /// The maximum median and the maximum stable latency of a broadcast, in milliseconds.
    pub latencies: Option<(f64, f64)>,
}

/// Returns the targets of a test, if it has any: those that the broadcast challenges publish, and
/// stricter ones that our nodes meet.
pub fn marks(line: &Line) -> Option<Marks> {
    let published = || {
        let marks = line.marks.expect("the challenge publishes latencies");
        Some((marks.median, marks.maximum))
    };
    let (cost, latencies) = match (line.challenge, line.bin) {
        ("3d", "broadcast") => (25.5, Some((110.0, 150.0))),
        ("3d", "broadcast-batch") => (2.5, published()),
        ("3e", _) => (1.0, published()),
        ("5a" | "5b" | "5c" | "6a" | "6b" | "6c", _) => (6.0, None),
        _ => return None,
    };
    Some(Marks { cost, latencies })
}

impl Marks {
    /// Asserts that a run meets all targets.
    ///
    /// # Panics
    /// Panics if the run misses a target. The message names the run and the figure.
    pub fn assert_met(&self, run: &Simulated, what: &str) {
        let (cost, seed) = (messages_per_operation(run), run.seed);
        assert!(
            cost <= self.cost,
            "{what}, seed {seed}: {cost:.2} messages per operation"
        );
        if self.latencies.is_some() {
            self.assert_latencies(workload_results(run), &format!("{what}, seed {seed}"));
        }
    }

    /// Asserts that these results of the set-full checker meet the latency targets.
    ///
    /// # Panics
    /// Panics if the results miss a target. The message names the run and the figures.
    pub fn assert_latencies(&self, results: &Value, what: &str) {
        let Some((max_median, max)) = self.latencies else {
            return;
        };
        let (median, longest) = stable_latencies(results);
        assert!(
            median <= max_median && longest <= max,
            "{what}: {median} and {longest} ms"
        );
    }
}

/// Returns the number of server messages per operation.
pub fn messages_per_operation(run: &Simulated) -> f64 {
    let operations = run.record.history.invocations().count();
    run.record.net.servers.send as f64 / operations as f64
}

/// Returns the results of the workload's checker.
///
/// # Panics
/// Panics if it did not run.
pub fn workload_results(run: &Simulated) -> &Value {
    let results = run.results.map.get("workload");
    results.expect("there are results of the workload")
}

/// Returns the median and the maximum of the stable latencies in milliseconds, as reported by the
/// set-full checker.
///
/// # Panics
/// Panics if the results contain no stable latencies.
pub fn stable_latencies(results: &Value) -> (f64, f64) {
    let stable = results.get("stable-latencies");
    let Some(Value::Map(quantiles)) = stable else {
        panic!("there are no latencies: {stable:?}");
    };
    let millis = |quantile: Value| {
        let millis = quantiles[&quantile].to_string();
        millis.parse().expect("a latency is a number")
    };
    (millis(Value::from(0.5)), millis(Value::from(1)))
}
