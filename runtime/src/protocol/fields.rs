//! Deserializes named fields of an object into a tuple, in one pass.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use super::MsgId;
use super::decode_error::explain;
use super::defaulted_field::DEFAULTED_FIELD;
use super::header::HEADER;
use super::value::Readable;
use crate::Result;

/// How to treat unknown fields.
#[derive(Clone, Copy)]
pub(super) enum Unknown {
    Skipped,
    Rejected,
}

/// A tuple of up to twelve elements that can be deserialized from the fields of an object.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be read from the fields of a message",
    note = "the type of each parameter must implement `serde::Deserialize`"
)]
pub trait Fields<'de>: Sized {
    #[doc(hidden)]
    fn read<A: MapAccess<'de>>(reader: Reader<'_, A>) -> Result<Self, A::Error>;
}

/// Reads `names` from `body`.
pub(super) fn read_fields<'de, T: Fields<'de>>(
    body: &'de str,
    names: &[&'static str],
    unknown: Unknown,
) -> Result<T> {
    let visitor = |keys| FieldsVisitor {
        names,
        unknown,
        keys,
        tuple: PhantomData::<T>,
    };
    serde_json::Deserializer::from_str(body)
        .deserialize_map(visitor(Keys::Bytes))
        .map_err(|error| explain(body, visitor(Keys::Text), &error))
}

/// Reads `names` from an object with string keys.
pub(super) fn read_object<'de, T: Fields<'de>, A: MapAccess<'de>>(
    map: A,
    names: &[&'static str],
    unknown: Unknown,
) -> Result<T, A::Error> {
    T::read(Reader {
        map,
        names,
        unknown,
        keys: Keys::Bytes,
    })
}

/// How keys are deserialized.
#[derive(Clone, Copy)]
enum Keys {
    /// As bytes. A key may not be valid Unicode, since an escape can encode half a surrogate pair.
    Bytes,
    /// As strings, which is required for the path in an error.
    Text,
}

struct FieldsVisitor<'n, T> {
    names: &'n [&'static str],
    unknown: Unknown,
    keys: Keys,
    tuple: PhantomData<T>,
}

impl<'de, T: Fields<'de>> DeserializeSeed<'de> for FieldsVisitor<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Fields<'de>> Visitor<'de> for FieldsVisitor<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(Reader {
            map,
            names: self.names,
            unknown: self.unknown,
            keys: self.keys,
        })
    }
}

/// Iterates over the keys of an object, and stops at the requested ones.
#[doc(hidden)]
pub struct Reader<'n, A> {
    map: A,
    names: &'n [&'static str],
    unknown: Unknown,
    keys: Keys,
}

impl<'de, A: MapAccess<'de>> Reader<'_, A> {
    /// Returns the index of the next requested field.
    fn next(&mut self) -> Result<Option<usize>, A::Error> {
        loop {
            let key = KeySeed(self.names, self.unknown, self.keys);
            match self.map.next_key_seed(key)? {
                Some(FieldKey::Named(index)) => return Ok(Some(index)),
                Some(FieldKey::Id) => drop(self.map.next_value::<MsgId>()?),
                Some(FieldKey::Other) => drop(self.map.next_value::<IgnoredAny>()?),
                None => return Ok(None),
            }
        }
    }

    fn value<T: Deserialize<'de>>(
        &mut self,
        index: usize,
        slot: &mut Option<T>,
    ) -> Result<(), A::Error> {
        let name = self.names[index];
        if slot.is_some() {
            return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
        }
        *slot = Some(self.map.next_value()?);
        Ok(())
    }

    fn require<T: Deserialize<'de>>(&self, index: usize, slot: Option<T>) -> Result<T, A::Error> {
        match slot {
            Some(value) => Ok(value),
            None => T::deserialize(Missing(self.names[index], PhantomData)),
        }
    }
}

/// A key of an object.
enum FieldKey {
    /// The name at this index.
    Named(usize),
    /// An ID in the header of a body that is read strictly: it must be an integer.
    Id,
    /// Any other key.
    Other,
}

/// Looks a key up in the names.
struct KeySeed<'n>(&'n [&'static str], Unknown, Keys);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = FieldKey;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.2 {
            Keys::Bytes => deserializer.deserialize_bytes(self),
            Keys::Text => deserializer.deserialize_str(self),
        }
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = FieldKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        self.visit_bytes(key.as_bytes())
    }

    fn visit_bytes<E: serde::de::Error>(self, key: &[u8]) -> Result<Self::Value, E> {
        let is_key = |name: &&str| name.as_bytes() == key;
        if let Some(index) = self.0.iter().position(is_key) {
            return Ok(FieldKey::Named(index));
        }
        let [msg_type, ids @ ..] = HEADER;
        match self.1 {
            Unknown::Rejected if ids.iter().any(is_key) => Ok(FieldKey::Id),
            Unknown::Rejected if !is_key(&msg_type) => {
                let key = String::from_utf8_lossy(key);
                Err(E::custom(format_args!(
                    "`{key}` is not a field of this message"
                )))
            }
            _ => Ok(FieldKey::Other),
        }
    }
}

/// Deserializes a missing field: None for an `Option`, and an error for any other type.
struct Missing<E>(&'static str, PhantomData<E>);

impl<'de, E: serde::de::Error> Deserializer<'de> for Missing<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::custom(format_args!("`{}` is missing", self.0)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        match name {
            DEFAULTED_FIELD => visitor.visit_none(),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

macro_rules! fields {
    ($($index:tt $T:ident $slot:ident),*) => {
        impl<'de, $($T: Readable<'de>),*> Fields<'de> for ($($T,)*) {
            fn read<Map: MapAccess<'de>>(mut reader: Reader<'_, Map>) -> Result<Self, Map::Error> {
                $(let mut $slot = None::<$T>;)*
                while let Some(index) = reader.next()? {
                    match index {
                        $($index => reader.value(index, &mut $slot)?,)*
                        _ => unreachable!("the tuple has as many elements as names"),
                    }
                }
                Ok(($(reader.require($index, $slot)?,)*))
            }
        }
    };
}

fields!();
fields!(0 A a);
fields!(0 A a, 1 B b);
fields!(0 A a, 1 B b, 2 C c);
fields!(0 A a, 1 B b, 2 C c, 3 D d);
fields!(0 A a, 1 B b, 2 C c, 3 D d, 4 E e);
fields!(0 A a, 1 B b, 2 C c, 3 D d, 4 E e, 5 F f);
fields!(0 A a, 1 B b, 2 C c, 3 D d, 4 E e, 5 F f, 6 G g);
fields!(0 A a, 1 B b, 2 C c, 3 D d, 4 E e, 5 F f, 6 G g, 7 H h);
fields!(0 A a, 1 B b, 2 C c, 3 D d, 4 E e, 5 F f, 6 G g, 7 H h, 8 I i);
fields!(0 A a, 1 B b, 2 C c, 3 D d, 4 E e, 5 F f, 6 G g, 7 H h, 8 I i, 9 J j);
fields!(0 A a, 1 B b, 2 C c, 3 D d, 4 E e, 5 F f, 6 G g, 7 H h, 8 I i, 9 J j, 10 K k);
fields!(0 A a, 1 B b, 2 C c, 3 D d, 4 E e, 5 F f, 6 G g, 7 H h, 8 I i, 9 J j, 10 K k, 11 L l);

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::value::RawValue;

    use crate::ErrorCode;
    use crate::protocol::{Body, DefaultedField, Text};

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn an_option_is_none_if_it_is_missing_or_null() {
        let body = raw(r#"{"b":null}"#);
        let fields = Body::new(&body).fields(["a", "b"]);
        assert_eq!(fields, Ok((None::<u64>, None::<u64>)));
    }

    #[test]
    fn integers_are_exact_to_128_bits() {
        let body = raw(r#"{"a":340282366920938463463374607431768211455,"b":-9223372036854775808}"#);
        let fields = Body::new(&body).fields(["a", "b"]);
        assert_eq!(fields, Ok((u128::MAX, i64::MIN)));
    }

    #[test]
    fn errors_contain_the_field_name() {
        let text = |json: &str| {
            let body = raw(json);
            Body::new(&body)
                .fields::<(u64,), 1>(["a"])
                .unwrap_err()
                .text
        };
        assert!(text("{}").starts_with("`a` is missing"));
        assert!(text(r#"{"a":[1]}"#).starts_with("`a`: invalid type: sequence"));
        assert!(text(r#"{"a":1,"a":2}"#).starts_with("duplicate field `a`"));
    }

    #[test]
    fn exact_fields_reject_unknown_keys() {
        let exact = |json: &str| {
            let body = raw(json);
            Body::new(&body).exact_fields::<(u64,), 1>(["a"])
        };
        assert_eq!(exact(r#"{"type":"x","in_reply_to":1,"a":5}"#), Ok((5,)));
        assert!(
            exact(r#"{"a":5,"node":"n1"}"#)
                .unwrap_err()
                .text
                .contains("`node`")
        );
    }

    #[test]
    fn exact_fields_require_integer_ids() {
        let exact = |json: &str| {
            let body = raw(json);
            let fields = Body::new(&body).exact_fields::<(u64,), 1>(["a"]);
            fields.map_err(|error| error.text)
        };
        let large = r#"{"msg_id":123456789012345678901234567890,"in_reply_to":-1,"a":5}"#;
        assert_eq!(exact(large), Ok((5,)));
        for (json, text) in [
            (
                r#"{"a":5,"msg_id":3.0}"#,
                "`msg_id`: expected an integer, not 3.0",
            ),
            (
                r#"{"msg_id":"3","a":5}"#,
                "`msg_id`: expected an integer, not \"3\"",
            ),
            (
                r#"{"msg_id":null,"a":5}"#,
                "`msg_id`: expected an integer, not null",
            ),
            (
                r#"{"msg_id":[1],"a":5}"#,
                "`msg_id`: expected an integer, not [1]",
            ),
            (
                r#"{"in_reply_to":1e0,"a":5}"#,
                "`in_reply_to`: expected an integer, not 1e0",
            ),
        ] {
            assert_eq!(exact(json), Err(text.to_owned()));
        }
    }

    #[test]
    fn a_defaulted_field_may_be_missing_but_not_null() {
        let read = |json: &str| {
            let body = raw(json);
            let fields = Body::new(&body).fields::<(DefaultedField<u64>,), 1>(["a"]);
            fields
                .map(|(DefaultedField(value),)| value)
                .map_err(|error| error.code)
        };
        assert_eq!(read("{}"), Ok(None));
        assert_eq!(read(r#"{"a":3}"#), Ok(Some(3)));
        assert_eq!(read(r#"{"a":null}"#), Err(ErrorCode::MalformedRequest));
    }

    #[test]
    fn text_is_borrowed_unless_it_has_escapes() {
        let body = raw(r#"{"a":"plain","b":"\u00e9"}"#);
        let (a, b): (Text<'_>, Text<'_>) = Body::new(&body).fields(["a", "b"]).unwrap();
        assert!(matches!(a.0, Cow::Borrowed("plain")));
        assert!(matches!(b.0, Cow::Owned(text) if text == "é"));
    }
}
