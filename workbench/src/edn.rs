//! EDN, the notation of Jepsen's histories and results, read into [`Value`]s.
//!
//! Source: the EDN specification (edn-format.org), and what Clojure's printer writes beyond it:
//! hexadecimal numbers, `##Inf`, regular expressions and vars. What [`Value`] has no kind for is
//! read as what comes nearest: symbols and characters as strings, sets as lists, and of a tagged
//! value what follows the tag.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use memchr::memchr2;

use crate::Value;
use crate::value::DEEPEST;

/// Why a text can't be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The line, counted from 1.
    pub line: usize,
    /// The character of the line, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl ReadError {
    /// An error at a byte of a text.
    pub(crate) fn at(text: &str, offset: usize, what: impl Into<String>) -> Self {
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

/// The brackets that a form can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bracket {
    /// `{`
    Map,
    /// `[` or `(`
    List,
}

/// Reads one form after the other.
pub(crate) struct Reader<'a> {
    text: &'a str,
    /// The next byte; always between two characters.
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// Goes on to the next form, past its tags, and looks at its bracket: None at the end.
    ///
    /// # Errors
    /// When what follows is no map, list or vector; `expected` says what it should be.
    pub(crate) fn bracket(&mut self, expected: &str) -> Result<Option<Bracket>, ReadError> {
        loop {
            self.blank()?;
            match self.peek() {
                None => return Ok(None),
                Some(b'{') => return Ok(Some(Bracket::Map)),
                Some(b'[' | b'(') => return Ok(Some(Bracket::List)),
                Some(b'#') if self.tag()? => {}
                Some(_) => return Err(self.error(self.at, format!("{expected} should be here"))),
            }
        }
    }

    /// Reads a map whose brace is next, and hands each entry to `take`, whose error is one at the
    /// entry's value.
    pub(crate) fn map(
        &mut self,
        mut take: impl FnMut(Value, Value) -> Result<(), String>,
    ) -> Result<(), ReadError> {
        self.bracketed(|reader| {
            let key = reader.form()?;
            reader.blank()?;
            let at = reader.at;
            if reader.peek() == Some(b'}') {
                return Err(reader.error(at, format!("the key {key} has no value")));
            }
            let value = reader.form()?;
            take(key, value).map_err(|what| reader.error(at, what))
        })
    }

    /// Reads a list whose bracket is next. `take` reads each item.
    pub(crate) fn bracketed(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let start = self.at;
        let close = match self.peek() {
            Some(b'{') => b'}',
            Some(b'[') => b']',
            _ => b')',
        };
        self.at += 1;
        self.nested(|reader| {
            loop {
                reader.blank()?;
                match reader.peek() {
                    Some(byte) if byte == close => {
                        reader.at += 1;
                        return Ok(());
                    }
                    Some(_) => take(reader)?,
                    None => {
                        let open = char::from(reader.text.as_bytes()[start]);
                        return Err(reader.error(start, format!("this `{open}` is never closed")));
                    }
                }
            }
        })
    }

    /// The place of the next byte, for [`error`](Self::error).
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// An error at a place.
    pub(crate) fn error(&self, at: usize, what: impl Into<String>) -> ReadError {
        ReadError::at(self.text, at, what)
    }

    /// Reads the only form of the text.
    fn only(mut self) -> Result<Value, ReadError> {
        let value = self.form()?;
        self.blank()?;
        match self.peek() {
            None => Ok(value),
            Some(_) => Err(self.error(self.at, "something follows after the value")),
        }
    }

    fn form(&mut self) -> Result<Value, ReadError> {
        self.blank()?;
        match self.peek() {
            None => Err(self.error(self.at, "the text ends where a value should be")),
            Some(b'"') => self.string().map(Value::Str),
            Some(b'[' | b'(') => self.list(),
            Some(b'{') => self.entries(),
            Some(b':') => self.keyword(),
            Some(b'\\') => self.character(),
            Some(b'#') => self.dispatch(),
            Some(b'0'..=b'9') => self.number(),
            Some(b'+' | b'-') if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => {
                self.number()
            }
            Some(byte @ (b']' | b')' | b'}')) => Err(self.error(
                self.at,
                format!("`{}` stands where a value should be", char::from(byte)),
            )),
            Some(byte @ (b'^' | b'\'' | b'`' | b'~' | b'@')) => Err(self.error(
                self.at,
                format!("no value begins with `{}`", char::from(byte)),
            )),
            Some(_) => Ok(match self.token() {
                "nil" => Value::Nil,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                symbol => Value::Str(symbol.to_owned()),
            }),
        }
    }

    fn list(&mut self) -> Result<Value, ReadError> {
        let mut items = Vec::new();
        self.bracketed(|reader| {
            items.push(reader.form()?);
            Ok(())
        })?;
        Ok(Value::List(items))
    }

    fn entries(&mut self) -> Result<Value, ReadError> {
        let mut entries = BTreeMap::new();
        self.map(|key, value| match entries.insert(key, value) {
            None => Ok(()),
            Some(_) => Err("the map has this key already".to_owned()),
        })?;
        Ok(Value::Map(entries))
    }

    fn keyword(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        match &self.token()[1..] {
            "" => Err(self.error(start, "a name should follow after `:`")),
            name => Ok(Value::Keyword(intern(name))),
        }
    }

    /// What begins with `#`.
    fn dispatch(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        match self.byte(1) {
            Some(b'{') => {
                self.at += 1;
                self.list()
            }
            Some(b'"') => {
                self.at += 1;
                self.pattern()
            }
            Some(b'#') => match self.token() {
                "##Inf" => Ok(Value::Float(f64::INFINITY)),
                "##-Inf" => Ok(Value::Float(f64::NEG_INFINITY)),
                "##NaN" => Ok(Value::Float(f64::NAN)),
                other => Err(self.error(start, format!("{other} is no number"))),
            },
            Some(b'\'') => Ok(Value::Str(self.token()[2..].to_owned())),
            _ if self.tag()? => self.nested(Self::form),
            _ => Err(self.error(start, "no value begins like this")),
        }
    }

    /// Goes past a tag, such as `#inst`, if one is next.
    fn tag(&mut self) -> Result<bool, ReadError> {
        let start = self.at;
        match self.byte(1) {
            Some(b':') => Err(self.error(
                start,
                "maps with a namespace in front are not read: write the names in full",
            )),
            Some(b'<') => Err(self.error(
                start,
                "this object was printed in a way that can't be read back",
            )),
            Some(byte) if !byte.is_ascii() || byte.is_ascii_alphabetic() => {
                self.token();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn string(&mut self) -> Result<String, ReadError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = memchr2(b'"', b'\\', rest.as_bytes()) else {
                return Err(self.error(start, "this string never ends"));
            };
            text.push_str(&rest[..end]);
            self.at += end;
            if rest.as_bytes()[end] == b'"' {
                self.at += 1;
                return Ok(text);
            }
            text.push(self.escape()?);
        }
    }

    /// A character in a string that is written with a backslash.
    fn escape(&mut self) -> Result<char, ReadError> {
        let start = self.at;
        let escaped = match self.byte(1) {
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'n') => '\n',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'\\') => '\\',
            Some(b'"') => '"',
            Some(b'u') => return self.unicode(start),
            _ => return Err(self.error(start, "strings know no such escape")),
        };
        self.at += 2;
        Ok(escaped)
    }

    /// A character in a string that is given by its number in UTF-16, as one unit or as two.
    fn unicode(&mut self, start: usize) -> Result<char, ReadError> {
        let mut units = Vec::new();
        while units.len() < 2 && self.byte(0) == Some(b'\\') && self.byte(1) == Some(b'u') {
            let digits = self.text.get(self.at + 2..self.at + 6);
            let unit = digits.and_then(hexadecimal).map(|unit| unit as u16);
            units.push(
                unit.ok_or_else(|| self.error(start, "four digits should follow after `\\u`"))?,
            );
            self.at += 6;
            if let Some(Ok(character)) = char::decode_utf16(units.iter().copied()).next() {
                return Ok(character);
            }
        }
        Err(self.error(start, "this is half a character of UTF-16"))
    }

    /// A regular expression, as it stands.
    fn pattern(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        self.at += 1;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            match memchr2(b'"', b'\\', rest) {
                Some(end) if rest[end] == b'"' => {
                    self.at += end + 1;
                    return Ok(Value::from(&self.text[start + 1..self.at - 1]));
                }
                Some(escape) if escape + 1 < rest.len() => {
                    let escaped = self.text[self.at + escape + 1..].chars().next();
                    self.at += escape + 1 + escaped.map_or(0, char::len_utf8);
                }
                _ => return Err(self.error(start, "this regular expression never ends")),
            }
        }
    }

    fn character(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        self.at += 1;
        // The first may be one that ends any other token.
        let Some(first) = self.text[self.at..].chars().next() else {
            return Err(self.error(start, "a character should follow after `\\`"));
        };
        self.at += first.len_utf8();
        self.token();
        let name = &self.text[start + 1..self.at];
        let character = match name {
            "newline" => Some('\n'),
            "space" => Some(' '),
            "tab" => Some('\t'),
            "return" => Some('\r'),
            "backspace" => Some('\u{8}'),
            "formfeed" => Some('\u{c}'),
            _ if name.len() == first.len_utf8() => Some(first),
            _ => name
                .strip_prefix('u')
                .and_then(hexadecimal)
                .and_then(char::from_u32),
        };
        character
            .map(|character| Value::Str(character.to_string()))
            .ok_or_else(|| self.error(start, format!("there is no character `\\{name}`")))
    }

    fn number(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        let token = self.token();
        number(token).map_err(|what| self.error(start, format!("the number {token} {what}")))
    }

    /// Goes past whitespace, commas, comments and discarded forms.
    fn blank(&mut self) -> Result<(), ReadError> {
        loop {
            match self.peek() {
                Some(b' ' | b',' | b'\t' | b'\n' | b'\r' | b'\x0c') => self.at += 1,
                Some(b';') => {
                    let rest = &self.text.as_bytes()[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                Some(b'#') if self.byte(1) == Some(b'_') => {
                    self.at += 2;
                    self.nested(Self::form)?;
                }
                // The mark that some editors put in front of a text.
                Some(0xef) if self.at == 0 && self.text.starts_with('\u{feff}') => {
                    self.at = '\u{feff}'.len_utf8();
                }
                _ => return Ok(()),
            }
        }
    }

    /// Reads what lies a level deeper.
    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        if self.depth == DEEPEST {
            let what = format!("values are nested more than {DEEPEST} levels deep");
            return Err(self.error(self.at, what));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Everything up to what ends a name or a number.
    fn token(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(ends_token).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn peek(&self) -> Option<u8> {
        self.byte(0)
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }
}

impl Value {
    /// Reads any EDN value. Integers are exact. Symbols and characters become strings, sets become
    /// lists, and tags are left out.
    ///
    /// ```
    /// use mael_workbench::Value;
    ///
    /// let value = Value::from_edn("{:r #{1 2N}, :at #inst \"2026-01-01\"} ; a comment").unwrap();
    /// assert_eq!(value.to_string(), r#"{:at "2026-01-01", :r [1 2]}"#);
    /// ```
    ///
    /// # Errors
    /// When the text is not one value, has a ratio or an integer of more than 128 bits, or is
    /// nested more than 128 levels deep.
    pub fn from_edn(text: &str) -> Result<Self, ReadError> {
        Reader::new(text).only()
    }
}

fn ends_token(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b','
            | b'\t'
            | b'\n'
            | b'\r'
            | b'\x0c'
            | b'"'
            | b';'
            | b'('
            | b')'
            | b'['
            | b']'
            | b'{'
            | b'}'
    )
}

/// Reads a number, or says why not.
fn number(token: &str) -> Result<Value, String> {
    let (minus, digits) = match token.as_bytes() {
        [b'-', ..] => (true, &token[1..]),
        [b'+', ..] => (false, &token[1..]),
        _ => (false, token),
    };
    let signed = |magnitude: i128| Value::Int(if minus { -magnitude } else { magnitude });
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // Most are short.
    if digits.len() <= 18 && all_digits(digits) && (digits.len() == 1 || !digits.starts_with('0')) {
        let magnitude = digits.bytes().fold(0_i64, |magnitude, digit| {
            magnitude * 10 + i64::from(digit - b'0')
        });
        return Ok(signed(magnitude.into()));
    }
    let whole = digits.strip_suffix('N').unwrap_or(digits);
    if all_digits(whole) {
        if whole.len() > 1 && whole.starts_with('0') {
            return Err("begins with 0, which could mean that it is octal".to_owned());
        }
        // With its sign, since the least integer has no positive counterpart.
        let sign = if minus { "-" } else { "" };
        let parsed = format!("{sign}{whole}").parse();
        return parsed
            .map(Value::Int)
            .map_err(|_| "has more than 128 bits".to_owned());
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        let parsed = i128::from_str_radix(hex, 16)
            .ok()
            .filter(|_| !hex.starts_with(['+', '-']));
        return parsed
            .map(signed)
            .ok_or_else(|| "is not hexadecimal, or has more than 128 bits".to_owned());
    }
    if digits.contains('/') {
        return Err("is a ratio, which is not read: write it as a decimal fraction".to_owned());
    }
    let decimal = digits.strip_suffix('M').unwrap_or(digits);
    let is_decimal = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    match decimal.parse::<f64>() {
        Ok(magnitude) if decimal.bytes().all(is_decimal) => {
            Ok(Value::Float(if minus { -magnitude } else { magnitude }))
        }
        _ => Err("is not written as numbers are".to_owned()),
    }
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let all = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// A name without a copy of its own, if it is one of those that fill histories.
pub(crate) fn intern(name: &str) -> Cow<'static, str> {
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
        "invoke" "ok" "fail" "info" "nemesis"
        "txn" "r" "w" "append" "send" "poll" "assign" "subscribe" "crash"
        "read" "write" "cas" "add" "broadcast" "echo" "generate"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("##Inf", "##Inf"),
            ("##-Inf", "##-Inf"),
            ("##NaN", "##NaN"),
            (":a", ":a"),
            (":a.b/c?", ":a.b/c?"),
            (
                "clojure.lang.ExceptionInfo",
                "\"clojure.lang.ExceptionInfo\"",
            ),
            ("<init>", "\"<init>\""),
            ("-", "\"-\""),
            (r#""a\"\\\n\té""#, r#""a\"\\\n\té""#),
            (r#""\u00e9\ud83d\ude00""#, "\"é😀\""),
            (r"[\a \newline \u0041 \) \\]", r#"["a" "\n" "A" ")" "\\"]"#),
            ("(1 2)", "[1 2]"),
            ("#{1 2}", "[1 2]"),
            ("{:b 1 :a {}}", "{:a {}, :b 1}"),
            ("[1 #_ 2 #_ [3] 4 #_ #_ 5 6]", "[1 4]"),
            ("[1;two\n3]", "[1 3]"),
            (r#"#inst "2026""#, r#""2026""#),
            ("#jepsen.history.Op{:index 0}", "{:index 0}"),
            (
                r#"#object[java.lang.Object 0x1f "x"]"#,
                r#"["java.lang.Object" 31 "x"]"#,
            ),
            ("#error {:cause #'a/b}", "{:cause \"a/b\"}"),
            (r#"#"a\"\d""#, r#""a\\\"\\d""#),
            ("\u{feff}[]", "[]"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            (
                "",
                "line 1, column 1: the text ends where a value should be",
            ),
            (
                "[1\n é ]]",
                "line 2, column 5: something follows after the value",
            ),
            ("[1\n [2", "line 2, column 2: this `[` is never closed"),
            (
                "[1 }",
                "line 1, column 4: `}` stands where a value should be",
            ),
            ("{:a}", "line 1, column 4: the key :a has no value"),
            (
                "{:a 1 :a 2}",
                "line 1, column 10: the map has this key already",
            ),
            (
                "[1/2]",
                "line 1, column 2: the number 1/2 is a ratio, which is not read: write it as a decimal fraction",
            ),
            (
                "340282366920938463463374607431768211456",
                "line 1, column 1: the number 340282366920938463463374607431768211456 has more than 128 bits",
            ),
            (
                "017",
                "line 1, column 1: the number 017 begins with 0, which could mean that it is octal",
            ),
            (
                "1abc",
                "line 1, column 1: the number 1abc is not written as numbers are",
            ),
            ("\"a", "line 1, column 1: this string never ends"),
            (
                r#"["a\q"]"#,
                "line 1, column 4: strings know no such escape",
            ),
            (
                r#""\ud83d""#,
                "line 1, column 2: this is half a character of UTF-16",
            ),
            (
                r#""\u00""#,
                "line 1, column 2: four digits should follow after `\\u`",
            ),
            (
                r"\newlin",
                r"line 1, column 1: there is no character `\newlin`",
            ),
            (":", "line 1, column 1: a name should follow after `:`"),
            ("^{:a 1} [2]", "line 1, column 1: no value begins with `^`"),
            (
                "#<Object x>",
                "line 1, column 1: this object was printed in a way that can't be read back",
            ),
            (
                "#:a{:b 1}",
                "line 1, column 1: maps with a namespace in front are not read: write the names in full",
            ),
            ("##Nope", "line 1, column 1: ##Nope is no number"),
            ("#", "line 1, column 1: no value begins like this"),
            (
                "#\"a",
                "line 1, column 2: this regular expression never ends",
            ),
            (
                "#inst",
                "line 1, column 6: the text ends where a value should be",
            ),
            (
                "[#_]",
                "line 1, column 4: `]` stands where a value should be",
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_is_nested_too_deep_for_the_stack() {
        for open in ["[", "{", "{1 ", "#{", "#a ", "#_", "(", "#_#a["] {
            let error = Value::from_edn(&open.repeat(1_000_000)).unwrap_err();
            assert!(error.what.contains("128 levels"), "{open}: {error}");
        }
        let fitting = "[".repeat(DEEPEST) + &"]".repeat(DEEPEST);
        assert!(Value::from_edn(&fitting).is_ok());
    }

    #[test]
    fn no_text_panics() {
        let mut random = fastrand::Rng::with_seed(7);
        let pieces = [
            "{", "}", "[", "]", "(", ")", "#", "#{", "#_", "\"", "\\", "\\u", ":", "a", "é", "1",
            "-", "0x", "N", "/", ".", "e", " ", "\n", ";", "##", "'", "^", "nil", "d83d",
        ];
        for _ in 0..100_000 {
            let length = random.usize(0..12);
            let text: String = (0..length)
                .map(|_| pieces[random.usize(0..pieces.len())])
                .collect();
            if let Ok(value) = Value::from_edn(&text) {
                // What is printed is read as the same.
                assert_eq!(Value::from_edn(&value.to_string()), Ok(value), "{text}");
            }
        }
    }
}
