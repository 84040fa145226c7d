//! Real time with timers finer than tokio's.
//!
//! Tokio's timers have millisecond resolution, which is too coarse for an operation every
//! millisecond. Here, a thread sleeps until the earliest timer, with the precision of the system's
//! sleep.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant as SystemInstant};

use mael::executor::{LocalFuture, Runtime, Tokio};
use mael::time::Instant;

/// The runtime of real runs: tokio's clock and randomness, with fine timers.
pub(super) struct FineClock {
    tokio: Tokio,
    timers: Arc<Timers>,
}

/// Timers that have been set, shared with the thread that waits for them.
#[derive(Default)]
struct Timers {
    state: Mutex<WaitingTimers>,
    /// Notified when an earlier timer is set, and at the end.
    changed: Condvar,
}

#[derive(Default)]
struct WaitingTimers {
    waiting: BTreeMap<(SystemInstant, u64), Waker>,
    next_key: u64,
    ended: bool,
}

impl FineClock {
    pub(super) fn new() -> Self {
        let timers = Arc::<Timers>::default();
        let shared = Arc::clone(&timers);
        thread::spawn(move || shared.run());
        Self {
            tokio: Tokio::new(),
            timers,
        }
    }
}

impl Drop for FineClock {
    fn drop(&mut self) {
        self.timers.lock().ended = true;
        self.timers.changed.notify_one();
    }
}

impl Runtime for FineClock {
    fn now(&self) -> Instant {
        self.tokio.now()
    }

    fn sleep_until(&self, deadline: Instant) -> LocalFuture<'static, ()> {
        Box::pin(Sleep {
            deadline: SystemInstant::now() + deadline.since(self.now()),
            key: None,
            timers: Arc::clone(&self.timers),
        })
    }

    fn random(&self) -> u64 {
        self.tokio.random()
    }
}

impl Timers {
    fn lock(&self) -> MutexGuard<'_, WaitingTimers> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut state = self.lock();
        while !state.ended {
            let now = SystemInstant::now();
            let earliest = state.waiting.first_key_value().map(|(key, _)| *key);
            match earliest {
                Some(key) if key.0 <= now => {
                    if let Some(waker) = state.waiting.remove(&key) {
                        drop(state);
                        waker.wake();
                        state = self.lock();
                    }
                }
                earliest => {
                    let rest = earliest.map_or(Duration::MAX, |(deadline, _)| deadline - now);
                    let waited = self.changed.wait_timeout(state, rest);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }
}

struct Sleep {
    deadline: SystemInstant,
    key: Option<u64>,
    timers: Arc<Timers>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.deadline <= SystemInstant::now() {
            return Poll::Ready(());
        }
        let timers = Arc::clone(&self.timers);
        let mut state = timers.lock();
        let key = *self.key.get_or_insert_with(|| {
            state.next_key += 1;
            state.next_key
        });
        let earlier = state.waiting.first_key_value().map(|(key, _)| key.0);
        state
            .waiting
            .insert((self.deadline, key), cx.waker().clone());
        if earlier.is_none_or(|earlier| self.deadline < earlier) {
            timers.changed.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.timers.lock().waiting.remove(&(self.deadline, key));
        }
    }
}
