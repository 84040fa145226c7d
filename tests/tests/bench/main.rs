//! The `mael` command: its flags, real processes, reports, and what it stores.

mod command_line;
mod doc;
mod hints;
mod processes;
mod serve;
mod store;
