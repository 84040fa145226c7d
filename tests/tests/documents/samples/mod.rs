//! The programs that the guide shows, each with a simulation of its node.
#![allow(
    dead_code,
    reason = "nothing calls the `main` of a program that is a module"
)]

mod batches;
mod counter;
mod echo;
mod gossip;
mod lock;
mod logging;
mod unit_test;
