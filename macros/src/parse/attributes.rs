//! Finds attributes by their paths.

use proc_macro2::Ident;
use syn::{Attribute, Path};

/// Returns the attributes with this path.
pub(super) fn with_path(attributes: &[Attribute], path: &str) -> Vec<Attribute> {
    let named = |attribute: &&Attribute| attribute.path().is_ident(path);
    attributes.iter().filter(named).cloned().collect()
}

/// Removes and returns the attributes that match.
pub(super) fn take(
    attributes: &mut Vec<Attribute>,
    is_ours: impl Fn(&Attribute) -> bool,
) -> Vec<Attribute> {
    attributes
        .extract_if(.., |attribute| is_ours(attribute))
        .collect()
}

/// Whether this is our attribute of that name: `name`, or `name` in the path of `mael`.
pub(super) fn is_ours(attribute: &Attribute, name: &str, mael: &Path) -> bool {
    let mut path: Vec<_> = idents(attribute.path()).collect();
    path.pop().is_some_and(|last| last == name)
        && (path.is_empty() || path.iter().eq(&["mael"]) || path.into_iter().eq(idents(mael)))
}

fn idents(path: &Path) -> impl Iterator<Item = &Ident> {
    path.segments.iter().map(|segment| &segment.ident)
}
