//! Deserializes a whole body without its header.

use std::fmt;
use std::iter;
use std::marker::PhantomData;
use std::vec;

use serde::de::value::MapDeserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use super::header::HEADER;
use super::json::{entries, offset};

/// The name with which serde_json's `RawValue` is deserialized.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Deserializes a value from the fields of a body. `type`, `msg_id` and `in_reply_to` are hidden,
/// unless the value is a struct with a field of that name, so that `#[serde(flatten)]` does not
/// collect them.
pub(super) struct PayloadSeed<'b, T> {
    body: &'b str,
    value: PhantomData<T>,
}

impl<'b, T> PayloadSeed<'b, T> {
    /// Creates a seed for this body.
    pub(super) fn new(body: &'b str) -> Self {
        Self {
            body,
            value: PhantomData,
        }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for PayloadSeed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(PayloadDeserializer {
            body: self.body,
            deserializer,
        })
    }
}

/// The deserializer of a body without its header.
struct PayloadDeserializer<'b, D> {
    body: &'b str,
    deserializer: D,
}

impl<'de, D: Deserializer<'de>> PayloadDeserializer<'_, D> {
    fn object<V: Visitor<'de>>(self, declared: &[&str], visitor: V) -> Result<V::Value, D::Error> {
        let is_hidden = entries::<HeaderKey>(self.body)
            .into_iter()
            .map(|(HeaderKey(key), _)| key.is_some_and(|key| !declared.contains(&key)))
            .collect::<Vec<_>>()
            .into_iter();
        self.deserializer
            .deserialize_map(PayloadVisitor { visitor, is_hidden })
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for PayloadDeserializer<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.object(&[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.object(fields, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        if name != RAW_VALUE {
            return visitor.visit_newtype_struct(self);
        }
        IgnoredAny::deserialize(self.deserializer)?;
        visitor.visit_map(MapDeserializer::new(iter::once((
            RAW_VALUE,
            without_header(self.body),
        ))))
    }

    /// A type without fields is deserialized from an object, as it is serialized.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        IgnoredAny::deserialize(self.deserializer)?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserialize_unit(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Hides some entries of an object from a visitor.
struct PayloadVisitor<V> {
    visitor: V,
    /// For each entry in order, whether it is hidden.
    is_hidden: vec::IntoIter<bool>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for PayloadVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(PayloadAccess {
            map,
            is_hidden: self.is_hidden,
        })
    }
}

struct PayloadAccess<A> {
    map: A,
    is_hidden: vec::IntoIter<bool>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for PayloadAccess<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while self.is_hidden.next() == Some(true) {
            self.map.next_entry::<IgnoredAny, IgnoredAny>()?;
        }
        self.map.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Returns the JSON of the body without its header.
fn without_header(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut end = body.find('{').map_or(0, |brace| brace + 1);
    for (HeaderKey(key), value) in entries(body) {
        let begin = end;
        end = offset(body, value.get()) + value.get().len();
        if key.is_none() {
            let entry = body[begin..end].trim_start_matches([',', ' ', '\t', '\r', '\n']);
            text.push(if text.is_empty() { '{' } else { ',' });
            text.push_str(entry);
        }
    }
    if text.is_empty() {
        text.push('{');
    }
    text.push('}');
    text
}

/// The key of an entry, if it belongs to the header.
struct HeaderKey(Option<&'static str>);

impl<'de> Deserialize<'de> for HeaderKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = HeaderKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_bytes<E>(self, key: &[u8]) -> Result<HeaderKey, E> {
                let mut header = HEADER.into_iter();
                Ok(HeaderKey(header.find(|name| name.as_bytes() == key)))
            }
        }
        deserializer.deserialize_bytes(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};
    use serde_json::Value;
    use serde_json::value::RawValue;

    use crate::call::Whole;
    use crate::protocol::{Body, BodyWriter};

    fn read<T: for<'de> Deserialize<'de>>(json: &str) -> crate::Result<T> {
        let body = RawValue::from_string(json.to_owned()).unwrap();
        Body::new(&body).read()
    }

    /// Serializes a value as a whole body.
    fn written<T: Serialize>(value: T) -> String {
        use crate::call::Arguments;
        let mut out = Vec::new();
        let fields = BodyWriter::new(&mut out).message("again");
        Whole(value).write(fields).unwrap();
        String::from_utf8(out).unwrap()
    }

    const BODY: &str =
        r#"{"type":"put","x":1,"msg_id":4,"y":[2],"in_reply_to":3,"z":{"type":"t"}}"#;

    #[derive(Debug, Deserialize, Serialize, PartialEq)]
    struct Flat<T> {
        x: u8,
        #[serde(flatten)]
        rest: T,
    }

    #[derive(Debug, Deserialize, Serialize, PartialEq)]
    struct Inner {
        y: Vec<u8>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }

    #[derive(Debug, Deserialize, Serialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        x: u8,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Named {
        r#type: String,
        in_reply_to: i64,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Nothing;

    #[test]
    fn flattened_fields_do_not_include_the_header() {
        let body = r#"{"type":"again","x":1,"y":[2],"z":{"type":"t"}}"#;
        let map: Flat<BTreeMap<String, Value>> = read(BODY).unwrap();
        assert_eq!(map.rest.keys().collect::<Vec<_>>(), ["y", "z"]);
        assert_eq!(written(map), body);
        assert_eq!(written(read::<Flat<Value>>(BODY).unwrap()), body);
        assert_eq!(written(read::<Flat<Inner>>(BODY).unwrap()), body);
        let inner = read::<Flat<Flat<Value>>>(BODY);
        assert!(inner.unwrap_err().text.contains("missing field `x`"));
    }

    #[test]
    fn maps_and_raw_values_do_not_include_the_header() {
        let rest = r#"{"x":1,"y":[2],"z":{"type":"t"}}"#;
        assert_eq!(read::<Value>(BODY).unwrap().to_string(), rest);
        assert_eq!(read::<Box<RawValue>>(BODY).unwrap().get(), rest);
        let map: BTreeMap<String, Box<RawValue>> = read(BODY).unwrap();
        assert_eq!(map["z"].get(), r#"{"type":"t"}"#);
        let numbers: BTreeMap<u8, u128> = read(r#"{"type":"a","1":2,"3":4,"msg_id":1}"#).unwrap();
        assert_eq!(numbers, BTreeMap::from([(1, 2), (3, 4)]));
        for (json, raw) in [
            ("{}", "{}"),
            (r#" { "msg_id" : 1 } "#, "{}"),
            (r#"{"msg_id":1 , "a" : "b" ,"type":"x"}"#, r#"{"a" : "b"}"#),
            (r#"{"a":1,"\u0074ype":"x","b":{ }}"#, r#"{"a":1,"b":{ }}"#),
        ] {
            assert_eq!(read::<Box<RawValue>>(json).unwrap().get(), raw, "{json}");
        }
    }

    #[test]
    fn structs_include_only_header_fields_that_they_declare() {
        assert_eq!(
            read(r#"{"type":"a","x":1,"msg_id":2}"#),
            Ok(Closed { x: 1 })
        );
        let error = read::<Closed>(r#"{"type":"a","x":1,"y":2}"#).unwrap_err();
        assert!(error.text.starts_with("`y`: unknown field `y`"), "{error}");
        let named = Named {
            r#type: "put".to_owned(),
            in_reply_to: 3,
        };
        assert_eq!(read(BODY), Ok(named));
        assert_eq!(read(BODY), Ok(Some(Nothing)));
        assert_eq!(read(BODY), Ok(()));
    }

    #[test]
    fn errors_contain_the_path() {
        let error = read::<Flat<Inner>>(r#"{"type":"a","x":1,"y":[1,300]}"#).unwrap_err();
        assert!(error.text.contains("integer `300`, expected u8"), "{error}");
        let error = read::<Closed>(r#"{"type":"a","x":"1"}"#).unwrap_err();
        assert_eq!(error.text, r#"`x`: invalid type: string "1", expected u8"#);
        let error = read::<Vec<u8>>(BODY).unwrap_err();
        assert_eq!(error.text, "invalid type: map, expected a sequence");
    }
}
