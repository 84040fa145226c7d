//! The transport between nodes that live in one process.
//!
//! A body whose values are [`Lossless`](crate::wire) travels as these values, and is written only if
//! somebody asks for its bytes; any other is written when it is sent.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Input, Transport};
use crate::wire::{Encode, Malformed, Message, Packet, SharedBody};
use crate::{NodeId, Result};

/// A node's way in and out when its network is a value in the same process.
///
/// Clones share one inbox: the network keeps a clone to [`deliver`](Memory::deliver) to the node.
#[derive(Clone)]
pub struct Memory(Rc<Inner>);

struct Inner {
    state: RefCell<State>,
    network: Box<dyn Fn(Message)>,
}

#[derive(Default)]
struct State {
    inbox: VecDeque<Message>,
    closed: bool,
    waker: Option<Waker>,
}

impl Memory {
    /// A transport whose node sends to `network`, which is called at once for each message.
    pub fn new(network: impl Fn(Message) + 'static) -> Self {
        Self(Rc::new(Inner {
            state: RefCell::default(),
            network: Box::new(network),
        }))
    }

    /// Hands a message to the node.
    pub fn deliver(&self, message: Message) {
        self.change(|state| state.inbox.push_back(message));
    }

    /// Ends the node's input: it sees what was delivered before, then the end.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.0.state.borrow_mut();
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Transport for Memory {
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        deliver: &mut dyn FnMut(Result<Packet<'_>, Malformed>),
    ) -> Poll<io::Result<Input>> {
        // What arrives while these are handled comes after what they wake.
        let arrived = {
            let mut state = self.0.state.borrow_mut();
            if state.inbox.is_empty() {
                if state.closed {
                    return Poll::Ready(Ok(Input::Closed));
                }
                state.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            state.inbox.len()
        };
        for _ in 0..arrived {
            let message = self.0.state.borrow_mut().inbox.pop_front();
            if let Some(message) = message {
                deliver(Ok(message.as_packet()));
            }
        }
        Poll::Ready(Ok(Input::Open))
    }

    fn send(&self, src: &str, dest: &str, body: &dyn Encode) -> Result<()> {
        let body = match body.share() {
            Some(body) => body,
            None => SharedBody::write(body)?,
        };
        (self.0.network)(Message {
            src: NodeId::from(src),
            dest: NodeId::from(dest),
            body,
        });
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
