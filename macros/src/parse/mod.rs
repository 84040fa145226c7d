//! Parses our attributes into structs, and removes them from the item, which is emitted without
//! them.

mod arguments;
mod attributes;
mod conditions;
mod field;
mod handler;
mod item;
mod method;
mod parameter;
mod period;

pub(crate) use field::fields;
pub(crate) use handler::{HandlerAttribute, ReplyNames};
pub(crate) use item::{NodeArguments, node, only_crate};
pub(crate) use method::{Method, Role, methods};
pub(crate) use parameter::Parameter;
