//! A workload, as the engine runs it.

use mael::executor::LocalFuture;
use mael_checkers::coverage::is_ok;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};

use super::connection::{Connection, RpcError};
use super::generator::Generator;
use super::invocation::Invocation;
use super::rpc::RpcDescription;
use crate::Options;

/// A kind of system that clients test: the operations, the requests to nodes, and the checker.
pub trait Workload {
    /// The name on the command line and in `store/`.
    fn name(&self) -> &'static str;

    /// Validates the options for this workload.
    ///
    /// # Errors
    /// When it can't be run with them: one sentence with the reason and what to do.
    fn validate(&self, _: &Options) -> Result<(), String> {
        Ok(())
    }

    /// What nodes have to do, in a few sentences of Markdown.
    fn doc(&self) -> &'static str {
        ""
    }

    /// The requests that clients send, in the order in which documentation shows them.
    fn rpcs(&self) -> Vec<RpcDescription> {
        Vec::new()
    }

    /// The operations of the main phase.
    fn generator(&self, options: &Options) -> Box<dyn Generator>;

    /// The operations after the recovery, if the workload has any. They may depend on the history.
    fn final_generator(&self, _: &Options, _: &History) -> Option<Box<dyn Generator>> {
        None
    }

    /// Simpler operations that could replace this one, the simplest first: tried when a failing run
    /// is shrunk. They must be valid whenever the operation itself is.
    fn simpler(&self, _: &Invocation) -> Vec<Invocation> {
        Vec::new()
    }

    /// Whether clients support this operation. Asked for those of a schedule, which need not come
    /// from the generator.
    fn supports(&self, _: &Invocation) -> bool {
        true
    }

    /// A new client. A client runs one operation at a time.
    fn client(&self, options: &Options) -> Box<dyn Client>;

    /// Sets up a node before the main phase, by a client of its own. An error is a failure of the
    /// node, and ends the run.
    fn setup<'a>(
        &'a self,
        _: &'a Options,
        _: &'a mut Connection,
    ) -> LocalFuture<'a, Result<(), RpcError>> {
        Box::pin(async { Ok(()) })
    }

    /// Whether the clients handle errors and timeouts. For those that don't each is an exception,
    /// after which the outcome is unknown, even if the error is definite.
    fn understands_errors(&self) -> bool {
        true
    }

    /// Whether a client is reused after an operation whose outcome is unknown, rather than replaced
    /// by a new one.
    fn reusable(&self) -> bool {
        false
    }

    /// Whether an operation only crashes its client: the next one has a new client.
    fn crashes(&self, _f: &str) -> bool {
        false
    }

    /// Whether an operation changes nothing, so that it counts as failed when its outcome is
    /// unknown.
    fn idempotent(&self, _f: &str) -> bool {
        false
    }

    /// The name of the anomaly of an invalid history, unless the results of [`check`](Self::check)
    /// name anomalies, as `:anomaly-types` or `:bad-error-types`.
    fn anomaly(&self) -> &'static str {
        "workload"
    }

    /// Judges a history: a pure function.
    fn check(&self, options: &Options, history: &History) -> Verdict;

    /// How many operations of a history [`check`](Self::check) judges: by default all that
    /// succeeded.
    fn coverage(&self, history: &History) -> Coverage {
        Coverage::of(history, |_, end| Ok(is_ok(end)))
    }
}

/// A client of a workload.
pub trait Client {
    /// Runs an operation, and returns the value to record as its result.
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>>;
}
