//! The transport of a node in a simulation.
//!
//! Bodies are captured instead of serialized: see [`SharedBody`](crate::protocol::SharedBody).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Input, Transport};
use crate::protocol::{Encode, Malformed, Message, Name, Packet};
use crate::{NodeId, Result};

/// A transport to a network in the same process.
///
/// Clones share one inbox, so that the network can keep a clone to [`deliver`](Memory::deliver)
/// messages.
#[derive(Clone)]
pub struct Memory(Rc<Inner>);

struct Inner {
    inbox: RefCell<Inbox>,
    network: Box<dyn Fn(Message)>,
}

#[derive(Default)]
struct Inbox {
    messages: VecDeque<Message>,
    closed: bool,
    waker: Option<Waker>,
}

impl Memory {
    /// Creates a transport. `network` is called immediately for each message that the node sends.
    pub fn new(network: impl Fn(Message) + 'static) -> Self {
        Self(Rc::new(Inner {
            inbox: RefCell::default(),
            network: Box::new(network),
        }))
    }

    /// Adds a message to the inbox, and wakes the node, which must not run before this returns.
    pub fn deliver(&self, message: Message) {
        self.change(|inbox| inbox.messages.push_back(message));
    }

    /// Ends the node's input, after the messages in the inbox.
    pub fn close(&self) {
        self.change(|inbox| inbox.closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut Inbox)) {
        let mut inbox = self.0.inbox.borrow_mut();
        change(&mut inbox);
        if let Some(waker) = &inbox.waker {
            waker.wake_by_ref();
        }
    }
}

impl Transport for Memory {
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        deliver: &mut dyn FnMut(Result<Packet<'_>, Malformed>),
    ) -> Poll<io::Result<Input>> {
        // Messages that arrive while these are handled are delivered after the tasks that these
        // wake.
        let arrived = self.0.inbox.borrow().messages.len();
        for _ in 0..arrived {
            let message = self.0.inbox.borrow_mut().messages.pop_front();
            if let Some(message) = message {
                deliver(Ok(message.as_packet()));
            }
        }
        let mut inbox = self.0.inbox.borrow_mut();
        match (inbox.messages.is_empty(), inbox.closed) {
            (true, false) => {
                match &mut inbox.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    waker => *waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
            (true, true) if arrived == 0 => Poll::Ready(Ok(Input::Closed)),
            _ => Poll::Ready(Ok(Input::Open)),
        }
    }

    fn send(&self, src: &NodeId, dest: &Name<'_>, body: &dyn Encode) -> Result<()> {
        let body = body.share()?;
        (self.0.network)(Message {
            src: src.clone(),
            dest: NodeId::from(dest),
            body,
        });
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
