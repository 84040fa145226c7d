//! Parses our attributes into structs, and removes them from the item, which is emitted without
//! them.

mod arguments;
mod attributes;
mod checks;
mod conditions;
mod field;
mod handler;
mod item;
mod marks;
mod method;
mod parameter;
mod period;
mod workload;

pub(crate) use checks::{Checks, checks};
pub(crate) use field::fields;
pub(crate) use handler::{HandlerAttribute, ReplyNames};
pub(crate) use item::{NodeArguments, node, only_crate};
pub(crate) use marks::{marks, operations};
pub(crate) use method::{Method, Role, methods};
pub(crate) use parameter::Parameter;
pub(crate) use workload::{SpecificationArguments, flags, specification, workload};
