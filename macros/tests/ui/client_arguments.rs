//! A client call with arguments that the handler does not have.

use mael::prelude::*;

#[node]
struct X {
    peers: Peers<X>,
}

#[handlers]
impl X {
    #[handler]
    fn add(&self, delta: u64) {
        let _ = delta;
    }

    #[every(secs = 1)]
    async fn spread(&self) -> mael::Result<()> {
        for peer in &self.peers {
            peer.add("1").await?;
            peer.subtract(1).await?;
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
