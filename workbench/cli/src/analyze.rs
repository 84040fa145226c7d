//! `mael analyze`: checks a stored run again.

use std::path::Path;
use std::time::Duration;

use clap::{Args, Parser};
use mael_sim::command::TestArgs;
use mael_sim::command::args::{CheckerMemory, Strict, Versions, bad};
use mael_sim::engine::Record;
use mael_sim::output::print;
use mael_sim::{Exit, judge, workloads};

use crate::stored::{Stored, folder};

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The run: its folder, or its number: 0 is the oldest of all in store/, -1 the newest
    #[arg(
        short = 't',
        long,
        value_name = "TEST",
        default_value = "-1",
        allow_hyphen_values = true
    )]
    test: String,

    #[command(flatten)]
    versions: Versions,

    #[command(flatten)]
    strict: Strict,

    #[command(flatten)]
    checker_memory: CheckerMemory,
}

/// The flags of a stored run, parsed like those of `mael test`.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    test: TestArgs,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let stored = match arguments.test.parse() {
        Ok(number) => Stored::read(&folder(number)?)?,
        Err(_) => Stored::read(Path::new(&arguments.test))?,
    };
    let workload = workloads::by_name(&stored.test.workload).map_err(bad)?;
    let flags = std::iter::once("mael").chain(stored.test.flags.iter().map(String::as_str));
    let flags = Flags::try_parse_from(flags)?;
    let mut test = flags.test.to_test(stored.test.seed)?;
    test.strict = arguments.strict.or(false);
    test.options.versions = arguments.versions.or(test.options.versions);
    test.options.checker_memory = arguments.checker_memory.bytes();
    let results = judge::check(&test, &*workload, &stored.history, &stored.net);
    let results = match &stored.panics {
        Some(panics) => results.with_stored_panics(panics.clone()),
        None => results,
    };
    let results = match &stored.error {
        Some(error) => results.broken_off(error),
        None => results,
    };
    stored.write_results(&results)?;
    let took = stored.history.0.last().map_or(0, |last| last.time);
    let path = stored.path.display().to_string();
    let record = Record {
        history: stored.history,
        net: stored.net,
        took: Duration::from_nanos(took),
        ..Record::default()
    };
    print(&mael_sim::report::summary(&record, &results));
    print(&format!("seed: {}, store: {path}", stored.test.seed));
    if let Some(error) = stored.error {
        print(&format!(
            "The run was broken off: {error}. What it recorded until then is judged above."
        ));
        return Ok(Exit::Failed);
    }
    print(&mael_sim::report::verdict_line(&record, &results));
    Ok(Exit::of(&record, &results))
}
