//! A node is one type, and so has no parameters.

use syn::Generics;

use crate::errors::Errors;

/// Refuses generics on a node, which has to be one type for the program to run.
pub(super) fn refuse(generics: &Generics, errors: &mut Errors) {
    if !generics.params.is_empty() {
        let message = "a node can't be generic; write the types out and remove these parameters";
        errors.on(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        errors.on(
            clause,
            "a node can't be generic; remove this `where` clause",
        );
    }
}
