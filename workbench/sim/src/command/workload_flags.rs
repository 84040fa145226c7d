//! The flags of declared workloads.

use std::collections::BTreeMap;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use crate::declared::FlagType;

/// Adds the flags of workloads to a command. A flag of several workloads is added once.
///
/// # Errors
/// Returns an error if the command already has a flag with this name.
pub fn with_workload_flags<'a>(
    command: Command,
    flags: impl Iterator<Item = (&'a str, &'a FlagType)>,
) -> Result<Command, String> {
    let mut by_name = BTreeMap::<&str, Vec<(&str, &FlagType)>>::new();
    for (workload, flag) in flags {
        by_name.entry(flag.name).or_default().push((workload, flag));
    }
    let mut command = command;
    for (name, flags) in by_name {
        if command
            .get_arguments()
            .any(|it| it.get_long() == Some(name))
        {
            return Err(format!(
                "the workload {} has a flag --{name}, which is one of the command; rename the field",
                flags[0].0
            ));
        }
        let help = flags.iter().map(|(workload, flag)| {
            let doc = flag.doc.trim_end_matches('.').replace('\n', " ");
            format!("{doc} ({workload}) [default: {}]", flag.value)
        });
        let help: Vec<String> = help.collect();
        let arg = Arg::new(id(name))
            .long(name.to_owned())
            .value_name("VALUE")
            .help_heading("Workload")
            .help(help.join("; "));
        command = command.arg(arg);
    }
    Ok(command)
}

/// Returns the flags of workloads that were given on the command line, by name.
pub fn given_workload_flags<'a>(
    matches: &ArgMatches,
    flags: impl Iterator<Item = (&'a str, &'a FlagType)>,
) -> BTreeMap<String, String> {
    let given = flags.filter_map(|(_, flag)| {
        let id = id(flag.name);
        if matches.value_source(&id) != Some(ValueSource::CommandLine) {
            return None;
        }
        let text = matches.get_one::<String>(&id)?;
        Some((flag.name.to_owned(), text.clone()))
    });
    given.collect()
}

/// Returns an ID for a flag's argument that no other argument has.
fn id(flag: &str) -> String {
    format!("workload --{flag}")
}
