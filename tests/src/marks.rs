//! What the official tests of Gossip Glomers may cost, and how long a broadcast may take.

use mael_history::Value;
use mael_sim::glomers::Line;
use mael_sim::simulation::Simulated;

/// The marks of one test.
pub struct Marks {
    /// The most messages between servers and services per operation.
    pub cost: f64,
    /// The longest median, and the longest of all times until a broadcast is known to all, in
    /// milliseconds.
    pub latencies: Option<(f64, f64)>,
}

/// The marks of the tests that have some: those of the challenges for broadcast, and stricter ones
/// that our nodes keep.
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
    /// Whether a run keeps all of them.
    ///
    /// # Panics
    /// When it does not; tells which, and of what.
    pub fn assert_kept(&self, run: &Simulated, what: &str) {
        let (cost, seed) = (messages_per_operation(run), run.seed);
        assert!(
            cost <= self.cost,
            "{what}, seed {seed}: {cost:.2} messages per operation"
        );
        if self.latencies.is_some() {
            self.assert_latencies(workload_results(run), &format!("{what}, seed {seed}"));
        }
    }

    /// Whether these results of the set-full checker keep the marks of latencies.
    ///
    /// # Panics
    /// When they do not; tells which, and of what.
    pub fn assert_latencies(&self, results: &Value, what: &str) {
        let Some((most_in_the_middle, most)) = self.latencies else {
            return;
        };
        let (median, longest) = stable_latencies(results);
        assert!(
            median <= most_in_the_middle && longest <= most,
            "{what}: {median} and {longest} ms"
        );
    }
}

/// Servers' messages per operation.
pub fn messages_per_operation(run: &Simulated) -> f64 {
    let operations = run.record.history.invocations().count();
    run.record.net.servers.send as f64 / operations as f64
}

/// What the workload's checker found.
///
/// # Panics
/// When it did not run.
pub fn workload_results(run: &Simulated) -> &Value {
    let results = run.results.map.get("workload");
    results.expect("there are results of the workload")
}

/// The median and the longest time in milliseconds until a broadcast was known to all, by the results
/// of the set-full checker.
///
/// # Panics
/// When nothing is known to all.
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
