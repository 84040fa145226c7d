//! Fields of a node that periodically send and receive their own messages.

use std::cell::RefCell;
use std::rc::Rc;

use crate::protocol::Body;
use crate::{Error, Result};

/// The type of the messages that carry the state of gossip fields.
pub(crate) const GOSSIP: &str = "gossip";

/// The interface between the node loop and a field whose state is gossiped.
pub(crate) trait GossipField {
    /// The body field that carries this field's state.
    fn key(&self) -> &'static str;

    /// Starts the timer, after `init` is answered.
    fn start(self: Rc<Self>);

    /// Merges the state in a [`GOSSIP`] message. Returns false if the message carries none for this
    /// field.
    fn receive(&self, body: Body<'_>) -> Result<bool>;
}

/// The gossip fields of one node. Each registers itself when it is built.
#[derive(Clone, Default)]
pub(crate) struct GossipFields(Rc<RefCell<Vec<Rc<dyn GossipField>>>>);

impl GossipFields {
    /// Registers a field.
    ///
    /// # Errors
    /// Returns error 13 if another field has the same key.
    pub(crate) fn add(&self, field: Rc<dyn GossipField>) -> Result<()> {
        let key = field.key();
        if self.0.borrow().iter().any(|other| other.key() == key) {
            return Err(Error::crash(format!(
                "two fields are gossiped under the key `{key}`: give one of them another `#[key]`"
            )));
        }
        self.0.borrow_mut().push(field);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(crate) fn start(&self) {
        for field in &*self.0.borrow() {
            Rc::clone(field).start();
        }
    }

    /// Passes a message to the fields whose state it carries. If the state of one of them can't be
    /// read, those before it have already merged theirs.
    ///
    /// # Errors
    /// Returns error 12 if a state can't be read, or the message carries none for these fields.
    pub(crate) fn receive(&self, body: Body<'_>) -> Result<()> {
        let fields = self.0.borrow();
        let mut is_known = false;
        for field in &*fields {
            is_known |= field.receive(body)?;
        }
        if is_known {
            return Ok(());
        }
        let keys: Vec<_> = fields.iter().map(|field| field.key()).collect();
        Err(Error::malformed_request(format!(
            "expected at least one of the fields {}",
            keys.join(", ")
        )))
    }
}
