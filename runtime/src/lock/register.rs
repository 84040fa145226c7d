//! The register of one lock in the store: read, acquired, committed.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::protocol::{self, Settled};
use crate::backoff::Backoff;
use crate::kv::Kv;
use crate::time::{Duration, Instant};
use crate::{Error, NodeId, Result, time};

/// The longest pause between two looks at a lock that another node holds.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The longest first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// One start of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    pub(super) node: NodeId,
    /// Tells one start of the node from another.
    pub(super) nonce: String,
}

type Register<T> = protocol::Register<Owner, T>;

/// The register as it was read or written: what it says, and its very form in the store, which a
/// compare-and-set must match. None if the key did not exist.
#[derive(Clone)]
pub(super) struct Seen<T> {
    pub(super) register: Register<T>,
    json: Option<Box<RawValue>>,
}

/// The register as this node holds it.
pub(super) struct Held<T> {
    pub(super) seen: Seen<T>,
    /// When it was asked for. No other node has seen the hold before this.
    pub(super) since: Instant,
}

/// What became of a commit.
pub(super) enum Commit {
    Done,
    /// The lock had been taken over: nothing was changed.
    Lost,
    /// It can't be told.
    Unknown(Error),
}

/// A lock's register, as one start of one node sees it.
pub(super) struct Store<T> {
    pub(super) kv: Kv,
    pub(super) key: String,
    pub(super) me: Owner,
    pub(super) lease: Duration,
    /// What this node last left in the register, which is still there unless others came.
    last: RefCell<Option<Seen<T>>>,
}

impl<T: Clone + Default + Serialize + DeserializeOwned> Store<T> {
    pub(super) fn new(kv: Kv, key: String, me: Owner, lease: Duration) -> Self {
        Self {
            kv,
            key,
            me,
            lease,
            last: RefCell::default(),
        }
    }

    /// Reads the register. A lock that nobody has held yet protects a default value.
    pub(super) async fn read(&self) -> Result<Seen<T>> {
        let json = self.kv.read_raw(&self.key).await?;
        let register = match &json {
            Some(json) => serde_json::from_str(json.get()).map_err(|error| {
                Error::crash(format!("the key {:?} holds no lock: {error}", self.key))
            })?,
            None => Register {
                owner: None,
                epoch: 0,
                committed: 0,
                value: T::default(),
            },
        };
        Ok(Seen { register, json })
    }

    /// Acquires the lock: at once if it is free, else when its holder lets go, or has been seen to
    /// hold it for a whole lease.
    pub(super) async fn acquire(&self) -> Result<Held<T>> {
        let mut seen = match self.last.take() {
            Some(last) => last,
            None => self.read().await?,
        };
        let mut first_seen = (seen.register.epoch, time::now());
        let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            if seen.register.epoch != first_seen.0 {
                first_seen = (seen.register.epoch, time::now());
            }
            let taken_over = first_seen.1 + self.lease;
            // One's own name on a lock that one does not hold is left over from an earlier hold.
            let free = seen
                .register
                .owner
                .as_ref()
                .is_none_or(|owner| *owner == self.me);
            if free || time::now() >= taken_over {
                let held = seen.register.acquired(self.me.clone());
                let (to, since) = (self.write_form(held)?, time::now());
                if self.swap(&seen, &to).await? {
                    return Ok(Held { seen: to, since });
                }
                let now = self.read().await?;
                match to.register.settle_acquire(&now.register) {
                    Settled::Done => return Ok(Held { seen: to, since }),
                    _ => seen = now,
                }
                continue;
            }
            let pause = time::now() + pauses.next();
            time::sleep_until(pause.min(taken_over)).await;
            if pause < taken_over {
                seen = self.read().await?;
            }
        }
    }

    /// Commits a value, and releases the lock.
    ///
    /// A holder that is late looks first whether it has been taken over. Once a commit is sent,
    /// that can no longer be told when the one who took over has committed too.
    pub(super) async fn commit(&self, held: &Held<T>, value: T) -> Commit {
        match self.try_commit(held, value).await {
            Ok(commit) => commit,
            Err(error) => Commit::Unknown(error),
        }
    }

    async fn try_commit(&self, held: &Held<T>, value: T) -> Result<Commit> {
        let is_late = time::now() >= held.since + self.lease;
        let held = &held.seen;
        if is_late && held.register.is_lost(&self.read().await?.register) {
            return Ok(Commit::Lost);
        }
        let to = self.write_form(held.register.committed(value))?;
        loop {
            if self.swap(held, &to).await? {
                self.last.replace(Some(to));
                return Ok(Commit::Done);
            }
            let seen = self.read().await?;
            return Ok(match held.register.settle_commit(&seen.register) {
                Settled::Retry => continue,
                Settled::Done => Commit::Done,
                Settled::Lost => Commit::Lost,
                Settled::Unknown => Commit::Unknown(Error::timeout(format!(
                    "it can't be told whether this change of {:?} was committed: the reply to its \
                     commit was lost, and others have committed since. Look at the value before \
                     you try again",
                    self.key
                ))),
            });
        }
    }

    /// Replaces the register, if it is `from`. Until there is a reply the very same change is
    /// tried again, and the reply to any of the attempts counts: false means that the register
    /// was another when that attempt arrived, and an earlier one may be the reason.
    async fn swap(&self, from: &Seen<T>, to: &Seen<T>) -> Result<bool> {
        self.kv
            .cas_until_answered(&self.key, from.json.as_deref(), &to.json)
            .await
    }

    fn write_form(&self, register: Register<T>) -> Result<Seen<T>> {
        let json = serde_json::value::to_raw_value(&register)
            .map_err(|error| Error::crash(format!("the value has no form in JSON: {error}")))?;
        Ok(Seen {
            register,
            json: Some(json),
        })
    }
}
