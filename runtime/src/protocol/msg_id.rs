//! Message IDs.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::json::excerpt;

/// The ID of a request, which is unique per sender. It can be any JSON integer. Integers of more
/// than 64 bits are kept as text, so that a reply repeats them exactly.
///
/// ```
/// use mael::protocol::MsgId;
///
/// assert_eq!(MsgId::from_json("-7"), Some(MsgId::from(-7)));
/// assert_eq!(MsgId::from_json("7.0"), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MsgId(Repr);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Repr {
    Small(i64),
    Large(Box<str>),
}

impl From<i64> for MsgId {
    fn from(id: i64) -> Self {
        Self(Repr::Small(id))
    }
}

impl MsgId {
    /// Returns the ID as a number, if it fits into 64 bits.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(id) => Some(id),
            Repr::Large(_) => None,
        }
    }

    /// Parses a JSON integer. Returns None if `json` is anything else.
    pub fn from_json(json: &str) -> Option<Self> {
        if let Ok(id) = json.parse() {
            return Some(Self(Repr::Small(id)));
        }
        let digits = json.strip_prefix('-').unwrap_or(json);
        let integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        integer.then(|| Self(Repr::Large(json.into())))
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(id) => id.fmt(f),
            Repr::Large(digits) => digits.fmt(f),
        }
    }
}

impl fmt::Debug for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for MsgId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Small(id) => serializer.serialize_i64(*id),
            Repr::Large(digits) => RawValue::from_string(digits.to_string())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for MsgId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        Self::from_json(json.get()).ok_or_else(|| {
            let json = excerpt(json.get());
            D::Error::custom(format_args!("expected an integer, not {json}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::MsgId;

    #[test]
    fn integers_of_any_size_are_kept_exactly() {
        for json in [
            "0",
            "-3",
            "9223372036854775807",
            "123456789012345678901234567890",
        ] {
            let id: MsgId = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&id).unwrap(), json);
        }
    }

    #[test]
    fn only_integers_are_ids() {
        for json in ["3.0", "1e3", "\"1\"", "null", "true", "-", ""] {
            assert_eq!(MsgId::from_json(json), None, "{json}");
        }
    }
}
