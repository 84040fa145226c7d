//! Fields of a node that have messages and a timer of their own.

use std::cell::RefCell;
use std::rc::Rc;

use crate::protocol::Body;
use crate::{Error, Result};

/// The type of the message that goes to the parts of a node.
pub(crate) const GOSSIP: &str = "gossip";

/// What a field keeps for the node loop.
pub(crate) trait Part {
    /// The field of a message in which this part is told something.
    fn key(&self) -> &'static str;

    /// Starts its timer, after `init` is answered.
    fn start(self: Rc<Self>);

    /// Takes a message of type [`GOSSIP`]. False if it has nothing for this part.
    fn gossip(&self, body: Body<'_>) -> Result<bool>;
}

/// The parts of one node, which its fields become as they are built.
#[derive(Clone, Default)]
pub(crate) struct Parts(Rc<RefCell<Vec<Rc<dyn Part>>>>);

impl Parts {
    /// Adds a part.
    ///
    /// # Errors
    /// Code 13 when another is told things in the same field of a message.
    pub(crate) fn add(&self, part: Rc<dyn Part>) -> Result<()> {
        let key = part.key();
        if self.0.borrow().iter().any(|other| other.key() == key) {
            return Err(Error::crash(format!(
                "two fields are gossiped under the key `{key}`: give one another `#[key]`"
            )));
        }
        self.0.borrow_mut().push(part);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(crate) fn start(&self) {
        for part in &*self.0.borrow() {
            Rc::clone(part).start();
        }
    }

    /// Gives a message to the parts that it has something for. If it does not fit one of them, the
    /// others may have taken theirs.
    ///
    /// # Errors
    /// Code 12 when it does not fit, or is for none of them.
    pub(crate) fn gossip(&self, body: Body<'_>) -> Result<()> {
        let parts = self.0.borrow();
        let mut is_known = false;
        for part in &*parts {
            is_known |= part.gossip(body)?;
        }
        if is_known {
            return Ok(());
        }
        let keys: Vec<_> = parts.iter().map(|part| part.key()).collect();
        Err(Error::malformed_request(format!(
            "it has none of the fields {}",
            keys.join(", ")
        )))
    }
}
