//! Properties of a type that can be determined from its tokens.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Lifetime, Path, PathArguments, Type, TypePath};

/// The spans of the first and the last token. An error in tokens that begin and end with these
/// spans is reported at the whole type.
pub(crate) fn ends(ty: &Type) -> (Span, Span) {
    let mut spans = ty.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The tokens with another span.
pub(crate) fn respanned(span: Span, tokens: TokenStream) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    tokens.into_iter().map(respan).collect()
}

/// Whether this is `()`.
pub(crate) fn is_unit(ty: &Type) -> bool {
    matches!(without_parens(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// The path of a type that is a plain path.
pub(crate) fn path(ty: &Type) -> Option<&Path> {
    match without_parens(ty) {
        Type::Path(TypePath {
            qself: None, path, ..
        }) => Some(path),
        _ => None,
    }
}

/// Whether it is a path whose last segment is `name`, without arguments.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    path(ty)
        .and_then(|path| path.segments.last())
        .is_some_and(|last| last.ident == name && last.arguments.is_none())
}

/// Whether this is `&Rc<Self>`.
pub(crate) fn is_shared_self(ty: &Type) -> bool {
    let Type::Reference(reference) = without_parens(ty) else {
        return false;
    };
    let pointer = path(&reference.elem).and_then(|path| path.segments.last());
    reference.mutability.is_none()
        && is_anonymous(reference.lifetime.as_ref())
        && pointer.is_some_and(|pointer| pointer.ident == "Rc")
        && first_argument(&reference.elem).is_some_and(|pointee| is_named(pointee, "Self"))
}

/// Whether this lifetime is `'_` or elided.
pub(crate) fn is_anonymous(lifetime: Option<&Lifetime>) -> bool {
    lifetime.is_none_or(|lifetime| lifetime.ident == "_")
}

/// The elements of a tuple.
pub(crate) fn elements(ty: &Type) -> Option<Vec<&Type>> {
    match without_parens(ty) {
        Type::Tuple(tuple) => Some(tuple.elems.iter().collect()),
        _ => None,
    }
}

/// Whether the last segment of its path is `Result`.
pub(crate) fn is_result(ty: &Type) -> bool {
    let last = path(ty).and_then(|path| path.segments.last());
    last.is_some_and(|last| last.ident == "Result")
}

/// Whether it can't be an alias of `Result`.
pub(crate) fn is_never_result(ty: &Type) -> bool {
    const NAMES: [&str; 20] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize", "NodeId", "Option", "String", "Vec",
    ];
    let last = path(ty).and_then(|path| path.segments.last());
    last.is_none_or(|last| NAMES.iter().any(|name| last.ident == name))
}

/// The first type argument of its path, such as the `T` of a `Result<T, E>`.
pub(crate) fn first_argument(ty: &Type) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &path(ty)?.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Whether it contains a reference or a lifetime other than `'static`.
pub(crate) fn borrows(ty: &Type) -> bool {
    has_short_lifetime(ty.to_token_stream())
}

fn has_short_lifetime(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_short = match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => tokens
                .next()
                .is_some_and(|name| name.to_string() != "static"),
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'')
            }
            TokenTree::Group(group) => has_short_lifetime(group.stream()),
            _ => false,
        };
        if is_short {
            return true;
        }
    }
    false
}

/// Whether it contains a reference, of any lifetime.
pub(crate) fn has_reference(ty: &Type) -> bool {
    let is_ampersand =
        |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == '&');
    any_token(ty.to_token_stream(), &is_ampersand)
}

/// Whether one of its tokens is the identifier `word`.
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
fn without_parens(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => without_parens(&paren.elem),
        Type::Group(group) => without_parens(&group.elem),
        _ => ty,
    }
}
