//! What a node does with messages: on its wire, in its handlers, and in its calls.

mod calls;
mod language;
mod node_loop;
mod program;
mod replies;
