//! Handlers that wait, and the end of their time.

use std::time::Duration;

use super::answer::{Later, LaterFuture};
use super::outbox::crash;
use crate::executor::{Activity, Guarded, LocalFuture};
use crate::{Error, Result, time};

/// Runs a handler to its end or its deadline, which is this one unless it has its own: its result, or that of one that is never answered.
pub(super) async fn finish<R>(
    activity: Activity<'_>,
    msg_type: &str,
    later: Later<R>,
    deadline: Duration,
) -> Result<Result<R>, Result<()>> {
    let deadline = later.deadline.unwrap_or(deadline);
    match later.future {
        LaterFuture::Reply(future) => Ok(until(deadline, activity, msg_type, future).await),
        LaterFuture::Silent(future) => Err(until(deadline, activity, msg_type, future).await),
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
