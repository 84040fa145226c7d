//! The lock as a node uses it, under faults and by the clock, in virtual time.

mod account;
mod calls;
mod chain;
mod exhaustive;
mod fairness;
mod hardships;
mod holders;
mod limits;
mod lists;
mod logs;
mod map;
mod script;
mod sharing;
mod takeover;
mod unprotected;
mod values;
