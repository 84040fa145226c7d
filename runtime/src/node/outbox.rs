//! Replies, and the handlers that still have to give theirs.

use std::cell::Cell;
use std::rc::Rc;

use crate::executor::{Activity, Panic, guard, logger};
use crate::protocol::{Encode, MsgId, Name, Reply};
use crate::transport::Transport;
use crate::{Error, NodeId, Result};

/// The way out, shared with the handlers that wait.
pub(super) struct Outbox {
    pub(super) transport: Rc<dyn Transport>,
    /// How many handlers wait.
    pub(super) running: Cell<usize>,
}

impl Outbox {
    pub(super) fn new(transport: Rc<dyn Transport>) -> Self {
        Self {
            transport,
            running: Cell::new(0),
        }
    }

    /// Answers a request, if it wants an answer; otherwise its failure is reported.
    pub(super) fn settle<R: Encode>(
        &self,
        msg_type: &str,
        me: &NodeId,
        src: &Name<'_>,
        msg_id: Option<MsgId>,
        result: Result<R>,
    ) {
        let Some(in_reply_to) = msg_id else {
            return report(msg_type, src, &result);
        };
        let reply = Reply::new(in_reply_to.clone(), result);
        let activity = match msg_type {
            "init" => Activity::Init,
            msg_type => Activity::Handler(msg_type),
        };
        // Writing a reply is the node's own code too.
        let sent = guard(activity, || self.transport.send(me, src, &reply));
        if let Err(error) = sent.map_err(crash).flatten() {
            logger::warn(format_args!(
                "the reply to `{msg_type}` from {src} failed: {error}"
            ));
            let reply = Reply::new(in_reply_to, Err::<R, _>(error));
            let sent = self.transport.send(me, src, &reply);
            sent.expect("an error has a form in JSON");
        }
    }
}

/// Counts a handler that waits, for as long as it does.
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

/// Tells that a request which nobody wants answered has failed.
pub(super) fn report<R>(msg_type: &str, src: &str, result: &Result<R>) {
    if let Err(error) = result {
        logger::warn(format_args!("`{msg_type}` from {src} failed: {error}"));
    }
}

/// The error that a panic is answered with.
pub(super) fn crash(panic: Panic) -> Error {
    Error::crash(panic.to_string())
}
