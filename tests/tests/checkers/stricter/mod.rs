//! Tests replies that do not match their requests: the verdict of Maelstrom on each, and the
//! findings of the stricter checks.
//!
//! A table in the documentation lists them. Each row is tested with a recorded history, in EDN and
//! in JSON, and with a node that sends the reply if a simulated client can receive it.

mod command;
mod histories;
mod no_findings;
mod nodes;
mod table;
