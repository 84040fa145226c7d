//! Charts over time: latencies and rates.

mod frame;
mod latency;
mod rate;

pub use latency::{latency_quantiles, latency_raw};
pub use rate::rate;
