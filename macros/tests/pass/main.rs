//! Nodes in every form that the macros take compile without a warning: each module denies them.

#![allow(
    clippy::all,
    reason = "a user may write what clippy would have written in another way"
)]

pub mod aliases;
pub mod conditions;
pub mod handlers;
pub mod hostile;
pub mod language;
pub mod no_prelude;
pub mod private;
pub mod shared_self;
pub mod structs;

#[test]
fn every_form_of_a_node_compiles_without_a_warning() {
    aliases::check();
    conditions::check();
    handlers::check();
    hostile::check();
    language::check();
    no_prelude::check();
    private::check();
    shared_self::check();
    structs::check();
}
