//! Tests the challenges under every fault that they are designed to survive, under a foreign bench,
//! and with the official flags.

mod foreign;
mod marks;
mod messages;
mod official;
mod raft;
mod samples;
mod under_faults;
