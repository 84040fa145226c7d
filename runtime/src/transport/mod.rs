//! Transports: how messages reach a node and leave it.

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

/// Whether there can be more input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// There can be more input.
    Open,
    /// The input has ended.
    Closed,
}

/// Receives and sends the messages of one node.
///
/// Implemented by [`Stdio`] for stdin and stdout, and by [`Memory`] for simulations.
pub trait Transport {
    /// Polls for input, and passes messages that have arrived to `deliver`, in order. If this
    /// returns `Pending`, also after messages were delivered, the waker is woken for the next
    /// message. If it returns `Open`, it must be called again.
    ///
    /// # Errors
    /// Returns I/O errors.
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        deliver: &mut dyn FnMut(Result<Packet<'_>, Malformed>),
    ) -> Poll<io::Result<Input>>;

    /// Queues a message. `body` is serialized by a [`BodyWriter`](crate::protocol::BodyWriter)
    /// without IDs.
    ///
    /// # Errors
    /// Returns error 13 if the body can't be serialized; nothing is then sent.
    fn send(&self, src: &NodeId, dest: &Name<'_>, body: &dyn Encode) -> Result<()>;

    /// Sends the queued messages.
    ///
    /// # Errors
    /// Returns I/O errors.
    fn flush(&self) -> io::Result<()>;
}
