//! One node that repeats itself, and some that don't.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mael::prelude::*;

node! {
    Orderly,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        let heard: BTreeSet<String> = self.heard.borrow().iter().cloned().collect();
        heard.iter().for_each(|text| self.tell(text));
        let millis = mael::random::range(0..100);
        mael::time::sleep(Duration::from_millis(millis)).await;
        self.tell(mael::time::now().as_nanos());
        self.answer(echo)
    }
}

node! {
    Hashed,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        self.heard.borrow().iter().for_each(|text| self.tell(text));
        self.tell(&echo);
        self.answer(echo)
    }
}

node! {
    Dated,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        self.tell(since.unwrap_or_default().as_nanos());
        self.answer(echo)
    }
}

static ECHOES: AtomicU64 = AtomicU64::new(0);

node! {
    Sharing,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        self.tell(ECHOES.fetch_add(1, Ordering::Relaxed));
        self.answer(echo)
    }
}
