//! Values captured in serde's data model instead of JSON.
//!
//! Within a process, a body need not be serialized to bytes: its fields are captured as a tree, and
//! deserializing from the tree has the same result as from JSON. If a value can't be represented
//! exactly, such as a floating-point number, the whole body is serialized to JSON instead. If
//! deserializing from the tree fails, it is repeated from JSON, which also gives the error message.

use std::io::{self, ErrorKind, Write};
use std::mem;

use serde::de::value::{
    BorrowedStrDeserializer, Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer,
};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{Serialize, Serializer};
use serde_json::ser::{CharEscape, Formatter};

/// A JSON value without fractions, integers of more than 64 bits, and integers as keys.
#[derive(Debug)]
pub(super) enum Captured {
    Null,
    Bool(bool),
    Unsigned(u64),
    /// Below zero.
    Negative(i64),
    Text(String),
    List(Vec<Captured>),
    Object(Vec<(String, Captured)>),
}

impl Captured {
    /// Captures a value. Returns None if it has to be serialized to JSON.
    pub(super) fn of(value: &(impl Serialize + ?Sized)) -> Option<Self> {
        let mut capture = Capture::default();
        let mut serializer = serde_json::Serializer::with_formatter(Unsupported, &mut capture);
        value.serialize(&mut serializer).ok()?;
        capture.done
    }
}

/// Returns a deserializer of the fields of an object.
pub(super) fn object<'de, K: AsRef<str>>(
    fields: &'de [(K, Captured)],
) -> MapDeserializer<'de, impl Iterator<Item = (&'de str, &'de Captured)>, Error> {
    MapDeserializer::new(fields.iter().map(|(key, value)| (key.as_ref(), value)))
}

impl Serialize for Captured {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Negative(value) => serializer.serialize_i64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(fields) => serializer.collect_map(fields.iter().map(|(k, v)| (k, v))),
        }
    }
}

/// A writer that fails. serde_json writes to it what [`Capture`] does not handle.
struct Unsupported;

impl Write for Unsupported {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Builds a [`Captured`] from the calls of serde_json's serializer.
#[derive(Default)]
struct Capture {
    /// The lists and objects that are not complete.
    open: Vec<Captured>,
    /// The string that is not complete.
    text: Option<String>,
    /// Whether the string is a key.
    is_key: bool,
    done: Option<Captured>,
}

impl Capture {
    fn value(&mut self, value: Captured) -> io::Result<()> {
        if self.text.is_some() {
            // A key that is not a string.
            return Err(ErrorKind::Unsupported.into());
        }
        match self.open.last_mut() {
            Some(Captured::List(values)) => values.push(value),
            Some(Captured::Object(fields)) => {
                if let Some((_, field)) = fields.last_mut() {
                    *field = value;
                }
            }
            _ => self.done = Some(value),
        }
        Ok(())
    }

    /// Adds a field without its value.
    fn key(&mut self, key: String) {
        if let Some(Captured::Object(fields)) = self.open.last_mut() {
            fields.push((key, Captured::Null));
        }
    }

    fn begin(&mut self, value: Captured) -> io::Result<()> {
        self.open.push(value);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let value = self.open.pop();
        value.map_or(Ok(()), |value| self.value(value))
    }
}

/// Implements methods for numbers and booleans.
macro_rules! numbers {
    ($($write:ident: $Type:ty => $captured:expr),*) => {
        $(fn $write<W: Write + ?Sized>(&mut self, _: &mut W, value: $Type) -> io::Result<()> {
            self.value($captured(value.into()))
        })*
    };
}

/// Implements methods without content.
macro_rules! pieces {
    ($this:ident: $($method:ident($($first:ty)?) => $does:expr),*) => {
        $(fn $method<W: Write + ?Sized>(&mut $this, _: &mut W $(, _: $first)?) -> io::Result<()> {
            $does
        })*
    };
}

impl Formatter for &mut Capture {
    numbers!(
        write_u8: u8 => Captured::Unsigned,
        write_u16: u16 => Captured::Unsigned,
        write_u32: u32 => Captured::Unsigned,
        write_u64: u64 => Captured::Unsigned,
        write_i8: i8 => integer,
        write_i16: i16 => integer,
        write_i32: i32 => integer,
        write_i64: i64 => integer,
        write_bool: bool => Captured::Bool
    );

    pieces!(self:
        write_null() => self.value(Captured::Null),
        begin_array() => self.begin(Captured::List(Vec::new())),
        begin_array_value(bool) => Ok(()),
        end_array() => self.end(),
        begin_object() => self.begin(Captured::Object(Vec::new())),
        begin_object_value() => Ok(()),
        end_object() => self.end()
    );

    fn begin_object_key<W: Write + ?Sized>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        self.is_key = true;
        Ok(())
    }

    fn begin_string<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.text = Some(String::new());
        Ok(())
    }

    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        _: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.text.get_or_insert_default().push_str(fragment);
        Ok(())
    }

    fn write_char_escape<W: Write + ?Sized>(
        &mut self,
        _: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.text.get_or_insert_default().push(match escape {
            CharEscape::Quote => '"',
            CharEscape::ReverseSolidus => '\\',
            CharEscape::Solidus => '/',
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => byte.into(),
        });
        Ok(())
    }

    fn end_string<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        let text = self.text.take().unwrap_or_default();
        if mem::take(&mut self.is_key) {
            self.key(text);
            return Ok(());
        }
        self.value(Captured::Text(text))
    }
}

/// Non-negative integers are unsigned, as for a parser of JSON.
fn integer(value: i64) -> Captured {
    u64::try_from(value).map_or(Captured::Negative(value), Captured::Unsigned)
}

/// Implements methods that accept only these kinds of values, as a parser of JSON does.
macro_rules! only {
    ($kinds:pat => $($deserialize:ident)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self {
                $kinds => self.deserialize_any(visitor),
                _ => Err(unexpected()),
            }
        })*
    };
}

/// The error is never seen: deserialization is repeated from JSON.
fn unexpected() -> Error {
    Error::custom("another type was expected")
}

impl<'de> Deserializer<'de> for &'de Captured {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Captured::Null => visitor.visit_unit(),
            Captured::Bool(value) => visitor.visit_bool(*value),
            Captured::Unsigned(value) => visitor.visit_u64(*value),
            Captured::Negative(value) => visitor.visit_i64(*value),
            Captured::Text(text) => visitor.visit_borrowed_str(text),
            Captured::List(values) => {
                let mut list = SeqDeserializer::new(values.iter());
                let value = visitor.visit_seq(&mut list)?;
                list.end().map(|()| value)
            }
            Captured::Object(fields) => {
                let mut object = object(fields);
                let value = visitor.visit_map(&mut object)?;
                object.end().map(|()| value)
            }
        }
    }

    only!(Captured::Bool(_) => deserialize_bool);
    only!(Captured::Unsigned(_) | Captured::Negative(_) =>
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i128 deserialize_u128 deserialize_f32 deserialize_f64);
    only!(Captured::Text(_) =>
        deserialize_char deserialize_str deserialize_string deserialize_identifier);
    only!(Captured::List(_) => deserialize_seq);
    only!(Captured::Object(_) => deserialize_map);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Captured::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Captured::Text(variant) => visitor.visit_enum(BorrowedStrDeserializer::new(variant)),
            Captured::Object(fields) if fields.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(object(fields)))
            }
            _ => Err(unexpected()),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct tuple tuple_struct struct
    }
}

impl<'de> IntoDeserializer<'de> for &'de Captured {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fmt::Debug;
    use std::time::Duration;

    use serde::{Deserialize, Serialize};
    use serde_json::value::RawValue;
    use serde_json::{Number, Value, json};

    use super::*;

    /// Checks that capturing a value changes neither its JSON nor how it is deserialized.
    fn same<T>(value: &T)
    where
        T: Serialize + for<'de> Deserialize<'de> + PartialEq + Debug,
    {
        let json = serde_json::to_string(value).unwrap();
        let captured = Captured::of(value).unwrap();
        assert_eq!(serde_json::to_string(&captured).unwrap(), json);
        let read = T::deserialize(&captured).unwrap();
        assert_eq!(read, serde_json::from_str(&json).unwrap(), "{json}");
    }

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    enum Shape {
        Point,
        Circle(u8),
    }

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Drawing {
        r#type: String,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
        #[serde(skip)]
        secret: u8,
    }

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Wrapped((u8, char));

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(i64),
        Text(String),
    }

    #[test]
    fn captured_values_serialize_and_deserialize_like_json() {
        same(&(u8::MAX, i8::MIN, u64::MAX, i64::MIN, -0i32));
        same(&(true, 'é', "a \"quoted\"\u{7f}\0".to_owned(), ()));
        same(&[Some(Some(1)), Some(None), None]);
        same(&BTreeSet::from([(1, 'x'), (2, 'y')]));
        same(&BTreeMap::from([
            ("a".to_owned(), Some(())),
            ("b".to_owned(), None),
        ]));
        same(&BTreeMap::from([
            ("1".to_owned(), [0u16; 3]),
            ("01".to_owned(), [1; 3]),
        ]));
        same(&BTreeMap::from([(
            Wrapped((1, 'b')).0.1,
            Wrapped((1, 'b')),
        )]));
        same(&[Shape::Point, Shape::Circle(3)]);
        same(&[Untagged::Number(-1), Untagged::Text("a".to_owned())]);
        same(&Duration::from_millis(1_500));
        same(&json!({"b": [1, -1, null], "a": {"type": "x"}}));
        same(&Drawing {
            r#type: "line".to_owned(),
            rest: BTreeMap::from([("x".to_owned(), json!([1, "2"]))]),
            secret: 7,
        });
    }

    #[test]
    fn values_without_exact_representation_are_not_captured() {
        let raw = RawValue::from_string("1".to_owned()).unwrap();
        assert!(Captured::of(&0.5f64).is_none());
        assert!(Captured::of(&0.5f32).is_none());
        assert!(Captured::of(&u128::MAX).is_none());
        assert!(Captured::of(&raw).is_none());
        assert!(Captured::of(&Number::from_f64(0.5)).is_none());
        assert!(Captured::of(&BTreeMap::from([(vec![1], 2)])).is_none());
        assert!(Captured::of(&BTreeMap::from([(true, 2)])).is_none());
        assert!(Captured::of(&BTreeMap::from([(1, 2)])).is_none());
        assert!(Captured::of(&[Some(vec![json!({"a": 0.1})])]).is_none());
    }

    #[test]
    fn nan_and_infinity_are_captured_as_null() {
        assert_eq!(serde_json::to_string(&f32::NAN).unwrap(), "null");
        assert!(matches!(Captured::of(&f32::NAN), Some(Captured::Null)));
        assert!(matches!(Captured::of(&f64::INFINITY), Some(Captured::Null)));
    }

    #[test]
    fn deserializing_fails_where_it_fails_from_json() {
        fn fails<T: for<'de> Deserialize<'de>>(value: &impl Serialize) {
            let json = serde_json::to_string(value).unwrap();
            let captured = Captured::of(value).unwrap();
            assert!(serde_json::from_str::<T>(&json).is_err(), "{json}");
            assert!(T::deserialize(&captured).is_err(), "{json}");
        }
        fails::<String>(&1);
        fails::<u8>(&256);
        fails::<u64>(&"1");
        fails::<(u8, u8)>(&[1, 2, 3]);
        fails::<Wrapped>(&[1, 2]);
        fails::<BTreeMap<u8, u8>>(&BTreeMap::from([("+1", 1)]));
        fails::<Shape>(&BTreeMap::from([("Circle", 1), ("Point", 2)]));
        fails::<Shape>(&"Square");
    }
}
