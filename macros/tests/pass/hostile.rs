//! A scope in which every name that generated code could refer to is shadowed.

#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, unused_macros)]

use ::core::primitive as p;
use ::std::string::String as Text;

macro_rules! nonsense {
    ($($name:ident)*) => { $(struct $name;)* };
}

nonsense!(str bool char u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);
nonsense!(String Option Result Vec Box Rc Cell Cow Default Clone Debug From Into Sized Send Copy Fn);
nonsense!(Ok Err Some None Answer Peer Peers Error Call Handlers Node NodeId FromInit Body Name Field);

mod alloc {}
mod call {}
mod core {}
mod mael {}
mod node {}
mod serde {}
mod std {}
mod protocol {}

macro_rules! unreachable {
    () => {
        compile_error!("shadowed by the user")
    };
}
macro_rules! panic {
    () => {
        compile_error!("shadowed by the user")
    };
}
macro_rules! reply {
    () => {
        compile_error!("shadowed by the user")
    };
}
macro_rules! typed {
    () => {
        compile_error!("shadowed by the user")
    };
}

/// A trait with methods for all types.
trait Methods {
    fn typed(&self) {}
    fn field(&self) {}
    fn map(&self) {}
    fn end(&self) {}
    fn call(&self) {}
    fn clone(&self) {}
    fn from(&self) {}
    fn unwrap_or_default(&self) {}
}

impl<T> Methods for T {}

/// Serde's derives refer to primitive types by their unqualified names.
mod messages {
    #[::mael::message]
    pub(super) struct Page {
        pub(super) more: bool,
    }
}

use messages::Page;

mod text {
    use ::mael::serde::{Deserialize, Deserializer, Serializer};
    use ::std::{result::Result, string::String};

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

type Fallible<T> = ::mael::Result<T>;

#[::mael::node(deadline_ms = 900, rpc_timeout_ms = 400)]
struct Hostile {
    id: ::mael::NodeId,
    count: ::std::cell::Cell<p::u64>,
    #[key("entries")]
    #[lease(ms = 500)]
    entries: ::mael::Lock<p::u64>,
}

#[::mael::handlers]
impl Hostile {
    #[init]
    async fn start(&self) -> ::mael::Result<()> {
        ::std::result::Result::Ok(())
    }

    #[handler(reply = "text")]
    fn read(
        &self,
        text: Text,
        half: p::f64,
        #[serde(default)] limit: p::u64,
        more: ::std::option::Option<p::bool>,
        #[src] from: ::mael::NodeId,
    ) -> Text {
        let _ = (half, limit, more, from, &self.id, &self.entries);
        text
    }

    #[handler(reply = "half", fallible)]
    fn half(&self, #[serde(with = "text")] text: Text) -> Fallible<p::f64> {
        let _ = text;
        ::std::result::Result::Ok(0.5)
    }

    #[handler(reply("a", "b"), fallible, deadline_ms = 100)]
    async fn pair(&self) -> Fallible<(p::f64, Text)> {
        ::std::result::Result::Ok((0.5, Text::new()))
    }

    #[handler]
    fn page(&self, #[body] page: Page) -> Page {
        page
    }

    #[handler(oneway)]
    fn receive(&self, text: ::std::borrow::Cow<'_, p::str>) {
        let _ = text;
    }

    #[handler(oneway)]
    async fn receive_later(&self, half: p::f64) {
        let _ = half;
    }

    #[every(ms = self.count.get() + 1)]
    fn tick(&self) {}

    #[task]
    async fn run(self: &::std::rc::Rc<Self>) {}
}

pub(super) fn check() {
    let _ = ::mael::run::<Hostile>;
}
