//! Validates `impl` blocks marked `#[specification]`.

use syn::ItemImpl;

use super::operations;
use crate::errors::Errors;
use crate::model::{Handlers, Marks, Specification};
use crate::parse::{Method, Role, SpecificationArguments};

/// Validates a `#[specification]` whose handlers `#[handlers]` has already validated.
pub(crate) fn check<'a>(
    arguments: &'a SpecificationArguments,
    block: &'a ItemImpl,
    methods: &[Method],
    handlers: &'a Handlers<'a>,
    marks: &'a [Marks],
    errors: &mut Errors,
) -> Specification<'a> {
    for method in methods {
        let message = match &method.role {
            Role::Handler(_) => continue,
            Role::Init(_) => "a specification can't have an `#[init]` method; remove it",
            Role::Every(_) | Role::Task => {
                "a specification only handles requests; remove `#[every]` and `#[task]`"
            }
        };
        errors.on(&method.signature.ident, message);
    }
    let sequential = arguments
        .consistency
        .as_ref()
        .filter(|it| *it == "sequential");
    let keys = marks.iter().flat_map(|it| &it.parameters);
    if let (Some(_), Some(key)) = (sequential, keys.filter_map(|it| it.key.as_ref()).next()) {
        let message = "sequential consistency is not composable: it may hold for each key, but not \
                       for all keys together; remove `#[key]`, or use `linearizable`";
        errors.on(key, message);
    }
    if marks.iter().all(|it| it.weight == Some(0)) {
        let message = "all operations have `weight = 0`, so none is drawn; remove one `weight`";
        errors.on(&block.self_ty, message);
    }
    Specification {
        names: &handlers.names,
        name: arguments.name.as_ref(),
        docs: &block.attrs,
        consistency: arguments.consistency.as_ref(),
        operations: operations::check(handlers, marks, false, errors),
    }
}
