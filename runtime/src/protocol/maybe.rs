//! A field that may be left out though its type is no `Option`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

/// The name under which a [`Maybe`] asks for itself, by which the reader of a missing field knows
/// that it may be missing.
pub(super) const MAYBE: &str = "mael::protocol::Maybe";

/// A field that is None if it is left out. Unlike an `Option` it is not None if it is null.
///
/// Generated code reads a parameter marked `#[serde(default)]` as this.
///
/// ```
/// use mael::protocol::{Body, Maybe, RawValue};
///
/// let body = RawValue::from_string(r#"{"type":"poll"}"#.to_owned()).unwrap();
/// let (limit,): (Maybe<u64>,) = Body::new(&body).fields(["limit"])?;
/// assert_eq!(limit.0.unwrap_or(10), 10);
/// # Ok::<(), mael::Error>(())
/// ```
pub struct Maybe<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(MAYBE, MaybeVisitor(PhantomData))
    }
}

struct MaybeVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MaybeVisitor<T> {
    type Value = Maybe<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, field: D) -> Result<Maybe<T>, D::Error> {
        T::deserialize(field).map(|value| Maybe(Some(value)))
    }

    fn visit_none<E>(self) -> Result<Maybe<T>, E> {
        Ok(Maybe(None))
    }
}
