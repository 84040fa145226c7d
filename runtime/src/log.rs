//! What a node tells its operator.

use std::fmt;

use crate::runtime::scope::with_runtime;

/// Tells one line. The scope of a node must be the current one.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    with_runtime("mael's log", |runtime| runtime.log(&text.to_string()));
}
