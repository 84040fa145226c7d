//! Elements that a read of a set should not show.

use mael_history::{Operation, Value};

use super::Stricter;

/// An element in a read where the set could not have it.
pub(crate) struct Unexpected<'a> {
    pub(crate) read: &'a Operation,
    pub(crate) element: &'a Value,
    pub(crate) why: Why,
}

/// Why a set could not have an element, or not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The read shows it more than once.
    Repeated,
    /// It was never added.
    NeverAdded,
    /// Its addition began only after the read had ended.
    AddedLater,
    /// Its addition failed, and so had no effect.
    Failed,
}

impl Unexpected<'_> {
    /// Adds the finding, of a set to which `add` adds.
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
                Why::NeverAdded => format!("read {element}, for which there was no {add}"),
                Why::AddedLater => format!("read {element} before its {add} began"),
                Why::Failed => format!("read {element}, whose {add} failed"),
            };
            (vec![("element", element.clone())], text)
        });
    }
}
