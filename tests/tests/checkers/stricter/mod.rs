//! Replies that do not answer their requests: what the original says of each, and what the stricter
//! checks find.
//!
//! The table of the documentation lists them. Each of its rows is tested here: by a recorded
//! history, in EDN and in JSON, and where a simulated client can receive the reply, by a node that
//! sends it.

mod command;
mod histories;
mod nodes;
mod right;
mod table;
