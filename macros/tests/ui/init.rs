//! Invalid uses of `#[init]`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn read(&self) {}

    #[init]
    fn first(&self) {}

    #[init]
    fn second(&self) {}

    #[init]
    fn third(&self, key: String) -> u64 {
        let _ = key;
        0
    }

    #[init(later)]
    fn fourth() {}
}

fn main() -> ExitCode {
    mael::run::<X>()
}
