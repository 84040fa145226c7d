//! Reads, acquires and commits the register of one lock in `lin-kv`.

use std::cell::{Cell, RefCell};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::protocol::{self, ChangeStatus};
use crate::kv::Kv;
use crate::protocol::read_json;
use crate::rpc::Backoff;
use crate::time::{Duration, Instant};
use crate::{Error, NodeId, Result, time};

/// The longest pause between two reads of a lock that another node holds.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The longest first pause.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The number of owners whose last commit the register records.
const RECORDED_COMMITS: usize = 16;

/// One run of one node, from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    pub(super) node: NodeId,
    /// Differs in each run.
    pub(super) nonce: String,
}

type Register<T> = protocol::Register<Owner, T>;

/// The register as it was read or written, with its exact JSON in the store, which a
/// compare-and-set must match. The JSON is None if the key did not exist.
#[derive(Clone)]
pub(super) struct Observed<T> {
    pub(super) register: Register<T>,
    json: Option<Box<RawValue>>,
}

/// The register that a commit starts from.
pub(super) struct CommitBase<T> {
    pub(super) observed: Observed<T>,
    /// When this node sent the request that acquired the lock. No other node can have seen the lock
    /// held before this. `None` if the lock is free: the commit then also acquires it.
    pub(super) acquired_at: Option<Instant>,
}

/// A register that this node may acquire.
pub(super) struct Available<T> {
    pub(super) observed: Observed<T>,
    /// Whether the lock is free. If not, its lease has expired, and it can be taken over.
    pub(super) is_free: bool,
    /// Whether the register comes from the cache, and was not read just now.
    pub(super) is_cached: bool,
}

/// The result of a commit.
pub(super) enum CommitResult {
    Committed,
    /// Another node had changed the register, so nothing was committed.
    Lost,
    /// Whether it was committed is unknown.
    Unknown(Error),
}

/// The register of a lock, with a cache of the newest version that this node has seen.
pub(super) struct RegisterStore<T> {
    pub(super) kv: Kv,
    pub(super) key: String,
    pub(super) me: Owner,
    pub(super) lease: Duration,
    /// The newest register that this node has seen, and a time at or after which it was current.
    cache: RefCell<Option<(Observed<T>, Instant)>>,
    /// Whether the cache is likely to be current, which it is if it was the last time.
    trusts_cache: Cell<bool>,
    /// The register that was read after a failed attempt, and when.
    after_failure: RefCell<Option<(Observed<T>, Instant)>>,
}

impl<T: Clone + Default + Serialize + DeserializeOwned> RegisterStore<T> {
    pub(super) fn new(kv: Kv, key: String, me: Owner, lease: Duration) -> Self {
        Self {
            kv,
            key,
            me,
            lease,
            cache: RefCell::default(),
            trusts_cache: Cell::new(true),
            after_failure: RefCell::default(),
        }
    }

    /// Reads the register. A lock that was never held protects a default value.
    pub(super) async fn read(&self) -> Result<Observed<T>> {
        let sent_at = time::now();
        let json = self.kv.read_raw(&self.key).await?;
        let register = match &json {
            Some(json) => read_json(json).map_err(|reason| {
                Error::crash(format!(
                    "the value of key {:?} is not a lock: {reason}",
                    self.key
                ))
            })?,
            None => Register {
                owner: None,
                epoch: 0,
                commits: Vec::new(),
                value: T::default(),
            },
        };
        let observed = Observed { register, json };
        self.update_cache(&observed, sent_at);
        Ok(observed)
    }

    /// Returns the last committed value, as of some time at most `age` ago.
    pub(super) async fn value_within(&self, age: Duration) -> Result<T> {
        let cached = self.cache.borrow().as_ref().and_then(|(observed, at)| {
            let is_recent = time::now() <= *at + age;
            is_recent.then(|| observed.register.value.clone())
        });
        match cached {
            Some(value) => Ok(value),
            None => Ok(self.read().await?.register.value),
        }
    }

    fn update_cache(&self, observed: &Observed<T>, at: Instant) {
        let mut cache = self.cache.borrow_mut();
        let epoch = cache.as_ref().map(|(cached, _)| cached.register.epoch);
        if epoch <= Some(observed.register.epoch) {
            *cache = Some((observed.clone(), at));
        }
    }

    /// Waits until the lock is free, or can be taken over because its holder has held it for a
    /// whole lease.
    pub(super) async fn wait_until_available(&self) -> Result<Available<T>> {
        let cached = self
            .cache
            .borrow()
            .as_ref()
            .map(|(cached, _)| cached.clone());
        if self.trusts_cache.get()
            && let Some(observed) = &cached
            && observed.register.owner.is_none()
        {
            return Ok(Available {
                observed: observed.clone(),
                is_free: true,
                is_cached: true,
            });
        }
        let mut observed = match self.take_recent() {
            Some(observed) => observed,
            None => self.read().await?,
        };
        let is_current = |cached: Observed<T>| cached.register.epoch == observed.register.epoch;
        self.trusts_cache.set(cached.is_none_or(is_current));
        let mut first_seen = (observed.register.epoch, time::now());
        let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            if observed.register.epoch != first_seen.0 {
                first_seen = (observed.register.epoch, time::now());
            }
            let lease_end = first_seen.1 + self.lease;
            let owner = observed.register.owner.as_ref();
            // If this node is the owner, though it does not hold the lock, it failed to release it.
            let is_mine = owner == Some(&self.me);
            if owner.is_none() || is_mine || time::now() >= lease_end {
                return Ok(Available {
                    is_free: owner.is_none(),
                    is_cached: false,
                    observed,
                });
            }
            let pause_end = time::now() + pauses.next();
            time::sleep_until(pause_end.min(lease_end)).await;
            if pause_end < lease_end {
                observed = self.read().await?;
            }
        }
    }

    /// Takes the register that the previous attempt read after its failure, unless there was a
    /// back-off since. This saves the round trip of another read.
    fn take_recent(&self) -> Option<Observed<T>> {
        let (observed, at) = self.after_failure.take()?;
        (time::now() < at + FIRST_PAUSE).then_some(observed)
    }

    async fn read_after_failure(&self) -> Result<Observed<T>> {
        let observed = self.read().await?;
        self.after_failure
            .replace(Some((observed.clone(), time::now())));
        Ok(observed)
    }

    /// Acquires the lock, unless this node has already. Returns false if another node was faster.
    pub(super) async fn acquire(&self, base: &mut CommitBase<T>) -> Result<bool> {
        if base.acquired_at.is_some() {
            return Ok(true);
        }
        let to = self.encode(base.observed.register.acquired(self.me.clone()))?;
        let sent_at = time::now();
        let acquired = self.compare_and_set(&base.observed, &to).await?
            || to
                .register
                .acquire_status(&self.read_after_failure().await?.register)
                == ChangeStatus::Done;
        if acquired {
            self.update_cache(&to, sent_at);
            base.observed = to;
            base.acquired_at = Some(sent_at);
        } else {
            self.trusts_cache.set(false);
        }
        Ok(acquired)
    }

    /// Commits a value, and releases the lock.
    ///
    /// A holder whose lease has expired first checks that it was not taken over. Once a commit is
    /// sent, that can no longer be known if the node that took over has committed too.
    pub(super) async fn commit(&self, base: &CommitBase<T>, value: T) -> CommitResult {
        let result = match self.try_commit(base, value).await {
            Ok(result) => result,
            Err(error) => CommitResult::Unknown(error),
        };
        if !matches!(result, CommitResult::Committed) {
            self.trusts_cache.set(false);
        }
        result
    }

    async fn try_commit(&self, base: &CommitBase<T>, value: T) -> Result<CommitResult> {
        let is_expired = base
            .acquired_at
            .is_some_and(|acquired_at| time::now() >= acquired_at + self.lease);
        let from = &base.observed;
        if is_expired && from.register.is_lost(&self.read().await?.register) {
            return Ok(CommitResult::Lost);
        }
        let to = self.encode(
            from.register
                .committed(self.me.clone(), value, RECORDED_COMMITS),
        )?;
        loop {
            let sent_at = time::now();
            if self.compare_and_set(from, &to).await? {
                self.update_cache(&to, sent_at);
                return Ok(CommitResult::Committed);
            }
            let current = self.read_after_failure().await?.register;
            let status = from
                .register
                .commit_status(&self.me, &current, RECORDED_COMMITS);
            return Ok(match status {
                ChangeStatus::Retry => continue,
                ChangeStatus::Done => CommitResult::Committed,
                ChangeStatus::Lost => CommitResult::Lost,
                ChangeStatus::Unknown => CommitResult::Unknown(Error::timeout(format!(
                    "unknown whether this change of {:?} was committed: the reply was lost, and \
                     other nodes have committed since; read the value before you try again",
                    self.key
                ))),
            });
        }
    }

    /// Replaces the register if it is `from`. The same request is sent again until any attempt is
    /// answered. Returns false if that attempt found another register, which may be due to an
    /// earlier attempt.
    async fn compare_and_set(&self, from: &Observed<T>, to: &Observed<T>) -> Result<bool> {
        self.kv
            .cas_until_answered(&self.key, from.json.as_deref(), &to.json)
            .await
    }

    fn encode(&self, register: Register<T>) -> Result<Observed<T>> {
        let json = serde_json::value::to_raw_value(&register)
            .map_err(|error| Error::crash(format!("the value can't be serialized: {error}")))?;
        Ok(Observed {
            register,
            json: Some(json),
        })
    }
}
