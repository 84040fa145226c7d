//! Nodes in every supported form compile without warnings, which each module denies.

#![allow(clippy::all, reason = "user code is not required to satisfy clippy")]

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
fn every_form_of_node_compiles_without_warnings() {
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
