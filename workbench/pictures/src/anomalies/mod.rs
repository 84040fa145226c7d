//! Anomalies: the operations that they concern, and their pictures.

mod concerned;

pub(crate) use concerned::concerned;
