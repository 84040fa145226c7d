//! Tests how a node processes messages: its input and output, its handlers, and its calls.

mod calls;
mod language;
mod node_loop;
mod program;
mod replies;
