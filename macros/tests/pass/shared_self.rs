//! A task that shares the node with the handler that spawns it.

#![deny(warnings)]

use mael::prelude::*;
use mael::time::{Duration, sleep};

#[node]
struct Shared {
    count: Cell<u64>,
}

#[handlers]
impl Shared {
    #[init]
    async fn start(self: &Rc<Self>) {
        self.begin();
    }

    #[handler]
    fn count(self: &Rc<Self>) {
        self.begin();
    }

    #[handler(reply = "value")]
    async fn count_later(self: &std::rc::Rc<Self>) -> mael::Result<u64> {
        self.begin();
        Ok(self.count.get())
    }

    #[every(secs = 1)]
    fn tick(self: &Rc<Self>) {
        self.begin();
    }

    #[task]
    async fn run(self: &Rc<Self>) {
        self.begin();
    }
}

impl Shared {
    fn begin(self: &Rc<Self>) {
        let node = Rc::clone(self);
        mael::spawn(async move { node.work().await });
    }

    async fn work(&self) {
        sleep(Duration::from_millis(1)).await;
        self.count.set(self.count.get() + 1);
    }
}

pub(super) fn check() {
    let _ = mael::run::<Shared>;
}
