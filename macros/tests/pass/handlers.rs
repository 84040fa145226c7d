//! Every form of handler, and parameters with the names of generated variables.

#![deny(warnings, missing_docs)]

use mael::prelude::*;
use mael::{ErrorCode, Result};

/// A node.
#[node]
pub struct Forms {
    last: RefCell<String>,
}

type Fallible<T> = std::result::Result<T, Error>;

mod alias {
    pub(super) type Result<T> = std::result::Result<T, mael::Error>;
}

#[handlers]
impl Forms {
    #[handler(type = "unit")]
    fn unit(&self) {}

    #[handler(type = "explicit_unit")]
    fn explicit_unit(&self) -> () {}

    #[handler(type = "value", reply = "value")]
    fn value(&self, r#ref: u64, other: Option<String>) -> (u64, Option<String>) {
        (r#ref, other)
    }

    #[handler(type = "list-things", reply = "next-thing")]
    fn list_things(&self) -> &'static str {
        "thing"
    }

    #[handler(type = "2pc", reply = "type_of")]
    fn two_phase(&self, mut round: u64) -> u64 {
        round += 1;
        round
    }

    #[handler(type = "fallible_unit")]
    fn fallible_unit(&self) -> Result<()> {
        Err(Error::new(ErrorCode::Abort, "no"))
    }

    #[handler(type = "fallible", reply = "self")]
    fn fallible(&self, key: String) -> mael::Result<usize> {
        Ok(key.len())
    }

    #[handler(type = "aliased", reply = "ref")]
    fn aliased(&self, key: String) -> alias::Result<String> {
        Ok(key)
    }

    #[handler(type = "std", reply = "value")]
    fn spelled_out(&self, key: String) -> std::result::Result<String, Error> {
        Ok(key)
    }

    /// A documented handler.
    #[handler(type = "async_unit")]
    async fn async_unit(&self) {}

    #[handler(type = "async_value", reply = "value")]
    async fn async_value(&self, add: u64) -> u64 {
        self.helper().await + add
    }

    #[mael::handler(type = "async_fallible", reply = "value")]
    async fn async_fallible(&self, add: u64) -> Result<u64> {
        Ok(self.helper().await + add)
    }

    #[handler(type = "async_fallible_unit")]
    async fn async_fallible_unit(&self) -> Result<()> {
        Ok(())
    }

    #[handler(type = "sender", reply = "text")]
    fn sender(
        &self,
        src: String,
        #[src] from: NodeId,
        body: String,
        #[allow(unused)] node: u8,
    ) -> String {
        format!("{src} {from} {body}")
    }

    #[handler(type = "async_sender", reply = "text")]
    async fn async_sender(
        &self,
        src: String,
        #[src] from: NodeId,
        node: String,
        request: u8,
    ) -> String {
        format!("{src} {from} {node} {request}")
    }

    #[cfg(any())]
    #[handler(type = "absent", reply = "absent")]
    fn absent(&self, absent: Absent) -> Absent {
        absent
    }

    /// Methods of `Rc`, `Clone` and `Handlers` do not take precedence.
    #[handler(type = "clone")]
    fn clone(&self) {}

    #[handler(type = "handle")]
    fn handle(&self, kind: String) {
        *self.last.borrow_mut() = kind;
    }

    #[handler(type = "decode")]
    fn decode(&self) {}

    #[allow(clippy::too_many_arguments)]
    #[handler(type = "twelve")]
    fn twelve(
        &self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: u8,
        #[src] _from: NodeId,
    ) {
        let _ = [a, b, c, d, e, f, g, h, i, j, k, l];
    }

    async fn helper(&self) -> u64 {
        let fallible: Fallible<u64> = Ok(1);
        fallible.unwrap_or_default()
    }
}

pub(super) fn check() {
    let types = <Forms as mael::node::Handlers>::TYPES;
    assert_eq!(types.len(), 19);
    assert_eq!(types[..3], ["unit", "explicit_unit", "value"]);
    assert!(matches!(
        FormsRequest::ListThings {},
        FormsRequest::ListThings {}
    ));
    assert!(matches!(
        FormsReply::_2pcOk { type_of: 1 },
        FormsReply::_2pcOk { type_of: 1 }
    ));
    let _ = FormsReply::FallibleOk { _self: 1 };
    let _ = FormsRequest::Value {
        r#ref: 1,
        other: None,
    };
}
