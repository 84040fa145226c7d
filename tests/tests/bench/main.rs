//! Tests the `mael` command: its flags, real processes, reports, and stored runs.

mod command_line;
mod doc;
mod hints;
mod processes;
mod serve;
mod store;
