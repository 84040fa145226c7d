//! Tests of the lock through nodes that use it, under faults and with exact timing, in virtual
//! time.

mod calls;
mod chain;
mod exhaustive;
mod fairness;
mod faults;
mod holders;
mod limits;
mod lists;
mod log_history;
mod logs;
mod map;
mod schedule;
mod sharing;
mod takeover;
mod unprotected;
mod values;
