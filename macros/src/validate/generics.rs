//! Rejects generic nodes.

use syn::Generics;

use crate::errors::Errors;

/// Rejects type parameters of a node: `mael::run` needs a concrete type.
pub(super) fn reject(generics: &Generics, errors: &mut Errors) {
    if !generics.params.is_empty() {
        let message = "a node can't be generic: remove these parameters and use concrete types";
        errors.on(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        errors.on(
            clause,
            "a node can't be generic: remove this `where` clause",
        );
    }
}
