//! Parts of JSON texts.

use std::borrow::Borrow;
use std::fmt;
use std::iter;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The key of an object as bytes. It may not be valid Unicode, since an escape can encode half a
/// surrogate pair.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JsonKey(Vec<u8>);

impl Borrow<[u8]> for JsonKey {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for JsonKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = JsonKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_bytes<E>(self, key: &[u8]) -> Result<JsonKey, E> {
                Ok(JsonKey(key.to_owned()))
            }
        }
        deserializer.deserialize_bytes(KeyVisitor)
    }
}

/// Returns the entries of an object in order. Returns none for other JSON.
pub(super) fn entries<'a, K: Deserialize<'a>>(json: &'a str) -> Vec<(K, &'a RawValue)> {
    struct Entries<K>(PhantomData<K>);
    impl<'de, K: Deserialize<'de>> Visitor<'de> for Entries<K> {
        type Value = Vec<(K, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            iter::from_fn(|| map.next_entry().transpose()).collect()
        }
    }
    serde_json::Deserializer::from_str(json)
        .deserialize_map(Entries(PhantomData))
        .unwrap_or_default()
}

/// Returns the position of a substring in bytes.
pub(super) fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// Returns the beginning of a text, for log lines and error messages.
pub(crate) fn excerpt(text: &str) -> String {
    const MAX_CHARS: usize = 120;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
