//! The `mael` command with a workload and a node of this crate:
//! `cargo run --example bench -- test -w signatures --bin PROGRAM`, where the program is a node in
//! any language, and `cargo run --example bench -- sim guestbook --seeds 1000`.

mod signatures;

use std::process::ExitCode;

fn main() -> ExitCode {
    mael_workbench::main()
        .workload::<signatures::Signatures>()
        .node::<guestbook::Guestbook>("guestbook")
        .run()
}
