//! Reads EDN, form by form.

use std::collections::{BTreeMap, BTreeSet};

use super::{ReadError, intern};
use crate::Value;
use crate::text::shorten;
use crate::value::{DEEPEST, SHOWN};

/// The opening bracket of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bracket {
    /// `{`
    Map,
    /// `[` or `(`
    List,
}

/// Reads one form after the other.
pub(crate) struct Reader<'a> {
    pub(super) text: &'a str,
    /// The offset of the next byte, always on a character boundary.
    pub(super) at: usize,
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

    /// Advances to the next form, past its tags, and returns its bracket; `None` at the end.
    ///
    /// # Errors
    /// Returns an error if the next form is not a map, list or vector; `expected` is what the error
    /// names.
    pub(crate) fn bracket(&mut self, expected: &str) -> Result<Option<Bracket>, ReadError> {
        loop {
            self.blank()?;
            match self.peek() {
                None => return Ok(None),
                Some(b'{') => return Ok(Some(Bracket::Map)),
                Some(b'[' | b'(') => return Ok(Some(Bracket::List)),
                Some(b'#') if self.tag()? => {}
                Some(b'^') => self.metadata()?,
                Some(_) => return Err(self.error(self.at, format!("expected {expected}"))),
            }
        }
    }

    /// Reads a map whose brace is next, and passes each entry to `take`, whose error is reported at
    /// the entry's value.
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

    /// Returns the offset of the next byte, for [`error`](Self::error).
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Returns an error at an offset.
    pub(crate) fn error(&self, at: usize, what: impl Into<String>) -> ReadError {
        ReadError::at(self.text, at, what)
    }

    /// Reads the only form of the text.
    pub(super) fn only(mut self) -> Result<Value, ReadError> {
        let value = self.form()?;
        self.blank()?;
        match self.peek() {
            None => Ok(value),
            Some(_) => Err(self.error(self.at, "unexpected text after the value")),
        }
    }

    fn form(&mut self) -> Result<Value, ReadError> {
        self.blank()?;
        match self.peek() {
            None => Err(self.error(self.at, "expected a value, but the text ends")),
            Some(b'"') => self.string().map(Value::Str),
            Some(b'[' | b'(') => self.list(),
            Some(b'{') => self.entries(None),
            Some(b':') => self.keyword(),
            Some(b'\\') => self.character(),
            Some(b'#') => self.dispatch(),
            Some(b'^') => {
                self.metadata()?;
                self.nested(Self::form)
            }
            Some(b'0'..=b'9') => self.number(),
            Some(b'+' | b'-') if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => {
                self.number()
            }
            Some(byte @ (b']' | b')' | b'}')) => Err(self.error(
                self.at,
                format!("expected a value, not `{}`", char::from(byte)),
            )),
            Some(byte @ (b'\'' | b'`' | b'~' | b'@')) => Err(self.error(
                self.at,
                format!("no value starts with `{}`", char::from(byte)),
            )),
            Some(_) => Ok(match self.token() {
                "nil" => Value::Nil,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                symbol => Value::symbol(symbol.to_owned()),
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

    /// Reads a set whose brace is next. Duplicates are allowed: values that differ in Clojure, such
    /// as a character and a string, may be equal here.
    fn set(&mut self) -> Result<Value, ReadError> {
        let mut items = BTreeSet::new();
        self.bracketed(|reader| {
            items.insert(reader.form()?);
            Ok(())
        })?;
        Ok(Value::Set(items))
    }

    /// Reads a map, whose keyword keys get the namespace, if there is one.
    fn entries(&mut self, namespace: Option<&str>) -> Result<Value, ReadError> {
        let mut entries = BTreeMap::new();
        self.map(|key, value| {
            let key = match namespace {
                Some(namespace) => qualify(key, namespace),
                None => key,
            };
            match entries.insert(key, value) {
                None => Ok(()),
                Some(_) => Err("duplicate key".to_owned()),
            }
        })?;
        Ok(Value::Map(entries))
    }

    /// Reads a namespaced map such as `#:a{:b 1}`, which is short for `{:a/b 1}`.
    fn namespaced_map(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        let namespace = &self.token()["#:".len()..];
        if namespace.is_empty() || namespace.contains([':', '/']) {
            return Err(self.error(start, "expected the name of a namespace after `#:`"));
        }
        self.blank()?;
        match self.peek() {
            Some(b'{') => self.entries(Some(namespace)),
            _ => Err(self.error(self.at, format!("expected a map after `#:{namespace}`"))),
        }
    }

    /// Skips the metadata of the next form.
    fn metadata(&mut self) -> Result<(), ReadError> {
        self.at += 1;
        self.nested(Self::form).map(drop)
    }

    fn keyword(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        match &self.token()[1..] {
            "" => Err(self.error(start, "expected a name after `:`")),
            name => Ok(Value::Keyword(intern(name))),
        }
    }

    /// Reads a form that starts with `#`.
    fn dispatch(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        match self.byte(1) {
            Some(b'{') => {
                self.at += 1;
                self.set()
            }
            Some(b'"') => {
                self.at += 1;
                self.pattern()
            }
            Some(b'#') => match self.token() {
                "##Inf" => Ok(Value::Float(f64::INFINITY)),
                "##-Inf" => Ok(Value::Float(f64::NEG_INFINITY)),
                "##NaN" => Ok(Value::Float(f64::NAN)),
                other => Err(self.error(start, format!("{other} is not a number"))),
            },
            Some(b'\'') => Ok(Value::Str(self.token()[2..].to_owned())),
            Some(b':') => self.namespaced_map(),
            _ if self.tag()? => self.nested(Self::form),
            _ => Err(self.error(start, "unknown `#` form")),
        }
    }

    /// Skips a tag, such as `#inst`, if one is next.
    fn tag(&mut self) -> Result<bool, ReadError> {
        let start = self.at;
        match self.byte(1) {
            Some(b'<') => Err(self.error(start, "objects printed as #<...> can't be read")),
            Some(byte) if !byte.is_ascii() || byte.is_ascii_alphabetic() => {
                self.token();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn number(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        let token = self.token();
        super::number::number(token).map_err(|what| {
            let token = shorten(token, SHOWN);
            self.error(start, format!("the number {token} {what}"))
        })
    }

    /// Skips whitespace, commas, comments and discarded forms.
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
                // The byte order mark.
                Some(0xef) if self.at == 0 && self.text.starts_with('\u{feff}') => {
                    self.at = '\u{feff}'.len_utf8();
                }
                _ => return Ok(()),
            }
        }
    }

    /// Reads a form one level deeper.
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

    /// Reads up to the end of a name or a number.
    pub(super) fn token(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(ends_token).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn peek(&self) -> Option<u8> {
        self.byte(0)
    }

    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }
}

/// Qualifies a key of a namespaced map. A key with its own namespace keeps it; the namespace `_`
/// means none.
fn qualify(key: Value, namespace: &str) -> Value {
    match &key {
        Value::Keyword(name) => match name.strip_prefix("_/") {
            Some(name) => Value::Keyword(intern(name)),
            None if name.contains('/') => key,
            None => Value::keyword(format!("{namespace}/{name}")),
        },
        _ => key,
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
