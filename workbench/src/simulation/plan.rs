//! A run that is wholly laid down.

use crate::Test;
use crate::engine::Script;

/// A run of which everything is laid down: what is done to the nodes by the script, and all else by
/// the test and its seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The options. What they say of operations and of the nemesis does not count, nor does the
    /// time limit.
    pub test: Test,
    /// What is done in the main phase.
    pub script: Script,
}
