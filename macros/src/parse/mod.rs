//! Reads attributes and syntax: our attributes are taken out of the item, which is emitted without
//! them, and read into structs of our own.

mod arguments;
mod conditions;
mod field;
mod handler;
mod item;
mod method;
mod parameter;
mod period;

use syn::{Attribute, Path};

pub(crate) use field::{Field, fields};
pub(crate) use handler::{HandlerAttribute, ReplyNames};
pub(crate) use item::{NodeArguments, node, only_crate};
pub(crate) use method::{Method, Role, methods};
pub(crate) use parameter::Parameter;
pub(crate) use period::{Period, Unit};

/// The attributes with this path.
pub(crate) fn with_path(attributes: &[Attribute], path: &str) -> Vec<Attribute> {
    let named = |attribute: &&Attribute| attribute.path().is_ident(path);
    attributes.iter().filter(named).cloned().collect()
}

/// Takes out some of the attributes.
fn take(attributes: &mut Vec<Attribute>, is_ours: impl Fn(&Attribute) -> bool) -> Vec<Attribute> {
    attributes
        .extract_if(.., |attribute| is_ours(attribute))
        .collect()
}

/// Whether this is our attribute of that name: alone, or behind the path of `mael`.
fn is_ours(attribute: &Attribute, name: &str, mael: &Path) -> bool {
    let mut path: Vec<_> = idents(attribute.path()).collect();
    path.pop().is_some_and(|last| last == name)
        && (path.is_empty() || path.iter().eq(&["mael"]) || path.into_iter().eq(idents(mael)))
}

fn idents(path: &Path) -> impl Iterator<Item = &proc_macro2::Ident> {
    path.segments.iter().map(|segment| &segment.ident)
}
