//! Pictures of recorded runs: charts of latencies and rates, a timeline, Lamport diagrams,
//! anomalies, and a report that contains them all.
//!
//! All functions are pure: they return SVG, PNG or HTML, and neither read nor write files. Texts of
//! a run never become markup, whatever a node wrote.

mod anomalies;
mod calls;
mod charts;
mod faults;
mod messages;
mod page;
mod raster;
mod report;
mod run;
mod scale;
mod svg;
mod text;
mod timeline;

pub use anomalies::{AnomalyPicture, anomaly_pictures, lost_element};
pub use charts::{latency_quantiles, latency_raw, rate};
pub use messages::{Messages, Page, Pages, messages, minimal_run};
pub use raster::png;
pub use report::{Report, checkers, report};
pub use run::Run;
pub use text::to_xml;
pub use timeline::timeline;
