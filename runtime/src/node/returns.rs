//! The return types of a node's methods.

use crate::{Error, Result};

/// An error that can be sent in a reply: any type that converts into [`Error`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as an error",
    label = "does not convert into `mael::Error`",
    note = "return a `mael::Result<...>`, and convert the error: \
            `.map_err(|error| Error::crash(error.to_string()))?`, or \
            `Err(Error::new(ErrorCode::Abort, \"why\"))`",
    note = "for an error type of your own, implement `From<{Self}>` for `mael::Error`"
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

/// A `Result` or an alias of one: the return type of a handler marked `fallible`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result`",
    label = "not a `Result`",
    note = "remove `fallible`, or return a `Result`",
    note = "a return type named `Result` is expected to be one: import yours under another name"
)]
pub trait Fallible {
    /// The `Ok` type.
    type Value;

    /// The `Err` type.
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

/// Converts the value returned by a handler marked `fallible` to a `Result`.
pub fn result<F: Fallible>(returned: F) -> Result<F::Value, F::Error> {
    returned.into_result()
}

/// The return types of methods marked `#[init]`, `#[every]` or `#[task]`.
#[diagnostic::on_unimplemented(
    message = "`#[init]`, `#[every]` and `#[task]` methods can't return `{Self}`",
    label = "use `Result<()>` or no return type"
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

/// Converts the value returned by a method marked `#[init]` to a `Result`.
///
/// # Errors
/// The error that the method returned.
pub fn done(returned: impl Completion) -> Result<()> {
    returned.into_result()
}
