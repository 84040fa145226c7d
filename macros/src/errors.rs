//! Gathers the mistakes of one macro call, so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors {
    reported: Option<syn::Error>,
    /// Whether there is one that the compiler reports by itself.
    left_to_compiler: bool,
}

impl Errors {
    /// Reports a mistake in these tokens.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Reports a mistake at this span.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.add(syn::Error::new(span, message));
    }

    /// Adds a mistake that is described already.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.reported {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// Notes a mistake that the compiler reports in the user's own code, so that ours need not.
    pub(crate) fn leave_to_compiler(&mut self) {
        self.left_to_compiler = true;
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.reported.is_none() && !self.left_to_compiler
    }

    /// The code that makes the compiler report them.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.reported
            .map(syn::Error::into_compile_error)
            .unwrap_or_default()
    }
}
