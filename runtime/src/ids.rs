//! Names that are given once.

use std::cell::Cell;

use crate::node::{Field, FromInit, Init};
use crate::{Result, random};

/// Makes names that no other call makes, on any node, in any start of it.
///
/// A name reads `n1-<nonce>-<count>`. The node's id keeps the names of different nodes apart, the
/// count those of one start of a node, without a word between nodes. The nonce keeps the starts
/// apart, since the count is in memory: 64 random bits, drawn when the node starts. Two starts of one
/// node clash only if they draw the same bits: with a million starts of one node the chance is below
/// 3 in 10⁸ (n² / 2⁶⁵).
///
/// As a field of a node it is filled in when the node starts. Clones would repeat each other, so
/// there are none.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Inbox {
///     ids: Ids,
///     mails: RefCell<BTreeMap<String, String>>,
/// }
///
/// #[handlers]
/// impl Inbox {
///     /// Keeps a text under a name of its own.
///     #[handler(reply = "id")]
///     fn put(&self, text: String) -> String {
///         let id = self.ids.next();
///         self.mails.borrow_mut().insert(id.clone(), text);
///         id
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Ids {
    /// What the names of this start of this node begin with.
    prefix: String,
    count: Cell<u64>,
}

impl Ids {
    /// A name that is given to nobody else.
    pub fn next(&self) -> String {
        let count = self.count.replace(self.count.get() + 1);
        format!("{}-{count}", self.prefix)
    }
}

impl FromInit for Ids {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(Self {
            prefix: format!("{}-{:016x}", init.node_id, random::u64()),
            count: Cell::new(0),
        })
    }
}
