//! Parses a duration that is written as `ms = ...` or `secs = ...`.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, ExprLit, Lit, Token};

use super::arguments;
use crate::errors::Errors;
use crate::model::{Period, Unit};

/// Parses the only argument of an attribute. Returns None if it reports an error.
pub(crate) fn read(attribute: &Attribute, errors: &mut Errors) -> Option<Period> {
    let name = attribute.path().segments.last()?.ident.to_string();
    let message = format!("expected a duration: `#[{name}(ms = 200)]` or `#[{name}(secs = 1)]`");
    let arguments = arguments::of_attribute(attribute);
    if arguments.is_empty() {
        errors.on(attribute, message);
        return None;
    }
    let Ok((key, value)) = Parser::parse2(key_and_value, arguments.clone()) else {
        errors.on(arguments, message);
        return None;
    };
    let unit = match key.to_string().as_str() {
        "ms" => Unit::Milliseconds,
        "secs" => Unit::Seconds,
        _ => {
            errors.on(key, message);
            return None;
        }
    };
    if let Expr::Lit(ExprLit { lit, .. }) = &value
        && !is_positive(lit)
    {
        errors.on(lit, "expected a positive integer");
        return None;
    }
    Some(Period { unit, value })
}

fn key_and_value(input: ParseStream<'_>) -> syn::Result<(Ident, Expr)> {
    let key = input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    let value = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok((key, value))
}

fn is_positive(lit: &Lit) -> bool {
    match lit {
        Lit::Int(number) => number.base10_digits() != "0",
        _ => false,
    }
}
