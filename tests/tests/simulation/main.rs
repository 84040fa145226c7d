//! Tests simulations in virtual time: the `sim` command, determinism, faults, and the reports of
//! failing runs.

mod agreement;
mod chaos;
mod command;
mod determinism;
mod encoded;
mod exhaustive;
mod hazards;
mod recorded;
mod replay;
mod shrink;
mod starts;
mod trace;
