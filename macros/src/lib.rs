//! The attributes of `mael`: [`macro@node`] on a struct, [`macro@handlers`] on its impl block,
//! `#[handler]` on the methods inside.
//!
//! Use them through `mael`, which re-exports them beside everything that the generated code calls.
//!
//! The road of one macro call: `parse` reads the attributes and takes them out of the item,
//! `validate` says no or builds the `model`, `expand` writes the code. Whatever can be an
//! ordinary function or trait is one, in `mael`; the generated code names things and calls those.

mod errors;
mod expand;
mod model;
mod parse;
mod types;
mod validate;

use proc_macro::TokenStream;

/// Makes a struct a node: its fields are filled in when the `init` message arrives.
///
/// Each field is built by `mael::FromInit`: a `NodeId` is this node's own name, `Nodes` are the
/// names of all, and any type with a `Default` starts with that.
///
/// ```ignore
/// use mael::prelude::*;
///
/// #[node]
/// struct Counter {
///     id: NodeId,
///     total: Cell<u64>,
/// }
/// ```
///
/// The struct stays as it is; what is added is
///
/// ```ignore
/// impl mael::node::Node for Counter {
///     fn from_init(init: &mael::Init) -> mael::Result<Self> {
///         Ok(Self {
///             id: <NodeId as mael::FromInit>::from_init(init, "id")?,
///             total: <Cell<u64> as mael::FromInit>::from_init(init, "total")?,
///         })
///     }
/// }
/// ```
///
/// The field of a tuple struct is named by its index. Generic structs are refused, because a
/// program runs one node.
#[proc_macro_attribute]
pub fn node(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::node(arguments.into(), item.into()).into()
}

/// Makes the methods of an impl block that are marked with `#[handler]` answer requests.
///
/// ```ignore
/// use mael::prelude::*;
///
/// #[handlers]
/// impl Counter {
///     /// Adds `delta` to the total.
///     #[handler(type = "add")]
///     fn add(&self, delta: u64) {
///         self.total.set(self.total.get() + delta);
///     }
///
///     /// The total.
///     #[handler(type = "read", reply = "value")]
///     fn read(&self) -> u64 {
///         self.total.get()
///     }
/// }
/// ```
///
/// # Parameters
/// A parameter is the field of the request's body that has the same name; `r#ref` is the field
/// `ref`. Its type implements `serde::Deserialize` and owns its value. An `Option` may be missing.
/// `#[src] from: NodeId` is the sender of the request instead.
///
/// # Replies
/// The reply's type is the request's type with `_ok` behind it. The value that the method returns
/// is the reply's one field, named by `reply = "..."`; a method that returns nothing gives an
/// empty reply. A method that returns a `Result`, in any alias of it, may fail: an error is sent
/// in place of the reply.
///
/// Methods may be `async`. They take `&self`, so what they change is kept in a `Cell` or a
/// `RefCell`.
///
/// # What is generated
/// Two enums named after the node, with a variant for each handler, and the implementation of
/// `mael::node::Handlers` that reads the one and answers with the other:
///
/// ```ignore
/// /// Every request that a `Counter` handles.
/// pub enum CounterRequest {
///     /// Adds `delta` to the total.
///     Add {
///         /// The field `delta`.
///         delta: u64,
///     },
///     /// The total.
///     Read {},
/// }
///
/// /// Every reply that a `Counter` gives.
/// pub enum CounterReply {
///     /// The reply to a request of type `add`.
///     AddOk {},
///     /// The reply to a request of type `read`.
///     ReadOk {
///         /// The field `value`.
///         value: u64,
///     },
/// }
/// ```
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handlers(arguments.into(), item.into()).into()
}

/// Marks a handler inside an impl block that is marked with [`macro@handlers`], which reads it.
///
/// Anywhere else it is a mistake, and says so.
#[proc_macro_attribute]
pub fn handler(_: TokenStream, item: TokenStream) -> TokenStream {
    expand::stray_handler(item.into()).into()
}
