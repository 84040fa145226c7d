//! A transport that logs messages.

use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::{Input, Transport};
use crate::executor::logger;
use crate::protocol::{Encode, Malformed, Name, Packet, excerpt};
use crate::{NodeId, Result};

/// Logs each message of another transport at level `debug`. It is used only if that level is
/// enabled.
pub(crate) struct LoggedTransport(pub(crate) Rc<dyn Transport>);

impl Transport for LoggedTransport {
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        deliver: &mut dyn FnMut(Result<Packet<'_>, Malformed>),
    ) -> Poll<io::Result<Input>> {
        self.0.poll_receive(cx, &mut |arrival| {
            if let Ok(packet) = &arrival {
                let body = excerpt(packet.body.get());
                logger::debug(format_args!("from {}: {body}", packet.src));
            }
            deliver(arrival);
        })
    }

    fn send(&self, src: &NodeId, dest: &Name<'_>, body: &dyn Encode) -> Result<()> {
        let body = body.share()?;
        logger::debug(format_args!("to {dest}: {}", excerpt(body.get())));
        self.0.send(src, dest, &body)
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
