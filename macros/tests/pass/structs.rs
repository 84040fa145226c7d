//! Nodes are structs of any form.

#![deny(warnings, missing_docs)]

use mael::prelude::*;

/// Named fields.
#[node]
pub struct Named {
    id: NodeId,
    nodes: Nodes,
    r#ref: Cell<Option<u64>>,
    #[cfg(any())]
    absent: std::fs::File,
}

/// The name of a field is its index.
#[node]
pub struct Tuple(NodeId, pub RefCell<BTreeMap<String, u64>>);

/// No fields.
#[node]
pub struct Unit;

/// Braces without fields.
#[node]
pub struct Empty {}

#[handlers]
impl Named {
    #[handler(type = "names", reply = "names")]
    fn names(&self) -> Vec<NodeId> {
        self.r#ref.set(None);
        self.nodes
            .iter()
            .cloned()
            .chain([self.id.clone()])
            .collect()
    }
}

#[handlers]
impl Tuple {
    #[handler(type = "write")]
    fn write(&self, key: String, value: u64) {
        self.1.borrow_mut().insert(key + &self.0, value);
    }
}

#[handlers]
impl Unit {
    #[handler(type = "nothing")]
    fn nothing(&self) {}
}

#[handlers]
impl Empty {
    #[handler(type = "nothing")]
    fn nothing(&self) {}
}

pub(super) fn check() {
    // Not called, because these functions would wait for messages.
    let _ = [
        mael::run::<Named>,
        mael::run::<Tuple>,
        mael::run::<Unit>,
        mael::run::<Empty>,
    ];
}
