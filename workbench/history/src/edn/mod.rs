//! EDN, the notation of Jepsen's histories and results: reading and printing [`Value`]s.
//!
//! Source: the EDN specification (edn-format.org), and Clojure's extensions: hexadecimal numbers,
//! ratios, `##Inf`, regular expressions, vars, metadata, and namespaced maps. Forms without a
//! [`Value`] variant are read as the closest one: characters as strings, and ratios as floats
//! unless they are whole. Tags and metadata are dropped.

mod number;
mod printer;
mod reader;
mod text;

use std::borrow::Cow;
use std::fmt;

use crate::Value;

pub use printer::Pretty;
pub(crate) use reader::{Bracket, Reader};

/// The error for a text that can't be read, with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The message.
    pub what: String,
}

impl ReadError {
    /// Returns an error at a byte offset of a text.
    pub fn at(text: &str, offset: usize, what: impl Into<String>) -> Self {
        let before = &text.as_bytes()[..offset.min(text.len())];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        Self {
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: String::from_utf8_lossy(&before[line_start..])
                .chars()
                .count()
                + 1,
            what: what.into(),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, what } = self;
        write!(f, "line {line}, column {column}: {what}")
    }
}

impl std::error::Error for ReadError {}

impl Value {
    /// Reads any EDN value. Integers are exact. Characters become strings, ratios that are not
    /// whole become floats, and tags and metadata are dropped.
    ///
    /// ```
    /// use mael_history::Value;
    ///
    /// let value = Value::from_edn("{:r #{1 2N}, :at #inst \"2026-01-01\"} ; a comment").unwrap();
    /// assert_eq!(value.to_string(), r#"{:at "2026-01-01", :r #{1 2}}"#);
    /// ```
    ///
    /// # Errors
    /// Returns an error if the text is not one value, has an integer of more than
    /// [`Integer::MAX_DIGITS`](crate::Integer::MAX_DIGITS) digits, or is nested more than 128
    /// levels deep.
    pub fn from_edn(text: &str) -> Result<Self, ReadError> {
        Reader::new(text).only()
    }
}

/// Returns a name without allocating, if it is one of those that are common in histories.
pub fn intern(name: &str) -> Cow<'static, str> {
    macro_rules! known {
        ($($known:literal)*) => {
            match name {
                $($known => Cow::Borrowed($known),)*
                _ => Cow::Owned(name.to_owned()),
            }
        };
    }
    known! {
        "index" "time" "type" "process" "f" "value" "error" "final?" "exception"
        "poll-ms" "seek-to-beginning?" "unseen"
        "invoke" "ok" "fail" "info" "nemesis"
        "txn" "r" "w" "append" "send" "poll" "assign" "subscribe" "crash"
        "read" "write" "cas" "add" "broadcast" "echo" "generate"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DEEPEST;

    fn read(text: &str) -> String {
        match Value::from_edn(text) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_kind_of_value_is_read() {
        for (text, expected) in [
            ("nil", "nil"),
            (" , true ; yes", "true"),
            ("-0", "0"),
            ("+7", "7"),
            ("12N", "12"),
            ("0x1F", "31"),
            ("0", "0"),
            (
                "-170141183460469231731687303715884105728",
                "-170141183460469231731687303715884105728",
            ),
            ("1.5", "1.5"),
            ("-1e3", "-1000.0"),
            ("1.5M", "1.5"),
            ("3M", "3.0"),
            ("1/2", "0.5"),
            ("-22/7", "-3.142857142857143"),
            ("6/3", "2"),
            ("-0/5", "0"),
            ("##Inf", "##Inf"),
            ("##-Inf", "##-Inf"),
            ("##NaN", "##NaN"),
            (":a", ":a"),
            (":a.b/c?", ":a.b/c?"),
            ("clojure.lang.ExceptionInfo", "clojure.lang.ExceptionInfo"),
            ("<init>", "<init>"),
            ("-", "-"),
            (r#""a\"\\\n\té""#, r#""a\"\\\n\té""#),
            (r#""\u00e9\ud83d\ude00""#, "\"é😀\""),
            (r"[\a \newline \u0041 \) \\]", r#"["a" "\n" "A" ")" "\\"]"#),
            ("(1 2)", "[1 2]"),
            ("#{2 1 #{} 2N}", "#{1 2 #{}}"),
            ("{:b 1 :a {}}", "{:a {}, :b 1}"),
            (
                "#:a{:b 1 :c/d 2 :_/e 3 \"f\" {:g 4}}",
                "{:a/b 1, :c/d 2, :e 3, \"f\" {:g 4}}",
            ),
            ("#:a.b {}", "{}"),
            ("^:m [1 ^{:a 1} ^String x]", "[1 x]"),
            ("[1 #_ 2 #_ [3] 4 #_ #_ 5 6]", "[1 4]"),
            ("[1;two\n3]", "[1 3]"),
            (r#"#inst "2026""#, r#""2026""#),
            ("#jepsen.history.Op{:index 0}", "{:index 0}"),
            (
                r#"#object[java.lang.Object 0x1f "x"]"#,
                r#"[java.lang.Object 31 "x"]"#,
            ),
            ("#error {:cause #'a/b}", "{:cause \"a/b\"}"),
            (r#"#"a\"\d""#, r#""a\\\"\\d""#),
            ("\u{feff}[]", "[]"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_have_their_position() {
        for (text, expected) in [
            ("", "line 1, column 1: expected a value, but the text ends"),
            (
                "[1\n é ]]",
                "line 2, column 5: unexpected text after the value",
            ),
            ("[1\n [2", "line 2, column 2: this `[` is never closed"),
            ("[1 }", "line 1, column 4: expected a value, not `}`"),
            ("{:a}", "line 1, column 4: the key :a has no value"),
            ("{:a 1 :a 2}", "line 1, column 10: duplicate key"),
            ("[1/0]", "line 1, column 2: the number 1/0 divides by 0"),
            ("1/", "line 1, column 1: the number 1/ is malformed"),
            ("1/-2", "line 1, column 1: the number 1/-2 is malformed"),
            (
                "1/340282366920938463463374607431768211456",
                "line 1, column 1: the number 1/340282366920938463463374607431768211456 has a numerator or denominator of more than 128 bits",
            ),
            (
                "017",
                "line 1, column 1: the number 017 starts with 0, which could mean that it is octal",
            ),
            ("1abc", "line 1, column 1: the number 1abc is malformed"),
            ("\"a", "line 1, column 1: unterminated string"),
            (r#"["a\q"]"#, "line 1, column 4: unknown escape sequence"),
            (r#""\ud83d""#, "line 1, column 2: unpaired UTF-16 surrogate"),
            (
                r#""\u00""#,
                "line 1, column 2: expected four hexadecimal digits after `\\u`",
            ),
            (r"\newlin", r"line 1, column 1: unknown character `\newlin`"),
            (":", "line 1, column 1: expected a name after `:`"),
            ("~a", "line 1, column 1: no value starts with `~`"),
            ("[^:a]", "line 1, column 5: expected a value, not `]`"),
            (
                "#<Object x>",
                "line 1, column 1: objects printed as #<...> can't be read",
            ),
            (
                "#::a{:b 1}",
                "line 1, column 1: expected the name of a namespace after `#:`",
            ),
            ("#:a [1]", "line 1, column 5: expected a map after `#:a`"),
            ("#:a{:b 1 :a/b 2}", "line 1, column 15: duplicate key"),
            ("##Nope", "line 1, column 1: ##Nope is not a number"),
            ("#", "line 1, column 1: unknown `#` form"),
            ("#\"a", "line 1, column 2: unterminated regular expression"),
            (
                "#inst",
                "line 1, column 6: expected a value, but the text ends",
            ),
            ("[#_]", "line 1, column 4: expected a value, not `]`"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        for open in [
            "[", "{", "{1 ", "#{", "#a ", "#_", "(", "#_#a[", "^", "^a ", "#:a{:b ",
        ] {
            let error = Value::from_edn(&open.repeat(1_000_000)).unwrap_err();
            assert!(error.what.contains("128 levels"), "{open}: {error}");
        }
        let fitting = "[".repeat(DEEPEST) + &"]".repeat(DEEPEST);
        assert!(Value::from_edn(&fitting).is_ok());
    }

    #[test]
    fn random_text_does_not_panic() {
        let mut random = fastrand::Rng::with_seed(7);
        let pieces = [
            "{", "}", "[", "]", "(", ")", "#", "#{", "#_", "\"", "\\", "\\u", ":", "a", "é", "1",
            "-", "0x", "N", "/", ".", "e", " ", "\n", ";", "##", "'", "^", "nil", "d83d", "#:",
            ":a",
        ];
        for _ in 0..100_000 {
            let length = random.usize(0..12);
            let text: String = (0..length)
                .map(|_| pieces[random.usize(0..pieces.len())])
                .collect();
            if let Ok(value) = Value::from_edn(&text) {
                // Printed values are read back equal.
                assert_eq!(Value::from_edn(&value.to_string()), Ok(value), "{text}");
            }
        }
    }
}
