//! Generates the methods of `Operations` that call the marked methods of a workload.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use super::operations::kebab;
use super::tokens::hygienic;
use crate::model::{MarkedMethod, Operation, Replaced};

/// Generates `generate`, which draws an operation, or `generator`.
pub(super) fn generate(
    method: &MarkedMethod,
    operations: &[Operation<'_>],
    request: &Ident,
) -> TokenStream {
    let (options, source) = (hygienic("options"), hygienic("source"));
    if method.is_untyped {
        let call = called(&method.name, &options);
        return quote! {
            fn generator(
                &self,
                #options: &::mael_sim::Options,
            ) -> ::std::boxed::Box<dyn ::mael_sim::engine::Generator> {
                #call
            }
        };
    }
    let call = called(&method.name, &source);
    let arms = operations.iter().map(|operation| {
        let handler = operation.handler;
        let (variant, request_type) = (&handler.request_variant, handler.request_type);
        let idents: Vec<_> = handler.fields().map(|it| &it.field.ident).collect();
        let fields = handler.fields().map(|parameter| {
            let (ident, name) = (&parameter.field.ident, &parameter.field.name);
            quote!(.field(#name, #ident))
        });
        quote! {
            #request::#variant { #(#idents),* } =>
                ::mael_sim::declared::Drawn::new(#request_type) #(#fields)*
        }
    });
    quote! {
        fn generate(
            &self,
            #source: &mut ::mael_sim::declared::Source<'_>,
        ) -> ::core::option::Option<::mael_sim::declared::Drawn> {
            ::core::option::Option::Some(match #call {
                #(#arms,)*
            })
        }
    }
}

/// Generates `judge`, which runs the checks, and `anomaly`. The only check of a workload has the
/// name of the anomaly that it finds.
pub(super) fn judge(checks: &[MarkedMethod]) -> TokenStream {
    let (options, history) = (hygienic("options"), hygienic("history"));
    let named = |check: &MarkedMethod| kebab(&check.name.unraw().to_string());
    let anomaly = match checks {
        [check] => {
            let name = named(check);
            Some(quote! {
                fn anomaly(&self) -> &'static ::core::primitive::str {
                    #name
                }
            })
        }
        _ => None,
    };
    let checks = checks.iter().map(|check| {
        let (title, name) = (named(check), &check.name);
        let kind = if check.is_untyped {
            quote!(Recorded)
        } else {
            quote!(Typed)
        };
        let check = quote_spanned!(name.span()=> Self::#name);
        quote!((#title, ::mael_sim::declared::Check::#kind(#check)))
    });
    quote! {
        fn judge(
            &self,
            #options: &::mael_sim::Options,
            #history: &::mael_sim::declared::History,
        ) -> ::mael_sim::declared::Verdict {
            ::mael_sim::declared::judge(self, #options, #history, &[#(#checks),*])
        }

        #anomaly
    }
}

/// Generates the methods that call those which replace defaults.
pub(super) fn replaced(methods: &[(Replaced, Ident)]) -> impl Iterator<Item = TokenStream> {
    methods.iter().map(|(replaced, method)| {
        let options = (hygienic("options"), quote!(::mael_sim::Options));
        let ((argument, ty), returned) = match replaced {
            Replaced::Coverage => (
                (hygienic("history"), quote!(::mael_sim::declared::History)),
                quote!(::mael_sim::declared::Coverage),
            ),
            Replaced::Timeout => (options, quote!(::core::time::Duration)),
            Replaced::Validate => (
                options,
                quote!(::core::result::Result<(), ::std::string::String>),
            ),
        };
        let name = format_ident!("{}", replaced.name());
        let call = called(method, &argument);
        quote! {
            fn #name(&self, #argument: &#ty) -> #returned {
                #call
            }
        }
    })
}

/// Generates a call of the user's method. The compiler reports a wrong signature at its name.
fn called(method: &Ident, argument: &Ident) -> TokenStream {
    quote_spanned!(method.span()=> Self::#method(self, #argument))
}
