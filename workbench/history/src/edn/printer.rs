//! Prints values as EDN, on one line or indented.

use std::fmt::{self, Write as _};

use crate::Value;

/// The line width of indented text, which is that of Clojure's printer.
const WIDTH: usize = 72;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) if value.is_finite() => write!(f, "{value:?}"),
            Self::Float(value) if value.is_nan() => f.write_str("##NaN"),
            Self::Float(value) if *value < 0.0 => f.write_str("##-Inf"),
            Self::Float(_) => f.write_str("##Inf"),
            Self::Keyword(name) => write!(f, ":{name}"),
            Self::Symbol(name) => f.write_str(name),
            Self::Str(text) => write_edn_string(f, text),
            Self::List(items) => write_items(f, "[", items, "]"),
            Self::Set(items) => write_items(f, "#{", items, "}"),
            Self::Map(entries) => {
                f.write_char('{')?;
                for (position, (key, value)) in entries.iter().enumerate() {
                    let comma = if position == 0 { "" } else { ", " };
                    write!(f, "{comma}{key} {value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn write_items<'a>(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    items: impl IntoIterator<Item = &'a Value>,
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    for (position, item) in items.into_iter().enumerate() {
        let space = if position == 0 { "" } else { " " };
        write!(f, "{space}{item}")?;
    }
    f.write_str(close)
}

fn write_edn_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}

/// Prints a value indented: a collection that does not fit on a line has a line for each item.
pub struct Pretty<'a>(pub &'a Value);

impl fmt::Display for Pretty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_pretty(f, self.0, 0)
    }
}

/// Writes a value that starts in this column.
fn write_pretty(f: &mut fmt::Formatter<'_>, value: &Value, column: usize) -> fmt::Result {
    if write!(Room(WIDTH.saturating_sub(column)), "{value}").is_ok() {
        return write!(f, "{value}");
    }
    match value {
        Value::List(items) => write_pretty_items(f, ("[", items, "]"), column),
        Value::Set(items) => write_pretty_items(f, ("#{", items, "}"), column),
        Value::Map(entries) => {
            let inner = column + 1;
            f.write_char('{')?;
            for (position, (key, value)) in entries.iter().enumerate() {
                if position > 0 {
                    write!(f, ",\n{:inner$}", "")?;
                }
                let key = key.to_string();
                write!(f, "{key} ")?;
                write_pretty(f, value, inner + key.chars().count() + 1)?;
            }
            f.write_char('}')
        }
        _ => write!(f, "{value}"),
    }
}

/// Writes items between brackets, the opening one in this column.
fn write_pretty_items<'a>(
    f: &mut fmt::Formatter<'_>,
    (open, items, close): (&str, impl IntoIterator<Item = &'a Value>, &str),
    column: usize,
) -> fmt::Result {
    let inner = column + open.len();
    f.write_str(open)?;
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            write!(f, "\n{:inner$}", "")?;
        }
        write_pretty(f, item, inner)?;
    }
    f.write_str(close)
}

/// The remaining width of a line. Writing more fails.
struct Room(usize);

impl fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.chars().count()).ok_or(fmt::Error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn display_prints_edn() {
        let value = Value::map([
            ("f", Value::keyword("read")),
            (
                "value",
                Value::from(vec![Value::Nil, Value::from("a\"b"), Value::from(1.0)]),
            ),
        ]);
        assert_eq!(value.to_string(), r#"{:f :read, :value [nil "a\"b" 1.0]}"#);
    }

    #[test]
    fn a_collection_wider_than_a_line_has_a_line_for_each_item() {
        let long: Vec<i64> = vec![123_456_789_012_345; 4];
        let value = Value::map([
            (
                "a",
                Value::map([("b", long.into()), ("c", Value::Bool(true))]),
            ),
            ("d", Value::from(vec![1, 2])),
            ("e", Value::from("x".repeat(80))),
        ]);
        let text = Pretty(&value).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "{:a {:b [123456789012345");
        assert_eq!(lines[1], "         123456789012345");
        assert_eq!(lines[4..6], ["     :c true},", " :d [1 2],"]);
        assert_eq!(lines[6], format!(" :e \"{}\"}}", "x".repeat(80)));
        assert_eq!(Value::from_edn(&text), Ok(value));
        let narrow = Value::from(vec!["y".repeat(30); 3]);
        let item = format!("\"{}\"", "y".repeat(30));
        assert_eq!(
            Pretty(&narrow).to_string(),
            format!("[{item}\n {item}\n {item}]")
        );
        let set: BTreeSet<Value> = ["a", "b", "c"].map(|it| it.repeat(30).into()).into();
        let [a, b, c] = ["a", "b", "c"].map(|it| format!("\"{}\"", it.repeat(30)));
        assert_eq!(
            Pretty(&set.into()).to_string(),
            format!("#{{{a}\n  {b}\n  {c}}}")
        );
    }
}
