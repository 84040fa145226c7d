//! Draws a stored run again, for example to compare pictures of different versions:
//! `cargo run --release -p mael-pictures --example draw -- FOLDER`. The files are written to the
//! working directory, and the time that drawing took is printed.

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mael_history::{History, Value};
use mael_pictures::{
    Messages, Pages, Run, anomaly_pictures, latency_quantiles, latency_raw, lost_element, messages,
    png, rate, timeline,
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
    let open = || File::open(folder.join("net-journal.jsonl"));
    let journal = || open().map(|file| BufReader::with_capacity(1 << 20, file));

    let started = Instant::now();
    let clients = test.concurrency;
    let run = Run::new(&test.workload, &history, &results, &test.nodes, clients);
    for (name, svg) in [
        ("latency-raw", latency_raw(&run)),
        ("latency-quantiles", latency_quantiles(&run)),
        ("rate", rate(&run)),
    ] {
        fs::write(format!("{name}.png"), png(&svg)?)?;
        fs::write(format!("{name}.svg"), svg)?;
    }
    fs::write("timeline.html", timeline(&run))?;
    // The origin of the history's clock is not stored.
    let origin = Duration::ZERO;
    let mut read = Messages::read(journal()?, origin)?;
    let pages = Pages::new(&run, &mut read, journal()?)?;
    for page in pages.iter() {
        if let Some(parent) = Path::new(&page.file).parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&page.file, messages(&run, &read, &page))?;
    }
    let carriers = match lost_element(&run) {
        Some(element) => Messages::carrying(element, journal()?, origin)?,
        None => Messages::default(),
    };
    for (number, picture) in anomaly_pictures(&run, &[], &carriers).iter().enumerate() {
        fs::write(format!("anomaly-{number}.svg"), &picture.svg)?;
    }
    println!("drawn in {:.3} s", started.elapsed().as_secs_f64());
    Ok(())
}
