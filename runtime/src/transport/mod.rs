//! How messages reach a node and leave it.

mod logged;
mod memory;
mod stdio;

use std::io;
use std::task::{Context, Poll};

use crate::protocol::{Encode, Malformed, Name, Packet};
use crate::{NodeId, Result};

pub(crate) use logged::LoggedTransport;
pub use memory::Memory;
pub use stdio::Stdio;

/// Whether more input may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// More may come: ask again.
    Open,
    /// This was the last of it.
    Closed,
}

/// A way for messages in and out of one node.
///
/// There is one over stdin and stdout, [`Stdio`], and one in memory, [`Memory`].
pub trait Transport {
    /// Waits for input, and hands some of the messages that have arrived to `deliver`, in order.
    /// When it is pending, which it may also be after messages were delivered, the waker is woken
    /// for the next; when it is ready and open, it wants to be asked again.
    ///
    /// # Errors
    /// When nothing can be read any more, though the input has not ended.
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        deliver: &mut dyn FnMut(Result<Packet<'_>, Malformed>),
    ) -> Poll<io::Result<Input>>;

    /// Queues a message. `body` is written into the message by a
    /// [`BodyWriter`](crate::protocol::BodyWriter) without ids.
    ///
    /// # Errors
    /// When the body has no form in JSON; nothing is then sent.
    fn send(&self, src: &NodeId, dest: &Name<'_>, body: &dyn Encode) -> Result<()>;

    /// Hands on what was queued.
    ///
    /// # Errors
    /// When the other side does not take it any more.
    fn flush(&self) -> io::Result<()>;
}
