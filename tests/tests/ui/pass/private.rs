//! A private node with private types, of which nothing is ever read.

#![deny(warnings, missing_docs, unreachable_pub)]

use mael::prelude::*;

mod messages {
    pub(super) struct Key(String);

    impl<'de> serde::Deserialize<'de> for Key {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer).map(Key)
        }
    }

    impl serde::Serialize for Key {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&self.0)
        }
    }
}

mod inner {
    use mael::prelude::*;

    use super::messages::Key;

    #[node]
    pub(super) struct Private;

    #[handlers]
    impl Private {
        #[handler(type = "echo", reply = "key")]
        fn echo(&self, key: Key) -> Key {
            key
        }

        #[handler(type = "forget")]
        fn forget(&self, _key: Key) {}
    }
}

#[node]
struct Outer;

#[handlers]
impl Outer {
    #[handler(type = "echo", reply = "key")]
    fn echo(&self, key: messages::Key) -> messages::Key {
        key
    }
}

fn main() -> ExitCode {
    match std::env::args().len() {
        0 => mael::run::<inner::Private>(),
        7 => mael::run::<Outer>(),
        _ => ExitCode::SUCCESS,
    }
}
