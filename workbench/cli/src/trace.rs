//! `mael trace`: the operations, messages and faults of a stored run.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use mael_sim::Exit;
use mael_sim::command::bad;
use mael_sim::output::print_error;
use mael_sim::simulation::PROCESSING_DELAY;
use mael_sim::store::StoredFiles;
use mael_sim::trace::{Recorded, SelectedOperation, Selection, trace};

use crate::stored::{open, run_of};

const NOTES: &str = "Each line has the milliseconds since all nodes were initialized. Messages \
                     between servers are shown when they are sent, with the time until they \
                     arrive, or the reason why they don't. The requests and replies of clients, \
                     which operations show anyway, are only shown with --op, or if the receiver is \
                     down.";

#[derive(Args, Debug)]
#[command(args_override_self = true, after_help = NOTES)]
pub(super) struct Arguments {
    /// The run: its folder or its number, where 0 is the oldest run in store/ and -1 the newest
    #[arg(default_value = "-1", allow_negative_numbers = true)]
    run: String,

    /// Leave out what happens before this time, such as 3s, 250ms or 0.5
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Duration>,

    /// Leave out what happens after this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<Duration>,

    /// Show only what this node is asked, sends and receives, and its faults; can be repeated
    #[arg(long, value_name = "NODE")]
    node: Vec<String>,

    /// Show only the operation with this index in the history, faults, and the messages that follow
    /// from its request until it completes
    #[arg(long, value_name = "INDEX", conflicts_with = "node")]
    op: Option<usize>,
}

pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let files = open(&run_of(&arguments.run)?)?;
    let options = &files.test.options;
    if let Some(unknown) = arguments.node.iter().find(|it| !options.nodes.contains(it)) {
        let nodes = options.nodes.join(", ");
        return Err(bad(format!(
            "there is no node {unknown:?}: the nodes are {nodes}"
        )));
    }
    let selection = Selection {
        from: arguments.from.unwrap_or_default(),
        to: arguments.to,
        nodes: arguments.node.iter().cloned().collect(),
        operation: arguments
            .op
            .map(|index| operation(&files, index))
            .transpose()?,
        shows_indexes: true,
    };
    let origin = files.origin()?;
    let run = Recorded {
        options,
        processing_delay: files.test.program.is_none().then_some(PROCESSING_DELAY),
        origin,
        history: files.history()?,
        journal: files.journal()?,
    };
    let mut output = BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    let ending = trace(run, selection, |event| {
        written = writeln!(output, "{}", event.line(origin));
        if written.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    match written.and_then(|()| output.flush()) {
        // The reader, such as `head`, needs no more lines.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Exit::Valid),
        written => written.context("can't write the trace")?,
    }
    if ending.within_line {
        print_error("note: the journal ends within a line, which is left out");
    }
    if !files.has_ended() {
        print_error("note: the run has no results: it was killed, or it is still running");
    }
    Ok(Exit::Valid)
}

/// Finds an operation by the index of its invocation or completion.
fn operation(files: &StoredFiles, index: usize) -> anyhow::Result<SelectedOperation> {
    let found = SelectedOperation::find(files.history()?, index)?;
    found.ok_or_else(|| {
        let path = files.path.join("history.edn");
        bad(format!(
            "{} has no operation of a client with index {index}",
            path.display()
        ))
    })
}

/// Parses a time: a number of seconds, or one with the unit `s` or `ms`.
fn time(text: &str) -> Result<Duration, String> {
    let (number, per_second) = match text.strip_suffix("ms") {
        Some(millis) => (millis, 1e3),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.parse::<f64>().map(|number| number / per_second);
    let time = seconds.ok().map(Duration::try_from_secs_f64);
    time.and_then(Result::ok)
        .ok_or_else(|| "expected a time such as 3s, 250ms or 0.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_seconds_unless_it_has_a_unit() {
        let millis = |text| time(text).map(|time| time.as_millis()).ok();
        for (text, expected) in [
            ("3s", Some(3000)),
            ("250ms", Some(250)),
            ("0.5", Some(500)),
            ("1.5s", Some(1500)),
            ("-1", None),
            ("3m", None),
            ("inf", None),
            ("", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
