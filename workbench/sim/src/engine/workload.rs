//! The interface between workloads and the engine.

use mael::executor::LocalFuture;
use mael_checkers::coverage::is_ok;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Value};

use super::connection::{Connection, RpcError};
use super::generator::Generator;
use super::invocation::Invocation;
use super::rpc::RpcDescription;
use crate::Options;

/// A kind of system under test: its operations, the requests to nodes, and the checker.
pub trait Workload {
    /// Returns the name on the command line and in `store/`.
    fn name(&self) -> &'static str;

    /// Validates the options for this workload.
    ///
    /// # Errors
    /// Returns an error if the workload can't run with these options. The message is one sentence
    /// with the reason and the remedy.
    fn validate(&self, _: &Options) -> Result<(), String> {
        Ok(())
    }

    /// Describes what nodes must do, in a few sentences of Markdown.
    fn doc(&self) -> &'static str {
        ""
    }

    /// Returns the requests that clients send, in the order of the documentation.
    fn rpcs(&self) -> Vec<RpcDescription> {
        Vec::new()
    }

    /// Returns the generator of the main phase.
    fn generator(&self, options: &Options) -> Box<dyn Generator>;

    /// Returns the generator of the final phase, after the recovery, if the workload has one. It
    /// may depend on the history.
    fn final_generator(&self, _: &Options, _: &History) -> Option<Box<dyn Generator>> {
        None
    }

    /// Returns simpler operations that could replace this one, the simplest first. They are tried
    /// when a failing run is shrunk, and must be valid whenever the operation itself is.
    fn simpler(&self, _: &Invocation) -> Vec<Invocation> {
        Vec::new()
    }

    /// Whether clients support this operation. Called for the operations of a schedule, which may
    /// not come from the generator.
    fn supports(&self, _: &Invocation) -> bool {
        true
    }

    /// Creates a client. A client runs one operation at a time.
    fn client(&self, options: &Options) -> Box<dyn Client>;

    /// Sets up a node before the main phase, over a separate connection. An error is a failure of
    /// the node, and ends the run.
    fn setup<'a>(
        &'a self,
        _: &'a Options,
        _: &'a mut Connection,
    ) -> LocalFuture<'a, Result<(), RpcError>> {
        Box::pin(async { Ok(()) })
    }

    /// Whether the clients handle errors and timeouts. If they don't, each error is an exception,
    /// and the outcome is unknown even if the error is definite.
    fn understands_errors(&self) -> bool {
        true
    }

    /// Whether a client is reused after an operation whose outcome is unknown, rather than replaced
    /// by a new one.
    fn reusable(&self) -> bool {
        false
    }

    /// Whether an operation only crashes its client, so that the next one has a new client.
    fn crashes(&self, _f: &str) -> bool {
        false
    }

    /// Whether an operation does not change the state, so that it counts as failed if its outcome
    /// is unknown.
    fn idempotent(&self, _f: &str) -> bool {
        false
    }

    /// Returns the name of the anomaly of an invalid history, unless the results of
    /// [`check`](Self::check) name anomalies as `:anomaly-types` or `:bad-error-types`.
    fn anomaly(&self) -> &'static str {
        "workload"
    }

    /// Checks a history. This is a pure function.
    fn check(&self, options: &Options, history: &History) -> Verdict;

    /// Returns how many operations of a history [`check`](Self::check) covers: by default, all that
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
