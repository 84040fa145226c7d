//! Parses EDN numbers.

use crate::{Integer, Value};

/// Parses a number; the error is the rest of a sentence.
pub(super) fn number(token: &str) -> Result<Value, String> {
    let (minus, digits) = match token.as_bytes() {
        [b'-', ..] => (true, &token[1..]),
        [b'+', ..] => (false, &token[1..]),
        _ => (false, token),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // Fast path: most numbers are short.
    if digits.len() <= 18 && all_digits(digits) && (digits.len() == 1 || !digits.starts_with('0')) {
        let magnitude = digits.bytes().fold(0_i64, |magnitude, digit| {
            magnitude * 10 + i64::from(digit - b'0')
        });
        return Ok(Value::from(if minus { -magnitude } else { magnitude }));
    }
    let integer = |digits: &str, radix| {
        // The sign is included, since the smallest integer of a size has no positive counterpart.
        let sign = if minus { "-" } else { "" };
        Integer::from_radix(&format!("{sign}{digits}"), radix).map_err(|error| error.to_string())
    };
    let whole = digits.strip_suffix('N').unwrap_or(digits);
    if all_digits(whole) {
        if whole.len() > 1 && whole.starts_with('0') {
            return Err("starts with 0, which could mean that it is octal".to_owned());
        }
        return integer(whole, 10).map(Value::Int);
    }
    if let Some(hex) = whole.strip_prefix("0x")
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return integer(hex, 16).map(Value::Int);
    }
    if let Some((numerator, denominator)) = digits.split_once('/')
        && !numerator.is_empty()
        && !denominator.is_empty()
        && all_digits(numerator)
        && all_digits(denominator)
    {
        let part = |digits: &str| {
            let parsed = digits.parse::<i128>();
            parsed.map_err(|_| "has a numerator or denominator of more than 128 bits".to_owned())
        };
        let numerator = part(numerator)?;
        return ratio(
            if minus { -numerator } else { numerator },
            part(denominator)?,
        );
    }
    let decimal = digits.strip_suffix('M').unwrap_or(digits);
    let is_decimal = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    match decimal.parse::<f64>() {
        Ok(magnitude) if decimal.bytes().all(is_decimal) => {
            Ok(Value::Float(if minus { -magnitude } else { magnitude }))
        }
        _ => Err("is malformed".to_owned()),
    }
}

/// Returns the value of a ratio: an integer if it is whole, or else the nearest float.
fn ratio(numerator: i128, denominator: i128) -> Result<Value, String> {
    match numerator.checked_rem(denominator) {
        None => Err("divides by 0".to_owned()),
        Some(0) => Ok(Value::from(numerator / denominator)),
        Some(_) => Ok(Value::Float(numerator as f64 / denominator as f64)),
    }
}
