//! The trait of declared workloads.

use mael::protocol::Body;
use mael::time::Duration;
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Operation};

use super::declaration::Declaration;
use super::drawn::Drawn;
use super::operation::OperationType;
use super::strategy::Source;
use super::{drawing, typed};
use crate::Options;
use crate::engine::{Generator, RPC_TIMEOUT};

/// The operations of a workload, and how histories are checked.
///
/// Implemented by `#[operations]`, and by [`Specified`](super::Specified) for a specification.
/// Every type that implements it is a [`Workload`](crate::workloads::Workload).
pub trait Operations: Declaration + Clone + Send + Sync + 'static {
    /// The type of all requests.
    type Request;
    /// The type of all replies.
    type Reply;

    /// Returns the operations, in the order of their declaration.
    fn operations(&self) -> Vec<OperationType>;

    /// Draws the arguments of the operation with this name. Returns `None` if there is no such
    /// operation, or it has arguments without a strategy.
    fn draw(&self, _: &str, _: &mut Source<'_>) -> Option<Drawn> {
        None
    }

    /// Creates the generator of the main phase, by default one that draws operations by weight.
    fn generator(&self, options: &Options) -> Box<dyn Generator> {
        Box::new(drawing::generator(self.clone(), options))
    }

    /// Draws the next operation. Returns `None` if operations are drawn by weight.
    fn generate(&self, _: &mut Source<'_>) -> Option<Drawn> {
        None
    }

    /// Reads a request. Returns `None` if there is no operation with this name.
    fn read_request(name: &str, body: Body<'_>) -> Option<mael::Result<Self::Request>>;

    /// Reads the reply to a request. Returns `None` if there is no operation with this name.
    fn read_reply(name: &str, body: Body<'_>) -> Option<mael::Result<Self::Reply>>;

    /// Validates the options for this workload.
    ///
    /// # Errors
    /// Returns an error if it can't run with these options: one sentence with the reason and a
    /// remedy.
    fn validate(&self, _: &Options) -> Result<(), String> {
        Ok(())
    }

    /// Checks a history.
    fn judge(&self, options: &Options, history: &History) -> Verdict;

    /// Returns how many operations of a history the check covers, by default those of the workload
    /// for which [`is_judged`](Self::is_judged).
    fn coverage(&self, history: &History) -> Coverage {
        typed::coverage(self, history)
    }

    /// Returns how long clients wait for a reply.
    fn timeout(&self, _: &Options) -> Duration {
        RPC_TIMEOUT
    }

    /// Returns whether the check judges an operation with this completion, by default if it
    /// succeeded.
    fn is_judged(&self, completion: Option<&Operation>) -> bool {
        mael_checkers::coverage::is_ok(completion)
    }

    /// Returns the anomaly of an invalid history whose results name none.
    fn anomaly(&self) -> &'static str {
        "workload"
    }
}
