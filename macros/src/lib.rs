//! The attributes of `mael`: [`macro@node`] on a struct, [`macro@handlers`] on its impl block with
//! `#[handler]`, `#[every]` and `#[init]` on the methods inside, [`macro@message`] on the types
//! that are sent.
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
/// names of all, `Peers<Self>` are clients of the others, and any type with a `Default` starts with
/// that.
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
///     fn prepare(host: &mael::Host) -> Result<(), mael::Refusal> {
///         <NodeId as mael::FromInit>::prepare(host)?;
///         <Cell<u64> as mael::FromInit>::prepare(host)?;
///         Ok(())
///     }
///
///     fn from_init(init: &mael::Init) -> mael::Result<Self> {
///         Ok(Self {
///             id: mael::FromInit::from_init(init, &mael::Field::new("id"))?,
///             total: mael::FromInit::from_init(init, &mael::Field::new("total"))?,
///         })
///     }
/// }
/// ```
///
/// The field of a tuple struct is named by its index. Generic structs are refused, because a
/// program runs one node.
///
/// # Arguments
/// - `deadline_ms = 900`: how long an `async` handler may take before it is cancelled and its
///   request is answered with error 0. Without it, 4.5 s.
/// - `rpc_timeout_ms = 500`: how long a call to another node waits for its reply. Without it, 1 s.
/// - `crate = "path"`: where `mael` is found, if not at `::mael`.
///
/// # Attributes of fields
/// - `#[key("logs")]`: the name under which a lock or a store keeps the field's value, if that is
///   not the field's own name.
/// - `#[lease(ms = 2000)]`, `#[lease(secs = 2)]`: how long a lock is left to a holder that does not
///   move.
#[proc_macro_attribute]
pub fn node(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::node(arguments.into(), item.into()).into()
}

/// Makes the methods of an impl block that are marked with `#[handler]` answer requests, has those
/// that are marked with `#[every]` called every so often, and the one that is marked with `#[init]`
/// when the node starts.
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
///
///     /// Says how far it is.
///     #[every(secs = 10)]
///     fn report(&self) {
///         eprintln!("{}", self.total.get());
///     }
/// }
/// ```
///
/// Methods may be `async`. They take `&self`, so what they change is kept in a `Cell` or a
/// `RefCell`. `#[handlers(crate = "path")]` says where `mael` is found, if not at `::mael`.
///
/// # Handlers
/// `#[handler]` takes
/// - `type = "add"`: the type of the request, if that is not the name of the method;
/// - `reply = "value"`: the name of the reply's one field, which is what the method returns;
///   `reply("value", "version")` names the elements of a tuple;
/// - `reply_type = "added"`: the type of the reply, which is else that of the request with `_ok`
///   behind it;
/// - `oneway`: nothing is ever sent back, not even an error;
/// - `deadline_ms = 900`: how long an `async` method may take, if not as long as the node's others.
///
/// # Parameters
/// A parameter is the field of the request's body that has the same name; `r#ref` is the field
/// `ref`. Its type implements `serde::Deserialize`. An `Option` may be missing. On it may stand
/// - `#[serde(rename = "name")]`: the name of the field;
/// - `#[serde(default)]`, `#[serde(default = "function")]`: the value of a field that is missing;
/// - `#[serde(with = "module")]`: the module whose functions `serialize` and `deserialize` write
///   and read the field;
/// - `#[src]`, on a `NodeId`: this is no field but the sender of the request;
/// - `#[body]`, on a type marked with [`macro@message`]: this is no field but the whole body.
///
/// The parameters of a method that is not `async` may borrow from the message, as `Cow<'_, str>` or
/// `&RawValue`. A `&str` may not, because a text with an escape in it can't be borrowed.
///
/// # Replies
/// A method that returns nothing gives an empty reply; one that returns a type marked with
/// [`macro@message`] and has no `reply` gives a reply with the fields of that type. A method that
/// returns a `Result`, in any alias of it, may fail: an error is sent in place of the reply.
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
///
/// And the client by which other nodes call this one, with a method for each handler:
///
/// ```ignore
/// /// Calls the handlers of a `Counter` on another node.
/// pub struct CounterClient(mael::Peer);
///
/// impl CounterClient {
///     /// Adds `delta` to the total.
///     pub fn add(&self, delta: u64) -> mael::Call<Named<(u64,)>, Empty> {
///         self.0.call("add", Named(&["delta"], (delta,)), &[])
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handlers(arguments.into(), item.into()).into()
}

/// Makes a type one that is sent: a struct can be a whole body, and both a struct and an enum can
/// be a field.
///
/// ```ignore
/// #[mael::message]
/// struct Entry {
///     offset: u64,
///     msg: u64,
/// }
/// ```
///
/// It derives `Serialize` and `Deserialize` of serde, which need not be a dependency of the user's
/// crate, and takes serde's attributes. `#[message(crate = "path")]` says where `mael` is found, if
/// not at `::mael`.
#[proc_macro_attribute]
pub fn message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::message(arguments.into(), item.into()).into()
}

/// Marks a handler inside an impl block that is marked with [`macro@handlers`], which reads it.
///
/// Anywhere else it is a mistake, and says so.
#[proc_macro_attribute]
pub fn handler(_: TokenStream, item: TokenStream) -> TokenStream {
    expand::stray("a handler", item.into()).into()
}

/// Marks the method that runs after `init` is read and before it is answered, inside an impl block
/// that is marked with [`macro@handlers`], which reads it. If it fails, so does `init`.
///
/// Anywhere else it is a mistake, and says so.
#[proc_macro_attribute]
pub fn init(_: TokenStream, item: TokenStream) -> TokenStream {
    expand::stray("an `#[init]` method", item.into()).into()
}

/// Marks a method that is called every so often, inside an impl block that is marked with
/// [`macro@handlers`], which reads it: `#[every(ms = 200)]`, `#[every(secs = self.pause)]`.
///
/// The first call is one period after `init` was answered. A call that takes longer than a period
/// is not overtaken by the next; what was missed is not made up for.
///
/// Anywhere else it is a mistake, and says so.
#[proc_macro_attribute]
pub fn every(_: TokenStream, item: TokenStream) -> TokenStream {
    expand::stray("an `#[every]` method", item.into()).into()
}
