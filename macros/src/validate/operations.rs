//! Checks what a workload declares about its operations.

use proc_macro2::TokenStream;
use syn::{Ident, LitStr};

use crate::errors::Errors;
use crate::model::{Argument, Handler, Handlers, Marks, Operation, ParameterMarks, Reply};
use crate::types;

/// Checks the operations, and pairs them with their declarations. If a method generates them, only
/// those of the setup and the final phase are drawn.
pub(crate) fn check<'a>(
    handlers: &'a Handlers<'a>,
    marks: &'a [Marks],
    is_generated: bool,
    errors: &mut Errors,
) -> Vec<Operation<'a>> {
    let operations: Vec<Operation<'a>> = handlers
        .handlers
        .iter()
        .filter_map(|handler| {
            let marks = marks
                .iter()
                .find(|marks| marks.method == *handler.method.ident)?;
            one(handler, marks, is_generated, errors);
            Some(Operation { handler, marks })
        })
        .collect();
    all_have_keys(marks, errors);
    operations
}

fn one(handler: &Handler<'_>, marks: &Marks, is_generated: bool, errors: &mut Errors) {
    let has_phase = marks.setup.is_some() || marks.finally.is_some();
    let method = handler.method.ident;
    if handler.method.is_async {
        errors.on(method, "an operation can't be `async`; remove it");
    }
    match &handler.reply {
        Reply::OneWay => {
            let message = "`oneway` handlers send no reply, so they can't be checked; remove \
                           `oneway`";
            errors.on(method, message);
        }
        Reply::Whole(ty) => {
            let message = "name the fields of the reply: `reply = \"value\"`, or `reply(\"...\", \
                           \"...\")` for a tuple";
            errors.on(ty, message);
        }
        reply => {
            for field in reply.fields() {
                has_an_order(&field.ty, errors);
            }
        }
    }
    for argument in &handler.arguments {
        match argument {
            Argument::Sender => {
                errors.on(
                    method,
                    "operations can't have a `#[src]` parameter; remove it",
                );
            }
            Argument::Body(body) => {
                let message = "operations can't have a `#[body]` parameter; make its fields \
                               parameters";
                errors.on(&body.ident, message);
            }
            Argument::Field(parameter) => {
                let ident = &parameter.field.ident;
                let own = marks.parameters.iter().find(|own| own.name == *ident);
                if has_phase || !is_generated {
                    is_drawn(ident, own, marks, errors);
                }
                if parameter.borrows.is_some() {
                    let message = "parameters of operations can't borrow; use `String`";
                    errors.on(&parameter.field.ty, message);
                }
                if let Some(with) = &parameter.with {
                    let message =
                        "parameters of operations don't support `with`; use your own type";
                    errors.on(with.module, message);
                }
            }
        }
    }
    if let (Some(_), Some(overwrites)) = (&marks.read_only, &marks.overwrites) {
        let message = "`read_only` operations change nothing; remove `overwrites`";
        errors.on(overwrites, message);
    }
    if let (Some(_), Some(setup)) = (marks.weight, &marks.setup) {
        let message = "a `setup` operation runs once on each node, before the others; remove \
                       `weight`";
        errors.on(setup, message);
    }
    let mut keys = marks.parameters.iter().filter_map(|own| own.key.as_ref());
    if let (Some(_), Some(second)) = (keys.next(), keys.next()) {
        errors.on(second, "duplicate `#[key]`: an operation has one key");
    }
    if let Some(form) = &marks.value {
        form_has_all_fields(form, handler, errors);
    }
}

fn is_drawn(ident: &Ident, own: Option<&ParameterMarks>, marks: &Marks, errors: &mut Errors) {
    let Some(draw) = own.and_then(|own| own.draw.as_ref()) else {
        if errors.is_empty() {
            let message = format_args!(
                "`{ident}` has no strategy; add `#[draw(...)]`, such as `#[draw(0..5)]`, \
                 `#[draw([\"a\", \"b\"])]` or `#[draw(unique)]`"
            );
            errors.on(ident, message);
        }
        return;
    };
    if marks.finally.is_some() && mentions_unique(draw) {
        let message = "unique values of the final phase could repeat those of the main phase; draw \
                       from a range";
        errors.on(draw, message);
    }
}

fn mentions_unique(draw: &TokenStream) -> bool {
    draw.to_string().contains(":: Unique")
}

/// Rejects hash maps and sets in replies, which are compared in their serialized form.
fn has_an_order(ty: &syn::Type, errors: &mut Errors) {
    for (hashed, ordered) in [("HashMap", "BTreeMap"), ("HashSet", "BTreeSet")] {
        if types::mentions(ty, hashed) {
            let message = format_args!("a `{hashed}` has no order; use `{ordered}`");
            errors.on(ty, message);
        }
    }
}

/// Checks that the form of a value contains all fields of the request, and otherwise only fields of
/// the reply.
fn form_has_all_fields(form: &LitStr, handler: &Handler<'_>, errors: &mut Errors) {
    let text = form.value();
    let words = text.split(|c: char| !(c.is_alphanumeric() || "_-".contains(c)));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let request: Vec<&str> = handler.fields().map(|it| it.field.name.as_str()).collect();
    let reply = handler.reply.fields().iter().map(|it| it.name.as_str());
    let known: Vec<&str> = request.iter().copied().chain(reply).collect();
    if !text.trim_start().starts_with('[') {
        errors.on(
            form,
            "expected a list of fields: `value = \"[key, value]\"`",
        );
        return;
    }
    for word in &words {
        if !known.contains(word) {
            let message = format_args!(
                "`{word}` is a field of neither the request nor the reply; expected {}",
                known.join(", ")
            );
            errors.on(form, message);
        }
    }
    for field in request {
        if !words.contains(&field) {
            let message = format_args!("the field `{field}` of the request is missing in `value`");
            errors.on(form, message);
        }
    }
}

/// Checks that all operations have a key if one has.
fn all_have_keys(marks: &[Marks], errors: &mut Errors) {
    let has_key = |marks: &&Marks| marks.parameters.iter().any(|own| own.key.is_some());
    if !marks.iter().any(|it| has_key(&it)) {
        return;
    }
    for without in marks.iter().filter(|it| !has_key(it)) {
        let message = "this operation has no `#[key]`, so objects can't be checked separately; \
                       mark a parameter, or remove `#[key]` from the other operations";
        errors.on(&without.method, message);
    }
}
