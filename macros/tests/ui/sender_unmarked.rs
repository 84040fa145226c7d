//! A parameter `src: NodeId` requires `#[src]`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn receive(&self, src: NodeId, message: String) {
        let _ = (src, message);
    }

    #[handler]
    async fn learn(&self, message: String, _src: Option<mael::NodeId>) {
        drop(message);
    }

    #[handler]
    fn query(&self, #[serde(default)] src: NodeId) {
        drop(src);
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
