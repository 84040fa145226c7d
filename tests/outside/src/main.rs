//! The program of the node, for Maelstrom or for `cargo mael test -w g-set --bin`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mael::run::<guestbook::Guestbook>()
}
