//! What methods of a node may return.

use crate::{Error, Result};

/// An error that can be sent: any that converts into [`Error`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as an error",
    label = "does not convert into `mael::Error`",
    note = "return a `mael::Result<...>`, and say which error it is where it occurs: \
            `.map_err(|error| Error::crash(error.to_string()))?`, or \
            `Err(Error::new(ErrorCode::Abort, \"why\"))`",
    note = "or, for an error type of your own, write `impl From<{Self}> for mael::Error`"
)]
pub trait IntoError {
    #[doc(hidden)]
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Error>> IntoError for E {
    fn into_error(self) -> Error {
        self.into()
    }
}

/// A `Result` by whatever name: what a handler marked `fallible` returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result`, so its handler can't fail",
    label = "not a `Result`",
    note = "remove `fallible`, or return a `Result`",
    note = "a return type named `Result` is always taken for one: `use` yours under another name"
)]
pub trait Fallible {
    /// What there is if nothing failed.
    type Value;

    /// What went wrong.
    type Error;

    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// What a handler marked `fallible` returned, as the `Result` that it is.
pub fn result<F: Fallible>(returned: F) -> Result<F::Value, F::Error> {
    returned.into_result()
}

/// What a method marked `#[init]`, `#[every]` or `#[task]` may return.
#[diagnostic::on_unimplemented(
    message = "an `#[init]`, `#[every]` or `#[task]` method can't return `{Self}`",
    label = "not `()` or a `Result<(), E>`"
)]
pub trait Completion {
    #[doc(hidden)]
    fn into_result(self) -> Result<()>;
}

impl Completion for () {
    fn into_result(self) -> Result<()> {
        Ok(())
    }
}

impl<E: IntoError> Completion for Result<(), E> {
    fn into_result(self) -> Result<()> {
        self.map_err(E::into_error)
    }
}

/// What a method marked `#[init]` returned, as a `Result`.
///
/// # Errors
/// Whatever it failed with.
pub fn done(returned: impl Completion) -> Result<()> {
    returned.into_result()
}
