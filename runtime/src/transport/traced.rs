//! A transport whose messages are told to the operator.

use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::{Input, Transport, write_body};
use crate::wire::{Encode, Malformed, Packet, excerpt};
use crate::{NodeId, Result, log};

/// Tells each message that another transport carries. A node that tells only of trouble goes
/// without it, and so pays nothing.
pub(crate) struct Traced(pub(crate) Rc<dyn Transport>);

impl Transport for Traced {
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        deliver: &mut dyn FnMut(Result<Packet<'_>, Malformed>),
    ) -> Poll<io::Result<Input>> {
        self.0.poll_receive(cx, &mut |arrival| {
            if let Ok(packet) = &arrival {
                let body = excerpt(packet.body.get());
                log::debug(format_args!("from {}: {body}", packet.src));
            }
            deliver(arrival);
        })
    }

    fn send(&self, src: &NodeId, dest: &str, body: &dyn Encode) -> Result<()> {
        let mut bytes = Vec::new();
        // What can't be written fails below, where it is handled.
        if write_body(&mut bytes, body).is_ok() {
            let body = excerpt(&String::from_utf8_lossy(&bytes));
            log::debug(format_args!("to {dest}: {body}"));
        }
        self.0.send(src, dest, body)
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
