//! Each test plants a fact in a run, and finds it at its place in the picture.

mod anomalies;
mod charts;
mod drawn;
mod messages;
