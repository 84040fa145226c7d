//! Parses the methods of an `impl` block that are marked with our attributes.

use proc_macro2::Ident;
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl, Path, Signature, parse_quote};

use super::attributes::{is_ours, take, with_path};
use super::conditions::{self, Conditions};
use super::handler::HandlerAttribute;
use super::parameter::Parameter;
use super::{arguments, handler, parameter, period};
use crate::errors::Errors;
use crate::model::Period;

/// The attributes that give a method a role.
const ROLES: [&str; 4] = ["handler", "init", "every", "task"];

/// A method marked with one of our attributes.
pub(crate) struct Method {
    pub(crate) role: Role,
    pub(crate) signature: Signature,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) parameters: Vec<Parameter>,
}

/// The role of a method.
pub(crate) enum Role {
    Handler(HandlerAttribute),
    Init(Attribute),
    /// None if an error in the period has been reported.
    Every(Option<Period>),
    Task,
}

/// Parses our attributes, and removes them from the `impl` block.
pub(crate) fn methods(block: &mut ItemImpl, mael: &Path, errors: &mut Errors) -> Vec<Method> {
    let is_role = |attribute: &Attribute| role_name(attribute, mael).is_some();
    let mut methods = Vec::new();
    for item in &mut block.items {
        match item {
            ImplItem::Fn(function) => methods.extend(of_function(function, mael, errors)),
            ImplItem::Const(item) => refuse(take(&mut item.attrs, is_role), errors),
            ImplItem::Type(item) => refuse(take(&mut item.attrs, is_role), errors),
            ImplItem::Macro(item) => refuse(take(&mut item.attrs, is_role), errors),
            _ => {}
        }
    }
    methods
}

/// Parses a method once for each configuration of the conditions that its attributes depend on.
fn of_function(function: &mut ImplItemFn, mael: &Path, errors: &mut Errors) -> Vec<Method> {
    let is_role = |attribute: &Attribute| role_name(attribute, mael).is_some();
    if !conditions::any(&function.attrs, &is_role) {
        parameter::refuse(&mut function.sig, errors);
        return Vec::new();
    }
    let mut conditions = Conditions::default();
    conditions.add(&function.attrs, &is_role);
    parameter::add_conditions(&function.sig, &mut conditions);
    let mut methods = Vec::new();
    for configuration in conditions.configurations(errors) {
        let mut attributes = configuration.attributes(&function.attrs);
        let marks = take(&mut attributes, is_role);
        let Some(role) = role(&marks, mael, &function.sig.ident, errors) else {
            continue;
        };
        methods.push(Method {
            role,
            signature: function.sig.clone(),
            docs: with_path(&attributes, "doc"),
            cfgs: with_path(&attributes, "cfg")
                .into_iter()
                .chain(configuration.cfgs())
                .collect(),
            parameters: parameter::of_handler(&function.sig, &configuration, errors),
        });
    }
    conditions::strip(&mut function.attrs, &is_role);
    parameter::strip(&mut function.sig);
    function.attrs.push(allowed_on_methods());
    methods
}

/// Allows lints that a handler can't avoid, since it takes `&self` and an owned value for each
/// field of its message.
fn allowed_on_methods() -> Attribute {
    parse_quote! {
        #[allow(
            clippy::needless_pass_by_value,
            clippy::too_many_arguments,
            clippy::unused_self,
        )]
    }
}

fn role_name(attribute: &Attribute, mael: &Path) -> Option<&'static str> {
    ROLES
        .into_iter()
        .find(|name| is_ours(attribute, name, mael))
}

/// The role that the attributes of a method give it; None if there are no such attributes.
fn role(marks: &[Attribute], mael: &Path, method: &Ident, errors: &mut Errors) -> Option<Role> {
    let (mark, others) = marks.split_first()?;
    let name = role_name(mark, mael)?;
    for other in others {
        let message = if role_name(other, mael) == Some(name) {
            format!("duplicate `#[{name}]`")
        } else {
            "a method can be only one of `#[handler]`, `#[init]`, `#[every]` and `#[task]`"
                .to_owned()
        };
        errors.on(other, message);
    }
    Some(match name {
        "handler" => Role::Handler(handler::read(arguments::of_attribute(mark), method, errors)),
        "init" => {
            has_no_arguments(mark, name, errors);
            Role::Init(mark.clone())
        }
        "task" => {
            has_no_arguments(mark, name, errors);
            Role::Task
        }
        _ => Role::Every(period::read(mark, errors)),
    })
}

fn has_no_arguments(mark: &Attribute, name: &str, errors: &mut Errors) {
    if !matches!(mark.meta, syn::Meta::Path(_)) {
        let message = format_args!("`#[{name}]` takes no arguments; write `#[{name}]`");
        errors.on(mark, message);
    }
}

fn refuse(marks: Vec<Attribute>, errors: &mut Errors) {
    for mark in marks {
        errors.on(mark, "this attribute is only allowed on methods");
    }
}
