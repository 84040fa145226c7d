//! A node is a struct of any shape.

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

/// A field's name is its index.
#[node]
pub struct Tuple(NodeId, pub RefCell<BTreeMap<String, u64>>);

/// Nothing to build.
#[node]
pub struct Unit;

/// Braces, and nothing to build.
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
    // Named, not called: they would wait for messages.
    let _ = [
        mael::run::<Named>,
        mael::run::<Tuple>,
        mael::run::<Unit>,
        mael::run::<Empty>,
    ];
}
