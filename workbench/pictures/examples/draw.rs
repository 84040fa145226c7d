//! Draws the charts of a stored run, or of a history of Jepsen:
//! `cargo run -p mael-pictures --example draw -- FOLDER`. The files are written to the working
//! directory.

use std::error::Error;
use std::fs::{self, File};
use std::path::PathBuf;

use mael_history::{History, Value};
use mael_pictures::{Run, latency_quantiles, latency_raw, png, rate, timeline};
use serde::Deserialize;

/// The part of `test.json` that is drawn.
#[derive(Deserialize)]
struct Test {
    workload: String,
    nodes: Vec<String>,
    concurrency: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: draw FOLDER")?);
    let history = History::read(&folder.join("history.edn"))?;
    let results = fs::read_to_string(folder.join("results.edn"))?;
    let results = Value::from_edn(&results)?;
    let test: Test = serde_json::from_reader(File::open(folder.join("test.json"))?)?;
    let run = Run::new(
        &test.workload,
        &history,
        &results,
        &test.nodes,
        test.concurrency,
    );
    fs::write("timeline.html", timeline(&run))?;
    for (name, svg) in [
        ("latency-raw", latency_raw(&run)),
        ("latency-quantiles", latency_quantiles(&run)),
        ("rate", rate(&run)),
    ] {
        fs::write(format!("{name}.png"), png(&svg)?)?;
        fs::write(format!("{name}.svg"), svg)?;
    }
    Ok(())
}
