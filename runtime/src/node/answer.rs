//! What comes of a handler.

use std::future::Future;
use std::time::Duration;

use super::returns::IntoError;
use crate::Result;
use crate::executor::LocalFuture;

/// What a handler has to say: its reply, or the promise of one.
pub enum Answer<R> {
    /// The handler has returned.
    Now(Result<R>),
    /// The handler is asynchronous, and has not been polled yet.
    Later(Later<R>),
    /// The handler has returned, and is never answered; a failure is only reported.
    Silent(Result<()>),
}

/// The promise of an answer.
pub struct Later<R> {
    pub(crate) future: LaterFuture<R>,
    /// How long it may take, if not as long as the node's other handlers.
    pub(crate) deadline: Option<Duration>,
}

/// What comes of a promise: an answer, or only its failure.
pub(crate) enum LaterFuture<R> {
    Reply(LocalFuture<'static, Result<R>>),
    Silent(LocalFuture<'static, Result<()>>),
}

impl<R> Answer<R> {
    /// The answer of a handler that returned `result`.
    pub fn now<E: IntoError>(result: Result<R, E>) -> Self {
        Self::Now(result.map_err(E::into_error))
    }

    /// The answer of a handler that is still to run.
    pub fn later<E: IntoError>(result: impl Future<Output = Result<R, E>> + 'static) -> Self {
        let result = async move { result.await.map_err(E::into_error) };
        Self::Later(Later {
            future: LaterFuture::Reply(Box::pin(result)),
            deadline: None,
        })
    }

    /// That a handler which is never answered returned `result`.
    pub fn oneway<E: IntoError>(result: Result<(), E>) -> Self {
        Self::Silent(result.map_err(E::into_error))
    }

    /// That a handler which is never answered is still to run.
    pub fn oneway_later<E: IntoError>(
        result: impl Future<Output = Result<(), E>> + 'static,
    ) -> Self {
        let result = async move { result.await.map_err(E::into_error) };
        Self::Later(Later {
            future: LaterFuture::Silent(Box::pin(result)),
            deadline: None,
        })
    }

    /// Gives a handler that is still to run its own deadline.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        if let Self::Later(later) = &mut self {
            later.deadline = Some(deadline);
        }
        self
    }
}
