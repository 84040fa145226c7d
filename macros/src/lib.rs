//! The attribute macros of `mael`: [`macro@node`] on a struct, [`macro@handlers`] on its `impl`
//! block, with `#[handler]`, `#[every]`, `#[task]` and `#[init]` on methods, and [`macro@message`]
//! on the types that are sent.
//!
//! Use them through `mael`, which re-exports them, and which the generated code depends on. Their
//! documentation is in `docs/`, one page each.
//!
//! The `driver` expands a macro call in three steps: `parse` parses our attributes and removes them
//! from the item, `validate` reports errors or builds the `model`, and `expand` generates code from
//! the model. The generated code is thin: it calls functions and implements traits of `mael`.

mod driver;
mod errors;
mod expand;
mod model;
mod parse;
mod types;
mod validate;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/node.md")]
#[proc_macro_attribute]
pub fn node(arguments: TokenStream, item: TokenStream) -> TokenStream {
    driver::node(arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/handlers.md")]
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    driver::handlers(arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/message.md")]
#[proc_macro_attribute]
pub fn message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    driver::message(arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/specification.md")]
#[proc_macro_attribute]
pub fn specification(arguments: TokenStream, item: TokenStream) -> TokenStream {
    driver::specification(arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/workload.md")]
#[proc_macro_attribute]
pub fn workload(arguments: TokenStream, item: TokenStream) -> TokenStream {
    driver::workload(arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/operations.md")]
#[proc_macro_attribute]
pub fn operations(arguments: TokenStream, item: TokenStream) -> TokenStream {
    driver::operations(arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/handler.md")]
#[proc_macro_attribute]
pub fn handler(_: TokenStream, item: TokenStream) -> TokenStream {
    driver::misplaced("handler", item.into()).into()
}

#[doc = include_str!("../docs/init.md")]
#[proc_macro_attribute]
pub fn init(_: TokenStream, item: TokenStream) -> TokenStream {
    driver::misplaced("init", item.into()).into()
}

#[doc = include_str!("../docs/every.md")]
#[proc_macro_attribute]
pub fn every(_: TokenStream, item: TokenStream) -> TokenStream {
    driver::misplaced("every", item.into()).into()
}

#[doc = include_str!("../docs/task.md")]
#[proc_macro_attribute]
pub fn task(_: TokenStream, item: TokenStream) -> TokenStream {
    driver::misplaced("task", item.into()).into()
}
