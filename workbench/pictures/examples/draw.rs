//! Draws the charts of a stored run, or of a history of Jepsen:
//! `cargo run -p mael-pictures --example draw -- FOLDER`. The files are written to the working
//! directory.

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mael_history::{History, Value};
use mael_pictures::{
    Messages, Pages, Run, latency_quantiles, latency_raw, messages, png, rate, timeline,
};
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
    let journal = || File::open(folder.join("net-journal.jsonl")).map(BufReader::new);
    let mut read = Messages::read(journal()?, Duration::ZERO)?;
    let pages = Pages::new(&run, &mut read, journal()?)?;
    for page in pages.iter() {
        if let Some(parent) = Path::new(&page.file).parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&page.file, messages(&run, &read, &page))?;
    }
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
