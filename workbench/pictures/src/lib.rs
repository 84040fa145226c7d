//! Pictures of recorded runs: charts of latencies and rates, a timeline, Lamport diagrams,
//! anomalies, and a report that contains them all.
//!
//! All functions are pure: they return SVG, PNG or HTML, and neither read nor write files. Texts of
//! a run never become markup, whatever a node wrote.

mod anomalies;
mod calls;
mod charts;
mod faults;
mod page;
mod png;
mod run;
mod scale;
mod svg;
mod text;
mod timeline;

pub use charts::{latency_quantiles, latency_raw, rate};
pub use png::png;
pub use run::Run;
pub use timeline::timeline;
