//! One call of the object.

use mael_history::Operation;

use super::model::Effect;

/// Identifies a call. Calls that returned come first, in the order of their returns, so that call
/// `n` is the `n`-th to return; then come calls whose outcome is unknown, in the order of their
/// invocations.
pub(super) type CallId = u32;

/// A call of the object.
pub(super) struct Call<'a> {
    pub(super) invocation: &'a Operation,
    /// The completion; `None` if the outcome is unknown.
    pub(super) completion: Option<&'a Operation>,
    /// The first return index at which it may take effect.
    pub(super) since: u32,
    /// The index of its action in [`Calls::actions`].
    pub(super) action: u32,
    pub(super) effect: Effect,
}

impl Call<'_> {
    /// Returns the completion, or else the invocation.
    pub(super) fn operation(&self) -> &Operation {
        self.completion.unwrap_or(self.invocation)
    }
}
