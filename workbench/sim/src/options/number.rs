//! Numbers on the command line, in the forms that Maelstrom accepts.
//!
//! Maelstrom parses `--rate` with Java's `Double.parseDouble` (`10d`, `1e3`, `0x1p3`), and
//! `--nemesis-interval` and `--availability` with Clojure's reader (`1/2`, `10M`, `10N`, `0x10`,
//! `8r17`). Here, each flag accepts both notations. They only differ in numbers with a leading
//! zero: `010` is ten in Java, and eight in Clojure, where it is octal.

use mael_history::Value;

/// Parses a number in Java's notation, or else in Clojure's.
pub(super) fn java(text: &str) -> Option<f64> {
    let text = trim(text);
    of_java(text).or_else(|| of_clojure(text))
}

/// Parses a number in Clojure's notation, or else in Java's.
pub(super) fn clojure(text: &str) -> Option<f64> {
    let text = trim(text);
    let (_, digits) = sign(text);
    // In Clojure, a number with a leading zero that is not octal is invalid.
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0') && is_decimal(digits);
    of_clojure(text).or_else(|| of_java(text).filter(|_| !has_leading_zero))
}

/// Both languages ignore white space around a number.
fn trim(text: &str) -> &str {
    text.trim_matches(|character| character <= ' ')
}

/// Splits a number into the factor of its sign and its magnitude.
fn sign(text: &str) -> (f64, &str) {
    match text.as_bytes() {
        [b'-', ..] => (-1.0, &text[1..]),
        [b'+', ..] => (1.0, &text[1..]),
        _ => (1.0, text),
    }
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The grammar of `java.lang.Double.valueOf`, except for `NaN` and `Infinity`.
fn of_java(text: &str) -> Option<f64> {
    let text = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    let (factor, magnitude) = sign(text);
    let hexadecimal = magnitude.strip_prefix("0x");
    if let Some(digits) = hexadecimal.or_else(|| magnitude.strip_prefix("0X")) {
        return Some(factor * hexadecimal_float(digits)?);
    }
    // Rust also parses names such as `inf`, and would accept a second sign.
    let begins_well = magnitude.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let number: f64 = magnitude.parse().ok().filter(|_| begins_well)?;
    Some(factor * number)
}

/// Parses the part of a hexadecimal float after `0x`, such as `1.8p3`.
fn hexadecimal_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let exponent: i32 = exponent.parse().ok()?;
    let mut number = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        number = number * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = i32::try_from(4 * fraction.len()).ok()?;
    let is_empty = whole.is_empty() && fraction.is_empty();
    (!is_empty).then(|| libm::ldexp(number, exponent.saturating_sub(shift)))
}

/// The grammar of `clojure.lang.LispReader`: that of EDN, with integers of any radix.
fn of_clojure(text: &str) -> Option<f64> {
    let (factor, magnitude) = sign(text);
    if !magnitude.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let digits = magnitude.strip_suffix('N').unwrap_or(magnitude);
    let of_radix = match digits.split_once(['r', 'R']) {
        Some((radix, digits)) => Some((digits, radix.parse().ok()?)),
        None if digits.len() > 1 && is_decimal(digits) => {
            digits.strip_prefix('0').map(|it| (it, 8))
        }
        None => None,
    };
    let hexadecimal = || digits.strip_prefix("0x").or(digits.strip_prefix("0X"));
    if let Some((digits, radix)) = of_radix.or_else(|| Some((hexadecimal()?, 16))) {
        return Some(factor * integer(digits, radix)?);
    }
    // A value that begins with another character is not a number.
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"./+-".contains(&byte);
    let value = Value::from_edn(magnitude).ok();
    let number = value.filter(|_| magnitude.bytes().all(is_one))?.to_string();
    Some(factor * number.parse::<f64>().ok()?)
}

/// Parses the digits of an integer.
fn integer(digits: &str, radix: u32) -> Option<f64> {
    let is_radix = (2..=36).contains(&radix);
    let digits = digits.chars().map(|digit| digit.to_digit(radix));
    let digits: Vec<u32> = is_radix.then(|| digits.collect()).flatten()?;
    let add = |number, digit: &u32| number * f64::from(radix) + f64::from(*digit);
    (!digits.is_empty()).then(|| digits.iter().fold(0.0, add))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_accept_the_notations_of_java_and_clojure() {
        for (text, number) in [
            ("10", 10.0),
            ("+10", 10.0),
            ("-10", -10.0),
            (" 0.5\t", 0.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("2.5E-1", 0.25),
            ("10d", 10.0),
            ("10.5F", 10.5),
            ("1e2D", 100.0),
            ("0x1p3", 8.0),
            ("-0X1.8P1", -3.0),
            ("0x.8p0f", 0.5),
            ("9/10", 0.9),
            ("1/2", 0.5),
            ("-4/2", -2.0),
            ("10N", 10.0),
            ("10M", 10.0),
            ("0.25M", 0.25),
            ("1e1M", 10.0),
            ("0x10", 16.0),
            ("0XfN", 15.0),
            ("2r101", 5.0),
            ("36Rz", 35.0),
            ("0", 0.0),
        ] {
            assert_eq!(
                (java(text), clojure(text)),
                (Some(number), Some(number)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_leading_zero_is_octal_only_in_clojure() {
        assert_eq!((java("010"), clojure("010")), (Some(10.0), Some(8.0)));
        assert_eq!((java("09"), clojure("09")), (Some(9.0), None));
        assert_eq!((java("017N"), clojure("-017N")), (Some(15.0), Some(-15.0)));
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in [
            "", " ", "x", "d", "10x", "1/0", "1/", "/2", "1/2/3", "1.5/2", "--1", "+-1", "0x",
            "0xg", "0x1p", "0x.p1", "0xp1", "1r1", "37r1", "2r2", "2r", "inf", "infinity", "NaN",
            "1e", "1 2", "10MM", "10Nd", "\"1\"", "[1]", "1;", "#_1 2", "½", "٣",
        ] {
            assert_eq!((java(text), clojure(text)), (None, None), "{text}");
        }
    }
}
