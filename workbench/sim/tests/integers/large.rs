//! A workload whose integers have 1,000 digits.

use fastrand::Rng;
use mael::executor::LocalFuture;
use mael_checkers::Verdict;
use mael_history::{History, Integer, Operation, Value};
use mael_sim::Options;
use mael_sim::engine::{Connection, Generator, Invocation, Next, RpcError};
use mael_sim::workloads::{Client, Workload};

/// Returns the smallest integer of 1,000 digits plus `more`.
pub(crate) fn large(more: &Integer) -> Integer {
    let least: Integer = format!("1{}", "0".repeat(999)).parse().unwrap();
    &least + more
}

/// Replaces all integers in a value.
pub(crate) fn with_integers(value: &Value, other: fn(&Integer) -> Integer) -> Value {
    let each = |value| with_integers(value, other);
    match value {
        Value::Int(integer) => other(integer).into(),
        Value::List(items) => Value::List(items.iter().map(each).collect()),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| (each(key), each(value)));
            Value::Map(entries.collect())
        }
        other => other.clone(),
    }
}

/// A workload with the operations of a built-in one, whose integers are doubled and large, so that
/// the successor of each integer is not among them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Large<W>(pub(crate) W);

impl<W: Workload> Workload for Large<W> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn generator(&self, options: &Options) -> Box<dyn Generator> {
        Box::new(LargeGenerator(self.0.generator(options)))
    }

    fn final_generator(&self, options: &Options, history: &History) -> Option<Box<dyn Generator>> {
        self.0.final_generator(options, history)
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        self.0.supports(invocation)
    }

    fn client(&self, options: &Options) -> Box<dyn Client> {
        self.0.client(options)
    }

    fn setup<'a>(
        &'a self,
        options: &'a Options,
        connection: &'a mut Connection,
    ) -> LocalFuture<'a, Result<(), RpcError>> {
        self.0.setup(options, connection)
    }

    fn reusable(&self) -> bool {
        self.0.reusable()
    }

    fn crashes(&self, f: &str) -> bool {
        self.0.crashes(f)
    }

    fn check(&self, options: &Options, history: &History) -> Verdict {
        self.0.check(options, history)
    }
}

struct LargeGenerator(Box<dyn Generator>);

impl Generator for LargeGenerator {
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next {
        match self.0.next(free, random) {
            Next::Invoke(thread, invocation) => {
                let twice = |integer: &Integer| large(&(integer + integer));
                let value = with_integers(&invocation.value, twice);
                Next::Invoke(
                    thread,
                    Invocation {
                        value,
                        ..invocation
                    },
                )
            }
            other => other,
        }
    }

    fn update(&mut self, operation: &Operation) {
        self.0.update(operation);
    }
}
