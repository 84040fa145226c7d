//! Virtual time: the `sim` command, what a seed decides, its faults, and what a failing run prints.

mod agreement;
mod chaos;
mod command;
mod determinism;
mod encoded;
mod exhaustive;
mod hazards;
mod replay;
mod shrink;
mod starts;
