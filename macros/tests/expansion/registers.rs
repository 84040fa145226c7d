//! A workload with a generator of its own, which checks histories as they are recorded.

use std::time::Duration;

use mael_sim::declared::{Coverage, Findings, History, Value, Verdict};
use mael_sim::engine::{Connection, Generator, Invocation, endless};
use mael_sim::{Options, operations, workload};

/// Registers by name.
#[workload(name = "kv", reuses_clients, unhandled_errors)]
pub struct Registers;

#[operations]
impl Registers {
    /// Sets the initial value of all registers.
    #[operation(setup)]
    fn configure(&self, #[draw(0..5)] initial: u64);

    /// Returns the value of a register.
    #[operation(reply = "value", value = "[name, value]", record = sorted, read_only)]
    fn read(&self, name: String) -> u64;

    /// Writes all registers to disk.
    #[operation(finally(unmarked))]
    fn sync(&self);

    #[validate]
    fn clients(&self, options: &Options) -> Result<(), String> {
        let is_any = options.clients() > 0;
        is_any.then_some(()).ok_or("needs a client".to_owned())
    }

    #[timeout]
    fn timeout(&self, options: &Options) -> Duration {
        Duration::from_millis(options.latency) * 10
    }

    #[generate]
    fn reads(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(endless(|_| {
            Invocation::new("read", vec!["a".into(), Value::Nil])
        }))
    }

    #[check]
    fn never_read(&self, _: &Options, history: &History) -> Verdict {
        let mut findings = Findings::default();
        if !history.completions().any(|it| it.f == "read") {
            findings.add("never-read", "no read has completed");
        }
        findings.into_verdict()
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        Coverage::of(history, |_, end| Ok(end.is_some()))
    }
}

fn sorted(value: Value, _: &Connection) -> Value {
    match value {
        Value::List(items) => Value::Set(items.into_iter().collect()),
        other => other,
    }
}
