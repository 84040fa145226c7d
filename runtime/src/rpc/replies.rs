//! The answers to several calls, as they come.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use crate::NodeId;

/// The calls of [`Peers::call_all`](crate::Peers::call_all) that have not been answered. Dropping
/// it forgets them.
#[must_use = "nothing is sent before the answers are asked for"]
pub struct Replies<F>(Vec<(NodeId, Pin<Box<F>>)>);

impl<F: Future> Replies<F> {
    /// The answers to these calls of these nodes.
    pub(crate) fn new(calls: Vec<(NodeId, Pin<Box<F>>)>) -> Self {
        Self(calls)
    }

    /// The next answer, or the error of a call that has failed, with the node that was called; None
    /// if there have been as many as calls.
    pub async fn next(&mut self) -> Option<(NodeId, F::Output)> {
        let calls = &mut self.0;
        poll_fn(|context| {
            for place in 0..calls.len() {
                if let Poll::Ready(answer) = calls[place].1.as_mut().poll(context) {
                    let (node, _) = calls.swap_remove(place);
                    return Poll::Ready(Some((node, answer)));
                }
            }
            match calls.is_empty() {
                true => Poll::Ready(None),
                false => Poll::Pending,
            }
        })
        .await
    }
}
