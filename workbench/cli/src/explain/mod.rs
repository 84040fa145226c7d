//! `mael explain`: what an anomaly means, and a minimal history that has it.

mod page;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use clap::Args;
use mael_checkers::named_anomalies;
use mael_history::text::unknown;
use mael_sim::Exit;
use mael_sim::command::bad;
use mael_sim::output::print;

use page::{PAGES, Page};

/// The page of all anomalies whose names have this suffix, after the name of a model.
const CYCLE_EXISTS: &str = "cycle-exists";

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The name of the anomaly, as in a report. Without it, all anomalies are listed
    anomaly: Option<String>,

    /// Print only the minimal history, as EDN that `mael check` reads
    #[arg(long, requires = "anomaly")]
    history: bool,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(name) = &arguments.anomaly else {
        print(&list());
        return Ok(Exit::Valid);
    };
    let (name, page) = find(name).map_err(bad)?;
    if !arguments.history {
        print(&page.explain(name));
        return Ok(Exit::Valid);
    }
    let history = page.history();
    let history = history.ok_or_else(|| bad(format!("{name} has no minimal history")))?;
    print(history.edn);
    Ok(Exit::Valid)
}

/// Whether `mael explain` has a page on an anomaly.
pub fn is_explained(anomaly: &str) -> bool {
    find(anomaly).is_ok()
}

/// Returns all anomalies, with a line each.
fn list() -> String {
    let width = PAGES.iter().map(|page| page.name.len()).max().unwrap_or(0);
    let lines = PAGES
        .iter()
        .map(|page| format!("{:width$}  {}", page.name, page.summary()));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the name and the page of an anomaly.
///
/// # Errors
/// Returns an error that suggests a similar name if there is no such anomaly.
fn find(anomaly: &str) -> Result<(&'static str, &'static Page), String> {
    let pages = pages();
    let found = pages.get_key_value(anomaly);
    found.map(|(name, page)| (*name, *page)).ok_or_else(|| {
        let names: Vec<&str> = pages.keys().copied().collect();
        unknown("anomaly", anomaly, &names)
    })
}

/// Returns the page of each anomaly, by name.
fn pages() -> BTreeMap<&'static str, &'static Page> {
    let own = PAGES.iter().map(|page| (page.name, page));
    let cycles = PAGES.iter().find(|page| page.name == CYCLE_EXISTS);
    let models = named_anomalies().into_iter();
    let models = models.filter(|name| name.ends_with(CYCLE_EXISTS));
    own.chain(models.zip(cycles.into_iter().cycle())).collect()
}
