//! The reply type that broadcast and g-set share: all elements that were added.

use std::fmt;

use mael_history::Value;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use crate::engine::Connection;

/// A list of any elements, or null. The elements are not kept: histories record the field of the
/// reply itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elements;

impl<'de> Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementsVisitor)
    }
}

struct ElementsVisitor;

impl<'de> Visitor<'de> for ElementsVisitor {
    type Value = Elements;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Elements, E> {
        Ok(Elements)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Elements, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Elements)
    }
}

/// Returns the elements as histories record them.
pub(super) fn or_empty(elements: Value, _: &Connection) -> Value {
    match elements {
        Value::Nil => Value::List(Vec::new()),
        list => list,
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use mael::protocol::Body;
    use serde_json::value::RawValue;

    use super::*;
    use crate::Options;
    use crate::engine::Next;
    use crate::workloads::{GSet, Workload};

    #[test]
    fn each_element_is_added_once_and_half_of_the_operations_are_reads() {
        let mut generator = GSet.generator(&Options::default());
        let mut random = Rng::with_seed(0);
        let mut added = Vec::new();
        for _ in 0..1000 {
            let Next::Invoke(0, invocation) = generator.next(&[0], &mut random) else {
                panic!("the generator never ends");
            };
            match &*invocation.f {
                "add" => added.push(invocation.value),
                f => assert_eq!((f, invocation.value), ("read", Value::Nil)),
            }
        }
        assert!((450..550).contains(&added.len()), "{}", added.len());
        assert_eq!(added, (0..added.len()).map(Value::from).collect::<Vec<_>>());
    }

    #[test]
    fn null_is_an_empty_list_but_a_missing_field_is_an_error() {
        let read = |json: &str| {
            let body = RawValue::from_string(json.to_owned()).unwrap();
            Body::new(&body).exact_fields::<(Elements,), 1>(["value"])
        };
        assert_eq!(read(r#"{"value":null}"#), Ok((Elements,)));
        assert_eq!(read(r#"{"value":[1,[{}]]}"#), Ok((Elements,)));
        assert!(read(r#"{"value":3}"#).is_err() && read("{}").is_err());
    }
}
