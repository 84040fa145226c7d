//! A handler with an error can still be called through the client.

use mael::prelude::*;

#[node]
struct X {
    peers: Peers<X>,
}

#[handlers]
impl X {
    #[handler(kind = "add")]
    fn add(&self, delta: u64) {
        let _ = delta;
    }

    #[handler(reply = "value")]
    fn read(&self) -> mael::Result<u64> {
        Ok(0)
    }

    #[handler(oneway)]
    fn gossip(&self, #[src] from: NodeId, text: String) {
        let _ = (from, text);
    }

    #[every(secs = 1)]
    async fn spread(&self) -> mael::Result<()> {
        for peer in &self.peers {
            let value: u64 = peer.read().await?;
            peer.add(value).retry().await?;
            peer.gossip(peer.id().to_string()).send();
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
