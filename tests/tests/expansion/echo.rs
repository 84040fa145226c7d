//! One handler.

use mael::prelude::*;

/// Says what it is told.
#[node]
pub struct Echo;

#[handlers]
impl Echo {
    /// Says what it is told.
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }
}
