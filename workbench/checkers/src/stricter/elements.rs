//! Elements that a read of a set should not contain.

use mael_history::{Operation, Value};

use super::Stricter;

/// An element that a read contains although the set can't have it.
pub(crate) struct Unexpected<'a> {
    pub(crate) read: &'a Operation,
    pub(crate) element: &'a Value,
    pub(crate) why: Why,
}

/// Why a read should not contain an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The read contains it more than once.
    Repeated,
    /// It was never added.
    NeverAdded,
    /// Its addition was invoked only after the read had completed.
    AddedLater,
    /// Its addition failed.
    Failed,
}

impl Unexpected<'_> {
    /// Adds the finding to `stricter`; `add` is the name of the operation that adds elements.
    pub(crate) fn find(&self, add: &str, stricter: &mut Stricter) {
        let element = self.element;
        let name = match self.why {
            Why::Repeated => "duplicate-elements",
            Why::NeverAdded => "garbage-read",
            Why::AddedLater => "future-read",
            Why::Failed => "G1a",
        };
        stricter.add(name, self.read, || {
            let text = match self.why {
                Why::Repeated => format!("read {element} more than once"),
                Why::NeverAdded => format!("read {element}, which no {add} added"),
                Why::AddedLater => format!("read {element} before its {add} was invoked"),
                Why::Failed => format!("read {element}, whose {add} failed"),
            };
            (vec![("element", element.clone())], text)
        });
    }
}
