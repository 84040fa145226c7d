//! The `mael` command: subcommands and exit statuses.

mod analyze;
mod bench;
mod bin;
mod cargo;
mod check;
mod check_flags;
mod checked;
mod demo;
mod doc;
mod explain;
mod glomers;
mod histories;
mod install;
mod lines;
mod new;
mod next;
mod outputs;
pub mod real;
mod real_run;
mod report;
#[cfg(feature = "serve")]
mod serve;
mod stored;
mod test;
mod trace;
mod watched;

pub use bench::Bench;
pub use cargo::{Profile, build_binaries};
pub use explain::is_explained;

/// Returns the `mael` command. Your own workloads and nodes can be added.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     mael_workbench::main().run()
/// }
/// ```
pub fn main() -> Bench {
    Bench::new()
}
