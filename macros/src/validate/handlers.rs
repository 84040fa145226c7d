//! Checks the `impl` blocks marked `#[handlers]`.

use syn::{ItemImpl, Path};

use super::{generics, handler, names, task};
use crate::errors::Errors;
use crate::model::Handlers;
use crate::parse::{Method, Role};
use crate::types;

/// Checks a `#[handlers]`.
pub(crate) fn check<'a>(
    mael: &'a Path,
    block: &'a ItemImpl,
    methods: &'a [Method],
    errors: &mut Errors,
) -> Option<Handlers<'a>> {
    if let Some((path, _)) = &block.trait_ {
        let message =
            "`#[handlers]` is not allowed on a trait impl; use an `impl` block of the node itself";
        errors.on(path, message);
        return None;
    }
    generics::reject(&block.generics, errors);
    let Some(names) = names::of_node(&block.self_ty, mael) else {
        errors.on(
            &block.self_ty,
            "expected the name of a struct marked `#[node]`",
        );
        return None;
    };
    if types::path(&block.self_ty).is_some_and(has_arguments) && block.generics.params.is_empty() {
        errors.on(
            &block.self_ty,
            "a node can't be generic: use a struct without parameters",
        );
    }
    let is_handler = |method: &Method| matches!(method.role, Role::Handler(_));
    if !methods.iter().any(is_handler) && errors.is_empty() {
        let message = "no handlers found; mark at least one method with `#[handler]`";
        errors.on(&block.self_ty, message);
    }
    let mut handlers = Vec::new();
    let mut inits = Vec::new();
    let mut init_marks = Vec::new();
    let mut timers = Vec::new();
    let mut tasks = Vec::new();
    for method in methods {
        match &method.role {
            Role::Handler(attribute) => {
                handlers.extend(handler::check(mael, method, attribute, errors));
            }
            Role::Init(mark) => {
                inits.extend(task::init(method, errors));
                if method.cfgs.is_empty() {
                    init_marks.push(mark);
                }
            }
            Role::Every(period) => timers.extend(task::timer(method, period.as_ref(), errors)),
            Role::Task => tasks.extend(task::task(method, errors)),
        }
    }
    for second in init_marks.iter().skip(1) {
        let message = "duplicate `#[init]`: a node can have only one `#[init]` method";
        errors.on(second, message);
    }
    names::reject_duplicates(methods, errors);
    Some(Handlers {
        names,
        handlers,
        inits,
        timers,
        tasks,
    })
}

fn has_arguments(path: &Path) -> bool {
    path.segments
        .iter()
        .any(|segment| !segment.arguments.is_none())
}
