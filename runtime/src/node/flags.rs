//! A node program's own flags.

use std::ops::Deref;

use clap::Parser;
use clap::error::ErrorKind;

use super::environment::{Environment, StartupError};
use super::field::Field;
use super::init::{FromInit, Init};
use crate::{Error, Result};

/// The flags of the node's program, read by clap. It dereferences to them.
///
/// As a field of a node it is filled in from the program's arguments. They are read before any
/// message is, so that `--help` and bad flags are answered at once.
///
/// ```
/// use mael::prelude::*;
/// use mael::{Flags, clap};
///
/// /// Says what it is told, several times.
/// #[derive(clap::Parser)]
/// struct Options {
///     /// How often
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
        let asked = matches!(
            error.kind(),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
        );
        Err(StartupError {
            text: error.to_string(),
            status: if asked { 0 } else { 2 },
        })
    }

    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        let flags = parse(init.environment()).map_err(|error| Error::crash(error.to_string()))?;
        Ok(Self(flags))
    }
}
