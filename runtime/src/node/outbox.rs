//! Sends replies, and counts the handlers that have not returned yet.

use std::cell::Cell;
use std::rc::Rc;

use crate::executor::{Activity, Panic, guard, logger};
use crate::protocol::{Encode, MsgId, Name, Reply};
use crate::transport::Transport;
use crate::{Error, NodeId, Result};

/// The sending side of a node, shared with its `async` handlers.
pub(super) struct Outbox {
    pub(super) transport: Rc<dyn Transport>,
    /// The number of `async` handlers that are still running.
    pub(super) running: Cell<usize>,
}

impl Outbox {
    pub(super) fn new(transport: Rc<dyn Transport>) -> Self {
        Self {
            transport,
            running: Cell::new(0),
        }
    }

    /// Replies to a request. If it has no `msg_id`, no reply is sent, and an error is logged.
    pub(super) fn respond<R: Encode>(
        &self,
        msg_type: &str,
        me: &NodeId,
        src: &Name<'_>,
        msg_id: Option<MsgId>,
        result: Result<R>,
    ) {
        let Some(in_reply_to) = msg_id else {
            return log_error(msg_type, src, &result);
        };
        let reply = Reply::new(in_reply_to.clone(), result);
        let activity = match msg_type {
            "init" => Activity::Init,
            msg_type => Activity::Handler(msg_type),
        };
        // `Serialize` implementations of the node can panic too.
        let sent = guard(activity, || self.transport.send(me, src, &reply));
        if let Err(error) = sent.map_err(crash).flatten() {
            logger::warn(format_args!(
                "the reply to `{msg_type}` from {src} failed: {error}"
            ));
            let reply = Reply::new(in_reply_to, Err::<R, _>(error));
            let sent = self.transport.send(me, src, &reply);
            sent.expect("an error can be serialized");
        }
    }
}

/// Counts an `async` handler as running until this is dropped.
pub(super) struct Running(pub(super) Rc<Outbox>);

impl Running {
    pub(super) fn new(outbox: &Rc<Outbox>) -> Self {
        outbox.running.set(outbox.running.get() + 1);
        Self(Rc::clone(outbox))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
    }
}

/// Logs the error of a request that expects no reply.
pub(super) fn log_error<R>(msg_type: &str, src: &str, result: &Result<R>) {
    if let Err(error) = result {
        logger::warn(format_args!("`{msg_type}` from {src} failed: {error}"));
    }
}

/// Returns the error that is sent when a handler panics.
pub(super) fn crash(panic: Panic) -> Error {
    Error::crash(panic.to_string())
}
