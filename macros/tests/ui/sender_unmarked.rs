//! A parameter `src: NodeId` requires `#[src]`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn hear(&self, src: NodeId, rumour: String) {
        let _ = (src, rumour);
    }

    #[handler]
    async fn see(&self, rumour: String, _src: Option<mael::NodeId>) {
        drop(rumour);
    }

    #[handler]
    fn ask(&self, #[serde(default)] src: NodeId) {
        drop(src);
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
