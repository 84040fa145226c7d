//! The command-line flags of a node's program.

use std::ops::Deref;

use clap::Parser;
use clap::error::ErrorKind;

use super::environment::{Environment, StartupError};
use super::field::Field;
use super::init::{FromInit, Init};
use crate::{Error, Result};

/// The command-line flags of the node's program, parsed by clap. Dereferences to `T`.
///
/// A field of this type is set from the program's arguments. They are parsed before any message is
/// read, so that the program exits at once for `--help` and invalid flags.
///
/// ```
/// use mael::prelude::*;
/// use mael::{Flags, clap};
///
/// /// Echoes requests, several times.
/// #[derive(clap::Parser)]
/// struct Options {
///     /// How many times to repeat the text
///     #[arg(long, default_value_t = 1)]
///     times: usize,
/// }
///
/// #[node]
/// struct Echo {
///     flags: Flags<Options>,
/// }
///
/// #[handlers]
/// impl Echo {
///     #[handler(type = "echo", reply = "echo")]
///     fn echo(&self, echo: String) -> String {
///         echo.repeat(self.flags.times)
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flags<T>(T);

impl<T> Deref for Flags<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

fn parse<T: Parser>(environment: &Environment) -> Result<T, clap::Error> {
    // Clap expects the program's name first.
    let name = T::command().get_name().to_owned();
    T::try_parse_from(std::iter::once(name.into()).chain(environment.args.iter().cloned()))
}

impl<T: Parser> FromInit for Flags<T> {
    fn check_args(environment: &Environment) -> Result<(), StartupError> {
        let Err(error) = parse::<T>(environment) else {
            return Ok(());
        };
        let is_help = matches!(
            error.kind(),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
        );
        Err(StartupError {
            text: error.to_string(),
            status: if is_help { 0 } else { 2 },
        })
    }

    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        let flags = parse(init.environment()).map_err(|error| Error::crash(error.to_string()))?;
        Ok(Self(flags))
    }
}
