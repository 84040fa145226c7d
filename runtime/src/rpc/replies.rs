//! The replies to several concurrent calls.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use crate::NodeId;

/// The pending calls of [`Peers::call_all`](crate::Peers::call_all). Dropping it cancels them.
#[must_use = "nothing is sent before `next` is awaited"]
pub struct Replies<F>(Vec<(NodeId, Pin<Box<F>>)>);

impl<F: Future> Replies<F> {
    /// Creates it from calls and the IDs of the called nodes.
    pub(crate) fn new(calls: Vec<(NodeId, Pin<Box<F>>)>) -> Self {
        Self(calls)
    }

    /// Waits for the next reply or error, and returns it with the ID of the called node. Returns
    /// None after the last one.
    pub async fn next(&mut self) -> Option<(NodeId, F::Output)> {
        let calls = &mut self.0;
        poll_fn(|context| {
            for index in 0..calls.len() {
                if let Poll::Ready(reply) = calls[index].1.as_mut().poll(context) {
                    let (node, _) = calls.swap_remove(index);
                    return Poll::Ready(Some((node, reply)));
                }
            }
            if calls.is_empty() {
                Poll::Ready(None)
            } else {
                Poll::Pending
            }
        })
        .await
    }
}
