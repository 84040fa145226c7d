//! A handler with a `#[body]` has no other fields.

use mael::prelude::*;

#[mael::message]
struct Entry {
    offset: u64,
}

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn more(&self, #[body] entry: Entry, #[src] from: NodeId, key: String) {
        let _ = (entry.offset, from, key);
    }

    #[handler]
    fn two(&self, #[body] entry: Entry, #[body] second: Entry) {
        let _ = (entry, second);
    }

    #[handler]
    fn sender(&self, #[src] #[body] entry: NodeId) {
        let _ = entry;
    }

    #[handler]
    fn renamed(&self, #[body] #[serde(rename = "entry")] entry: Entry) {
        let _ = entry;
    }

    #[handler]
    fn renamed_sender(&self, #[src] #[serde(default)] from: NodeId) {
        let _ = from;
    }

    #[handler]
    fn borrowed(&self, #[body] entry: &Entry) {
        let _ = entry;
    }

    #[handler]
    fn pattern(&self, #[body] Entry { offset }: Entry) {
        let _ = offset;
    }

    fn helper(&self, #[body] entry: Entry) {
        let _ = entry;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
