//! A private node with private types whose fields are never read.

#![deny(warnings, missing_docs, unreachable_pub)]

use std::marker::PhantomData;

use mael::prelude::*;

mod messages {
    pub(super) struct Key;
}

mod inner {
    use super::messages::Key;
    use super::*;

    #[node]
    pub(super) struct Private;

    #[handlers]
    impl Private {
        #[handler(type = "echo", reply = "key")]
        fn echo(&self, key: PhantomData<Key>) -> PhantomData<Key> {
            key
        }

        #[handler(type = "forget")]
        fn forget(&self, _key: PhantomData<Key>) {
            drop(Key);
        }
    }
}

#[node]
struct Outer;

#[handlers]
impl Outer {
    #[handler(type = "echo", reply = "key")]
    fn echo(&self, key: PhantomData<messages::Key>) -> PhantomData<messages::Key> {
        key
    }
}

pub(super) fn check() {
    let _ = [mael::run::<inner::Private>, mael::run::<Outer>];
}
