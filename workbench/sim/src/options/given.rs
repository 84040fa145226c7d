//! Options given as flags.

use std::ffi::OsString;
use std::marker::PhantomData;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Map, Value};

use super::Options;
use super::flags::{text_of, to_map};
use super::nodes::NodeFlags;

/// Selects the options for which a command has flags.
pub trait Fields {
    /// Whether the command has the flag with this name.
    fn include(flag: &str) -> bool;
}

/// All options of a test.
#[derive(Clone, Copy, Debug)]
pub struct All;

impl Fields for All {
    fn include(flag: &str) -> bool {
        // It describes recorded histories. The clients of tests don't subscribe.
        flag != "sub-via"
    }
}

/// The options whose flags were given, which override those of other options. Therefore, each
/// command can have its own defaults.
#[derive(Clone, Debug)]
pub struct Given<F = All> {
    values: Map<String, Value>,
    fields: PhantomData<F>,
}

impl<F: Fields> Given<F> {
    /// Reads flags, such as `--rate 10 --nemesis kill`.
    ///
    /// # Errors
    /// Returns an error if a flag is unknown, or its value can't be parsed.
    pub fn parse(
        words: impl IntoIterator<Item: Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let flags = Self::augment_args(Command::new("flags").no_binary_name(true));
        Self::from_arg_matches(&flags.try_get_matches_from(words)?)
    }

    /// Overrides options with those that were given.
    ///
    /// # Errors
    /// Returns an error if the value of an option is invalid. The message lists valid values.
    pub fn over(&self, options: &Options) -> Result<Options, String> {
        let mut values = to_map(options);
        values.extend(self.values.clone());
        let options = serde_json::from_value::<Options>(values.into());
        let options = options.map_err(|error| error.to_string())?;
        options.validate()?;
        Ok(options)
    }
}

impl<F: Fields> Args for Given<F> {
    fn augment_args(command: Command) -> Command {
        let command = command
            .args_override_self(true)
            .allow_negative_numbers(true);
        let command = if F::include("nodes") {
            NodeFlags::augment_args(command)
        } else {
            command
        };
        command
            .args(declared().filter(|flag| flag.get_long().is_some_and(F::include)))
            .next_help_heading(None)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<F: Fields> FromArgMatches for Given<F> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut values = values_of::<F>(matches)?;
        if F::include("nodes") {
            let invalid = |reason| clap::Error::raw(ErrorKind::ValueValidation, reason);
            let names = NodeFlags::from_arg_matches(matches)?.names();
            let names = names.map_err(invalid)?;
            if !names.is_empty() {
                values.insert("nodes".to_owned(), names.into());
            }
        }
        Ok(Self {
            values,
            fields: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Returns the values of the flags that were given, by name.
fn values_of<F: Fields>(matches: &ArgMatches) -> Result<Map<String, Value>, clap::Error> {
    let mut words = Vec::new();
    let mut given = Vec::new();
    for flag in declared() {
        let Some(name) = flag.get_long().filter(|name| F::include(name)) else {
            continue;
        };
        let id = flag.get_id().as_str();
        if matches.value_source(id) == Some(ValueSource::CommandLine) {
            let mut word = OsString::from(format!("--{name}="));
            word.extend(matches.get_raw(id).into_iter().flatten());
            words.push(word);
            given.push(name.to_owned());
        }
    }
    // All flags are needed to create options. Flags that this command lacks get their defaults.
    let all = Command::new("options")
        .no_binary_name(true)
        .args(declared());
    let options = Options::from_arg_matches(&all.try_get_matches_from(words)?)?;
    let mut values = to_map(&options);
    values.retain(|name, _| given.contains(name));
    Ok(values)
}

/// Returns the flags of all options except node names, with their defaults.
fn declared() -> impl Iterator<Item = Arg> {
    let defaults = to_map(&Options::default());
    let flags = Options::augment_args(Command::new("options"));
    let flags: Vec<Arg> = flags.get_arguments().cloned().collect();
    flags.into_iter().map(move |flag| {
        let default = flag.get_long().and_then(|name| defaults.get(name));
        // Commands determine the order of their flags.
        let flag = flag.display_order(None);
        match default {
            Some(default) => with_default(flag, default),
            None => flag,
        }
    })
}

fn with_default(flag: Arg, default: &Value) -> Arg {
    let flag = match default {
        Value::Bool(_) => flag
            .action(ArgAction::Set)
            .value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .hide_possible_values(true),
        _ => flag,
    };
    let Some(text) = text_of(default) else {
        return flag;
    };
    let says_nothing = text.is_empty() || text == "false";
    let hidden = flag.is_hide_default_value_set() || says_nothing;
    flag.required(false)
        .default_value(text)
        .hide_default_value(hidden)
}
