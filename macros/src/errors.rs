//! Collects the errors of one macro call, so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Errors {
    reported: Option<syn::Error>,
    /// Whether the compiler itself will report an error in the user's code.
    left_to_compiler: bool,
}

impl Errors {
    /// Reports an error at these tokens.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Reports an error at this span.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.add(syn::Error::new(span, message));
    }

    /// Adds an error.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.reported {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// Records that the compiler itself reports an error in the user's code.
    pub(crate) fn leave_to_compiler(&mut self) {
        self.left_to_compiler = true;
    }

    /// Whether there are no errors.
    pub(crate) fn is_empty(&self) -> bool {
        self.reported.is_none() && !self.left_to_compiler
    }

    /// The code that makes the compiler report the errors.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.reported
            .map(syn::Error::into_compile_error)
            .unwrap_or_default()
    }
}
