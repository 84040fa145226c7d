//! Strings, characters and regular expressions.

use memchr::memchr2;

use super::{ReadError, Reader};
use crate::Value;

impl Reader<'_> {
    pub(super) fn string(&mut self) -> Result<String, ReadError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = memchr2(b'"', b'\\', rest.as_bytes()) else {
                return Err(self.error(start, "unterminated string"));
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

    /// Reads an escape sequence of a string.
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
            _ => return Err(self.error(start, "unknown escape sequence")),
        };
        self.at += 2;
        Ok(escaped)
    }

    /// Reads a character that is escaped as one or two UTF-16 code units.
    fn unicode(&mut self, start: usize) -> Result<char, ReadError> {
        let mut units = Vec::new();
        while units.len() < 2 && self.byte(0) == Some(b'\\') && self.byte(1) == Some(b'u') {
            let digits = self.text.get(self.at + 2..self.at + 6);
            let unit = digits.and_then(hexadecimal).map(|unit| unit as u16);
            units.push(unit.ok_or_else(|| {
                self.error(start, "expected four hexadecimal digits after `\\u`")
            })?);
            self.at += 6;
            if let Some(Ok(character)) = char::decode_utf16(units.iter().copied()).next() {
                return Ok(character);
            }
        }
        Err(self.error(start, "unpaired UTF-16 surrogate"))
    }

    /// Reads a regular expression, without interpreting it.
    pub(super) fn pattern(&mut self) -> Result<Value, ReadError> {
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
                _ => return Err(self.error(start, "unterminated regular expression")),
            }
        }
    }

    pub(super) fn character(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        self.at += 1;
        // The first character may be one that ends any other token.
        let Some(first) = self.text[self.at..].chars().next() else {
            return Err(self.error(start, "expected a character after `\\`"));
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
            .ok_or_else(|| self.error(start, format!("unknown character `\\{name}`")))
    }
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let all = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u32::from_str_radix(digits, 16).ok())?
}
