//! Reads the methods of an impl block: which of them are ours, and what for.

use proc_macro2::Ident;
use syn::{Attribute, ImplItem, ItemImpl, Path, Signature, parse_quote};

use super::handler::HandlerAttribute;
use super::parameter::Parameter;
use super::period::{self, Period};
use super::{arguments, handler, is_ours, parameter, take, with_path};
use crate::errors::Errors;

/// The attributes that say what a method is for.
const ROLES: [&str; 3] = ["handler", "init", "every"];

/// A method that was marked with one of our attributes.
pub(crate) struct Method {
    pub(crate) role: Role,
    pub(crate) signature: Signature,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) parameters: Vec<Parameter>,
}

/// What a method is for.
pub(crate) enum Role {
    Handler(HandlerAttribute),
    Init(Attribute),
    /// None if the period was wrong and is reported.
    Every(Option<Period>),
}

/// Takes our attributes out of an impl block and reads what they say.
pub(crate) fn methods(block: &mut ItemImpl, mael: &Path, errors: &mut Errors) -> Vec<Method> {
    let is_role = |attribute: &Attribute| role_name(attribute, mael).is_some();
    let mut methods = Vec::new();
    for item in &mut block.items {
        match item {
            ImplItem::Fn(function) => {
                let marks = take(&mut function.attrs, is_role);
                let Some(role) = role(&marks, mael, &function.sig.ident, errors) else {
                    parameter::refuse(&mut function.sig, errors);
                    continue;
                };
                let parameters = parameter::of_handler(&mut function.sig, errors);
                function.attrs.push(forced_on_methods());
                methods.push(Method {
                    role,
                    signature: function.sig.clone(),
                    docs: with_path(&function.attrs, "doc"),
                    cfgs: with_path(&function.attrs, "cfg"),
                    parameters,
                });
            }
            ImplItem::Const(item) => refuse(take(&mut item.attrs, is_role), errors),
            ImplItem::Type(item) => refuse(take(&mut item.attrs, is_role), errors),
            ImplItem::Macro(item) => refuse(take(&mut item.attrs, is_role), errors),
            _ => {}
        }
    }
    methods
}

/// The lints about what a method has to be: one that takes `&self` and owned values, as many as the
/// message has fields.
fn forced_on_methods() -> Attribute {
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

/// What the attributes of a method say; None if there are none.
fn role(marks: &[Attribute], mael: &Path, method: &Ident, errors: &mut Errors) -> Option<Role> {
    let (mark, others) = marks.split_first()?;
    let name = role_name(mark, mael)?;
    for other in others {
        let message = match role_name(other, mael) {
            Some("handler") if name == "handler" => {
                "a method handles one type of request; remove this second `#[handler]`"
            }
            Some(second) if second == name => {
                "this stands above the method already; remove the second one"
            }
            _ => "a method has one task; write a second method, and call the first one from it",
        };
        errors.on(other, message);
    }
    Some(match name {
        "handler" => Role::Handler(handler::read(arguments::of_attribute(mark), method, errors)),
        "init" => {
            if !matches!(mark.meta, syn::Meta::Path(_)) {
                errors.on(mark, "`#[init]` has no arguments; write just `#[init]`");
            }
            Role::Init(mark.clone())
        }
        _ => Role::Every(period::read(mark, errors)),
    })
}

fn refuse(marks: Vec<Attribute>, errors: &mut Errors) {
    for mark in marks {
        errors.on(mark, "only a method can have this; write it above an `fn`");
    }
}
