//! Runs `async` handlers, and enforces their deadlines.

use std::time::Duration;

use super::outbox::crash;
use super::response::{Deferred, HandlerFuture};
use crate::executor::{Activity, Guarded, LocalFuture};
use crate::{Error, Result, time};

/// Runs a handler until it returns or its deadline passes: its own deadline, or else
/// `default_deadline`. Returns `Err` with the result of a handler that is `oneway`.
pub(super) async fn finish<R>(
    activity: Activity<'_>,
    msg_type: &str,
    deferred: Deferred<R>,
    default_deadline: Duration,
) -> Result<Result<R>, Result<()>> {
    let deadline = deferred.deadline.unwrap_or(default_deadline);
    match deferred.future {
        HandlerFuture::Reply(future) => Ok(until(deadline, activity, msg_type, future).await),
        HandlerFuture::NoReply(future) => Err(until(deadline, activity, msg_type, future).await),
    }
}

async fn until<R>(
    deadline: Duration,
    activity: Activity<'_>,
    msg_type: &str,
    future: LocalFuture<'static, Result<R>>,
) -> Result<R> {
    match time::timeout(deadline, Guarded::new(activity, future)).await {
        Ok(result) => result.map_err(crash).flatten(),
        Err(_) => Err(Error::timeout(format!(
            "`{msg_type}` took longer than {deadline:?}"
        ))),
    }
}
