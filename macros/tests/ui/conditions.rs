//! Errors are reported whether or not the conditions hold.

use mael::prelude::*;

#[node]
struct Tuple(#[cfg(any())] Cell<u64>, NodeId);

#[node]
struct X;

#[handlers]
impl X {
    #[cfg_attr(not(windows), handler(type = "add", replies = "value"))]
    fn key(&self) {}

    #[handler]
    fn source(&self, #[cfg_attr(windows, source)] from: NodeId) {
        drop(from);
    }

    #[cfg_attr(unix, handler)]
    #[cfg_attr(test, handler)]
    fn twice(&self) {}

    #[handler]
    fn many(
        &self,
        #[cfg(unix)] _a: u64,
        #[cfg(windows)] _b: u64,
        #[cfg(test)] _c: u64,
        #[cfg(debug_assertions)] _d: u64,
        #[cfg(panic = "abort")] _e: u64,
    ) {
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
