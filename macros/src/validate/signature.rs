//! Checks the signatures of methods that the generated code calls.

use syn::{Receiver, ReceiverKind, ReturnType, Safety, Signature, Type};

use crate::errors::Errors;
use crate::types;

/// Checks a signature, except for its parameters and return type. `what` names methods of its kind
/// in the plural.
pub(super) fn check(signature: &Signature, what: &str, errors: &mut Errors) {
    is_plain(signature, what, errors);
    receiver_is_shared(signature, what, errors);
}

fn is_plain(signature: &Signature, what: &str, errors: &mut Errors) {
    if let Some(token) = &signature.constness {
        let message = format_args!("{what} can't be `const`; remove it");
        errors.on(token, message);
    }
    if let Safety::Unsafe(token) = &signature.safety {
        let message =
            format_args!("{what} can't be `unsafe`; use an `unsafe` block inside the method");
        errors.on(token, message);
    }
    if let Some(abi) = &signature.abi {
        let message = format_args!("{what} can't be `extern`; remove it");
        errors.on(abi, message);
    }
    if !signature.generics.params.is_empty() {
        let message =
            format_args!("{what} can't be generic: remove these parameters and use concrete types");
        errors.on(&signature.generics.params, message);
    }
    if let Some(clause) = &signature.generics.where_clause {
        let message = format_args!("{what} can't be generic: remove this `where` clause");
        errors.on(clause, message);
    }
}

fn receiver_is_shared(signature: &Signature, what: &str, errors: &mut Errors) {
    let Some(receiver) = signature.receiver() else {
        let message = format_args!("{what} must take the node; add `&self` as the first parameter");
        errors.on(&signature.ident, message);
        return;
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, None, None) => {}
        ReceiverKind::Typed(_, ty) if types::is_shared_self(ty) => {}
        // An error has been reported at the declaration of the lifetime.
        ReceiverKind::Reference(_, Some(_), None) if !signature.generics.params.is_empty() => {}
        ReceiverKind::Reference(_, _, Some(_)) => {
            let message = format_args!(
                "{what} share the node; take `&self`, and use a `Cell` or `RefCell` for mutable state"
            );
            errors.on(plain(receiver), message);
        }
        _ => {
            let message = format_args!(
                "{what} share the node; take `&self`, or `self: &Rc<Self>` to share it with a task"
            );
            errors.on(plain(receiver), message);
        }
    }
}

/// The return type, if it is written.
pub(super) fn returned(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}

/// The receiver without its attributes, as the location of an error.
fn plain(receiver: &Receiver) -> Receiver {
    Receiver {
        attrs: Vec::new(),
        ..receiver.clone()
    }
}
