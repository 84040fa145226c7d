//! Questions about a type, as far as its tokens can answer them.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Lifetime, Path, PathArguments, Type, TypePath};

/// The spans of the first and the last token: what is generated between two tokens of these spans
/// is reported at the whole type.
pub(crate) fn ends(ty: &Type) -> (Span, Span) {
    let mut spans = ty.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// These tokens with another span.
pub(crate) fn at(span: Span, tokens: TokenStream) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    tokens.into_iter().map(respan).collect()
}

/// Whether this is `()`.
pub(crate) fn is_unit(ty: &Type) -> bool {
    matches!(bare(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// The path of a type that is nothing else than a path.
pub(crate) fn path(ty: &Type) -> Option<&Path> {
    match bare(ty) {
        Type::Path(TypePath {
            qself: None, path, ..
        }) => Some(path),
        _ => None,
    }
}

/// Whether it is a path whose last segment is this, without arguments.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    path(ty)
        .and_then(|path| path.segments.last())
        .is_some_and(|last| last.ident == name && last.arguments.is_none())
}

/// Whether this is `&Rc<Self>`.
pub(crate) fn is_shared_self(ty: &Type) -> bool {
    let Type::Reference(reference) = bare(ty) else {
        return false;
    };
    let pointer = path(&reference.elem).and_then(|path| path.segments.last());
    reference.mutability.is_none()
        && is_anonymous(reference.lifetime.as_ref())
        && pointer.is_some_and(|pointer| pointer.ident == "Rc")
        && first_argument(&reference.elem).is_some_and(|pointee| is_named(pointee, "Self"))
}

/// Whether this lifetime is `'_` or not written.
pub(crate) fn is_anonymous(lifetime: Option<&Lifetime>) -> bool {
    lifetime.is_none_or(|lifetime| lifetime.ident == "_")
}

/// The elements of a tuple.
pub(crate) fn elements(ty: &Type) -> Option<Vec<&Type>> {
    match bare(ty) {
        Type::Tuple(tuple) => Some(tuple.elems.iter().collect()),
        _ => None,
    }
}

/// Whether the last segment of its path is `Result`.
pub(crate) fn is_result(ty: &Type) -> bool {
    let last = path(ty).and_then(|path| path.segments.last());
    last.is_some_and(|last| last.ident == "Result")
}

/// Whether it is certainly no `Result`, whatever is in scope.
pub(crate) fn is_no_result(ty: &Type) -> bool {
    const NAMES: [&str; 20] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize", "NodeId", "Option", "String", "Vec",
    ];
    let last = path(ty).and_then(|path| path.segments.last());
    last.is_none_or(|last| NAMES.iter().any(|name| last.ident == name))
}

/// The first type among the arguments of its path: what a `Result` is of.
pub(crate) fn first_argument(ty: &Type) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &path(ty)?.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Whether it borrows from something that ends: a reference or a lifetime other than `'static`.
pub(crate) fn borrows(ty: &Type) -> bool {
    lifetimes_end(ty.to_token_stream())
}

fn lifetimes_end(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let ends = match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => tokens
                .next()
                .is_some_and(|name| name.to_string() != "static"),
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'')
            }
            TokenTree::Group(group) => lifetimes_end(group.stream()),
            _ => false,
        };
        if ends {
            return true;
        }
    }
    false
}

/// Whether there is a reference in it, of whatever lifetime.
pub(crate) fn has_reference(ty: &Type) -> bool {
    let is_ampersand =
        |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == '&');
    any_token(ty.to_token_stream(), &is_ampersand)
}

/// Whether one of its tokens is this word.
pub(crate) fn mentions(ty: &Type, word: &str) -> bool {
    let is_word = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == word);
    any_token(ty.to_token_stream(), &is_word)
}

fn any_token(tokens: TokenStream, test: &impl Fn(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => any_token(group.stream(), test),
        token => test(&token),
    })
}

/// The type without the parentheses and invisible groups around it.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => bare(&paren.elem),
        Type::Group(group) => bare(&group.elem),
        _ => ty,
    }
}
