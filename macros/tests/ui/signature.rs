//! Unsupported signatures of handlers.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler(type = "generic")]
    fn generic<T: Default>(&self) {
        T::default();
    }

    #[handler(type = "bounded")]
    fn bounded(&self)
    where
        Self: Sized,
    {
    }

    #[handler(type = "danger")]
    unsafe fn danger(&self) {}

    #[handler(type = "foreign")]
    extern "C" fn foreign(&self) {}

    #[handler(type = "constant")]
    const fn constant(&self) {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
