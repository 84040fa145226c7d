//! `.await` requires an `async fn`.

use mael::prelude::*;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn wait(&self) {
        mael::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
