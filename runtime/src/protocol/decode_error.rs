//! Error messages for JSON that can't be deserialized.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::error::Category;
use serde_json::value::RawValue;
use serde_path_to_error::Track;

use super::json::{entries, offset};
use crate::Error;

/// Deserializes a value from JSON.
///
/// # Errors
/// The path and the reason of the error.
pub(crate) fn read_json<T: DeserializeOwned>(json: &RawValue) -> Result<T, String> {
    let json = json.get();
    serde_json::from_str(json).map_err(|error| explain(json, PhantomData::<T>, &error).text)
}

/// Creates an error with the path of the value that can't be deserialized. The JSON is deserialized
/// a second time to track the path, so that successful deserialization is not slowed down.
#[cold]
pub(super) fn explain<'de, S: DeserializeSeed<'de>>(
    json: &'de str,
    seed: S,
    error: &serde_json::Error,
) -> Error {
    let mut track = Track::new();
    let mut reader = serde_json::Deserializer::from_str(json);
    // It fails again.
    let _ = seed.deserialize(serde_path_to_error::Deserializer::new(
        &mut reader,
        &mut track,
    ));
    let text = error.to_string();
    // The line and column are relative to the body, which is of no use to the reader.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = text.strip_suffix(&place).unwrap_or(&text);
    let (path, reason) = match number(json, error, reason) {
        Some(Number { path, reason }) => (path, reason),
        None => (path_of(track), reason.to_owned()),
    };
    Error::malformed_request(match path.as_str() {
        "" => reason,
        path => format!("`{path}`: {reason}"),
    })
}

/// Returns the path of the value; empty for the body itself.
fn path_of(track: Track) -> String {
    let path = track.path();
    match path.iter().next() {
        Some(_) => path.to_string(),
        None => String::new(),
    }
}

/// A number that can't be deserialized, with the reason.
struct Number {
    path: String,
    reason: String,
}

/// Returns a better message, in serde's style, where serde_json's message about a number is
/// misleading: for 128-bit integers it reads only digits, and reports a fraction as a syntax error;
/// and it treats an integer of more than 64 bits as a float.
fn number(json: &str, error: &serde_json::Error, reason: &str) -> Option<Number> {
    let (path, number) = value_at(json, position(json, error))?;
    let is_integer = number
        .strip_prefix('-')
        .unwrap_or(number)
        .bytes()
        .all(|byte| byte.is_ascii_digit());
    let expected = match error.classify() {
        Category::Syntax
            if reason == "number out of range" && number.parse().is_ok_and(f64::is_infinite) =>
        {
            "a number that 64 bits can hold"
        }
        // The body has been parsed as JSON before, so this is not a real syntax error.
        Category::Syntax if !is_integer => "an integer of 128 bits",
        Category::Syntax if number.parse::<i128>().is_ok() => "u128",
        Category::Syntax if number.parse::<u128>().is_ok() => "i128",
        Category::Syntax => "an integer that fits into 128 bits",
        Category::Data => {
            let float = reason.strip_prefix("invalid type: floating point `")?;
            float.split_once("`, expected ")?.1
        }
        Category::Io | Category::Eof => return None,
    };
    let unexpected = if is_integer {
        "invalid value: integer"
    } else {
        "invalid type: floating point"
    };
    Some(Number {
        path,
        reason: format!("{unexpected} `{number}`, expected {expected}"),
    })
}

/// Returns the position of the error in bytes.
fn position(json: &str, error: &serde_json::Error) -> usize {
    let lines = json.split_inclusive('\n').take(error.line() - 1);
    lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1)
}

/// Returns the number in `json` that contains this byte, with its path.
fn value_at(json: &str, position: usize) -> Option<(String, &str)> {
    let (mut path, mut value) = (String::new(), json);
    loop {
        let holds = |part: &str| {
            let begin = offset(json, part);
            (begin..begin + part.len()).contains(&position)
        };
        let step = match value.trim_start().as_bytes().first()? {
            b'{' => {
                let mut entries = entries::<Cow<'_, str>>(value).into_iter();
                let (key, value) = entries.find(|(_, value)| holds(value.get()))?;
                let dot = if path.is_empty() { "" } else { "." };
                (format!("{dot}{key}"), value)
            }
            b'[' => {
                let elements: Vec<&RawValue> = serde_json::from_str(value).ok()?;
                let index = elements.iter().position(|value| holds(value.get()))?;
                (format!("[{index}]"), elements[index])
            }
            b'-' | b'0'..=b'9' => return Some((path, value)),
            _ => return None,
        };
        path.push_str(&step.0);
        value = step.1.get();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::value::RawValue;

    use crate::protocol::{Body, DefaultedField};

    #[derive(Debug, Deserialize, PartialEq)]
    struct Entry {
        offset: u64,
        tag: Option<Tag>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Tag {
        Of(u8),
    }

    type Logs = BTreeMap<String, Vec<Entry>>;

    fn text(json: &str) -> String {
        let body = RawValue::from_string(json.to_owned()).unwrap();
        let fields =
            Body::new(&body).fields::<(Logs, DefaultedField<Vec<u64>>), 2>(["logs", "more"]);
        fields.map(|_| ()).unwrap_err().text
    }

    #[test]
    fn errors_contain_the_path_of_the_value() {
        for (json, expected) in [
            (
                r#"{"type":"x","logs":{"k1":[{"offset":1},{"offset":"2"}]}}"#,
                r#"`logs.k1[1].offset`: invalid type: string "2", expected u64"#,
            ),
            (
                r#"{"logs":{"k":[{"tag":null}]}}"#,
                "`logs.k[0]`: missing field `offset`",
            ),
            (
                r#"{"logs":{"k":[{"offset":1,"tag":{"Of":300}}]}}"#,
                "`logs.k[0].tag.Of`: invalid value: integer `300`, expected u8",
            ),
            (
                r#"{"logs":{},"more":[1,2,-3]}"#,
                "`more[2]`: invalid value: integer `-3`, expected u64",
            ),
            (
                r#"{"logs":[]}"#,
                "`logs`: invalid type: sequence, expected a map",
            ),
            (r#"{"more":[]}"#, "`logs` is missing"),
            (r#"{"logs":{},"logs":{}}"#, "duplicate field `logs`"),
            ("[]", "invalid type: sequence, expected an object"),
        ] {
            assert_eq!(text(json), expected, "{json}");
        }
    }

    /// Deserializes `{"a":[{"n":NUMBER}]}` with an `n` of this type.
    fn number<T: for<'de> Deserialize<'de>>(number: &str) -> Result<(), String> {
        #[derive(Deserialize)]
        struct Holder<T> {
            #[expect(dead_code, reason = "only whether it can be read matters")]
            n: T,
        }
        let json = format!(r#"{{"type":"x","a":[ {{ "n" : {number} }} ],"b":0}}"#);
        let body = RawValue::from_string(json).unwrap();
        let fields = Body::new(&body).fields::<(Vec<Holder<T>>,), 1>(["a"]);
        fields.map(drop).map_err(|error| error.text)
    }

    #[test]
    fn errors_about_numbers_contain_the_number_and_the_expected_type() {
        let int = "invalid value: integer";
        let float = "invalid type: floating point";
        let expect = |result: Result<(), String>, reason: String| {
            assert_eq!(result, Err(format!("`a[0].n`: {reason}")));
        };
        for number_text in ["1.0", "1e3", "-0.5", "2E+1"] {
            let wide = format!("{float} `{number_text}`, expected an integer of 128 bits");
            expect(number::<u128>(number_text), wide.clone());
            expect(number::<Option<i128>>(number_text), wide);
            expect(
                number::<u64>(number_text),
                format!("{float} `{number_text}`, expected u64"),
            );
            expect(
                number::<i8>(number_text),
                format!("{float} `{number_text}`, expected i8"),
            );
        }
        expect(number::<u128>("-1"), format!("{int} `-1`, expected u128"));
        expect(number::<u64>("-1"), format!("{int} `-1`, expected u64"));
        let above_u64 = "18446744073709551616";
        expect(
            number::<u64>(above_u64),
            format!("{int} `{above_u64}`, expected u64"),
        );
        expect(
            number::<i32>(above_u64),
            format!("{int} `{above_u64}`, expected i32"),
        );
        let above_i128 = "170141183460469231731687303715884105728";
        assert_eq!(number::<u128>(above_i128), Ok(()));
        expect(
            number::<i128>(above_i128),
            format!("{int} `{above_i128}`, expected i128"),
        );
        let above_all = "340282366920938463463374607431768211456";
        let wide = format!("{int} `{above_all}`, expected an integer that fits into 128 bits");
        expect(number::<u128>(above_all), wide);
        let huge = format!("{float} `1e400`, expected a number that 64 bits can hold");
        expect(number::<f64>("1e400"), huge.clone());
        expect(number::<u64>("1e400"), huge);
    }

    #[test]
    fn errors_about_numbers_are_found_in_multiline_bodies() {
        let json = "{\n \"b\": {\"c\": 1.5},\n \"logs\": 7.0\n}".to_owned();
        let body = RawValue::from_string(json).unwrap();
        let fields = Body::new(&body).fields::<(u128,), 1>(["logs"]);
        let expected =
            "`logs`: invalid type: floating point `7.0`, expected an integer of 128 bits";
        assert_eq!(fields.unwrap_err().text, expected);
    }
}
