//! Parses the values of flags whose type does not determine their notation.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use mael_checkers::elle::models;

use super::number;

const NUMBER: &str = "must be a number, such as 10, 0.5 or 1/2";

/// Parses a number in Java's notation, as Maelstrom does for most flags.
pub(super) fn number(text: &str) -> Result<f64, String> {
    finite(number::java(text)).ok_or_else(|| NUMBER.to_owned())
}

/// Parses a number of seconds in Java's notation.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    duration(number::java(text))
}

/// Parses a number of seconds in Clojure's notation.
pub(super) fn exact_seconds(text: &str) -> Result<Duration, String> {
    duration(number::clojure(text))
}

fn duration(seconds: Option<f64>) -> Result<Duration, String> {
    let seconds = finite(seconds).ok_or_else(|| NUMBER.to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| "must be a number of at least 0 and below 2^64".to_owned())
}

fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}

/// Parses a whole number of seconds.
pub(super) fn whole_seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("must be a whole number above 0".to_owned()),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

/// Parses a share in Clojure's notation, or `total`.
pub(super) fn availability(text: &str) -> Result<f64, String> {
    match text {
        "total" => Ok(1.0),
        _ => finite(number::clojure(text))
            .ok_or_else(|| "must be total, or a number such as 0.9 or 9/10".to_owned()),
    }
}

/// Parses names separated by commas.
pub(super) fn set<T: FromStr<Err = String> + Ord>(text: &str) -> Result<BTreeSet<T>, String> {
    let names = text.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::parse)
        .collect()
}

/// Parses names of consistency models separated by commas.
pub(super) fn models(text: &str) -> Result<Vec<String>, String> {
    let names = text.split(',').map(str::trim);
    names
        .map(|name| models::canonical(name).map(|_| name.to_owned()))
        .collect()
}
