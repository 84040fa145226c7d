//! What a call of a handler returns to the node loop.

use std::future::Future;
use std::time::Duration;

use super::returns::IntoError;
use crate::Result;
use crate::executor::LocalFuture;

/// The result of a handler, or a future that resolves to it.
pub enum Response<R> {
    /// The handler has returned.
    Ready(Result<R>),
    /// The handler is an `async fn`, and has not been polled yet.
    Deferred(Deferred<R>),
    /// A `oneway` handler has returned. An error is logged; no reply is sent.
    NoReply(Result<()>),
}

/// An `async` handler that is still to run.
pub struct Deferred<R> {
    pub(crate) future: HandlerFuture<R>,
    /// The handler's own deadline, if it differs from the node's.
    pub(crate) deadline: Option<Duration>,
}

/// The future of a handler, which resolves to a reply or, if the handler is `oneway`, to nothing.
pub(crate) enum HandlerFuture<R> {
    Reply(LocalFuture<'static, Result<R>>),
    NoReply(LocalFuture<'static, Result<()>>),
}

impl<R> Response<R> {
    /// Returns the response of a handler that has returned and can't fail.
    pub fn reply(reply: R) -> Self {
        Self::Ready(Ok(reply))
    }

    /// Returns the response of a handler that has returned `result`.
    pub fn ready<E: IntoError>(result: Result<R, E>) -> Self {
        Self::Ready(result.map_err(E::into_error))
    }

    /// Returns the response of an `async` handler.
    pub fn deferred<E: IntoError>(result: impl Future<Output = Result<R, E>> + 'static) -> Self {
        let result = async move { result.await.map_err(E::into_error) };
        Self::Deferred(Deferred {
            future: HandlerFuture::Reply(Box::pin(result)),
            deadline: None,
        })
    }

    /// Returns the response of a `oneway` handler that has returned `result`.
    pub fn oneway<E: IntoError>(result: Result<(), E>) -> Self {
        Self::NoReply(result.map_err(E::into_error))
    }

    /// Returns the response of an `async` handler that is `oneway`.
    pub fn oneway_deferred<E: IntoError>(
        result: impl Future<Output = Result<(), E>> + 'static,
    ) -> Self {
        let result = async move { result.await.map_err(E::into_error) };
        Self::Deferred(Deferred {
            future: HandlerFuture::NoReply(Box::pin(result)),
            deadline: None,
        })
    }

    /// Sets the deadline of an `async` handler, in place of the node's.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        if let Self::Deferred(deferred) = &mut self {
            deferred.deadline = Some(deadline);
        }
        self
    }
}
