//! A deterministic node, and some that are not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mael::prelude::*;

node! {
    Deterministic,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        let received: BTreeSet<String> = self.received.borrow().iter().cloned().collect();
        received.iter().for_each(|text| self.send_to_peers(text));
        let millis = mael::random::range(0..100);
        mael::time::sleep(Duration::from_millis(millis)).await;
        self.send_to_peers(mael::time::now().as_nanos());
        self.answer(echo)
    }
}

node! {
    Hashed,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        self.received.borrow().iter().for_each(|text| self.send_to_peers(text));
        self.send_to_peers(&echo);
        self.answer(echo)
    }
}

node! {
    Dated,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        self.send_to_peers(since.unwrap_or_default().as_nanos());
        self.answer(echo)
    }
}

static ECHOES: AtomicU64 = AtomicU64::new(0);

node! {
    Sharing,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        self.send_to_peers(ECHOES.fetch_add(1, Ordering::Relaxed));
        self.answer(echo)
    }
}
