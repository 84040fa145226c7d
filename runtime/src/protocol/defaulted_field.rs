//! A field with a default value.

use std::fmt;
use std::marker::PhantomData;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

/// The name with which a [`DefaultedField`] is deserialized, so that the deserializer of a missing
/// field recognizes it.
pub(super) const DEFAULTED_FIELD: &str = "mael::protocol::DefaultedField";

/// A field that is None if it is missing. Unlike for an `Option`, null is not None.
///
/// Generated code deserializes parameters marked `#[serde(default)]` as this type.
///
/// ```
/// use mael::protocol::{Body, DefaultedField, RawValue};
///
/// let body = RawValue::from_string(r#"{"type":"poll"}"#.to_owned()).unwrap();
/// let (limit,): (DefaultedField<u64>,) = Body::new(&body).fields(["limit"])?;
/// assert_eq!(limit.0.unwrap_or(10), 10);
/// # Ok::<(), mael::Error>(())
/// ```
pub struct DefaultedField<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for DefaultedField<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(DEFAULTED_FIELD, DefaultedFieldVisitor(PhantomData))
    }
}

struct DefaultedFieldVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for DefaultedFieldVisitor<T> {
    type Value = DefaultedField<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        field: D,
    ) -> Result<DefaultedField<T>, D::Error> {
        T::deserialize(field).map(|value| DefaultedField(Some(value)))
    }

    fn visit_none<E>(self) -> Result<DefaultedField<T>, E> {
        Ok(DefaultedField(None))
    }
}
