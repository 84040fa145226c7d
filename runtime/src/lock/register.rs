//! The register of one lock in the store: read, acquired, committed.

use std::cell::{Cell, RefCell};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::protocol::{self, Settled};
use crate::kv::Kv;
use crate::protocol::read_json;
use crate::rpc::Backoff;
use crate::time::{Duration, Instant};
use crate::{Error, NodeId, Result, time};

/// The longest pause between two looks at a lock that another node holds.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The longest first pause.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Of how many owners the register tells when they committed last.
const KEPT_COMMITS: usize = 16;

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

/// The register that a commit is to start from.
pub(super) struct Held<T> {
    pub(super) seen: Seen<T>,
    /// When this node asked for the lock. No other node has seen the hold before this. None while
    /// the lock is still free: the commit will then acquire it as well.
    pub(super) since: Option<Instant>,
}

/// A register that this node may acquire.
pub(super) struct Found<T> {
    pub(super) seen: Seen<T>,
    /// Whether nobody holds it. If somebody does, it is time to take over.
    pub(super) is_free: bool,
    /// Whether this is what the node knew already, and not what it has just read.
    pub(super) is_guess: bool,
}

/// What became of a commit.
pub(super) enum Commit {
    Done,
    /// Others had changed the register: nothing was changed.
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
    /// The newest register that this node has seen, and a time at or after which it was current.
    known: RefCell<Option<(Seen<T>, Instant)>>,
    /// Whether what is known is likely to be what is there: the last time it was.
    guesses: Cell<bool>,
    /// What an attempt that failed has found in place of what it was made from, and when.
    found: RefCell<Option<(Seen<T>, Instant)>>,
}

impl<T: Clone + Default + Serialize + DeserializeOwned> Store<T> {
    pub(super) fn new(kv: Kv, key: String, me: Owner, lease: Duration) -> Self {
        Self {
            kv,
            key,
            me,
            lease,
            known: RefCell::default(),
            guesses: Cell::new(true),
            found: RefCell::default(),
        }
    }

    /// Reads the register. A lock that nobody has held yet protects a default value.
    pub(super) async fn read(&self) -> Result<Seen<T>> {
        let asked = time::now();
        let json = self.kv.read_raw(&self.key).await?;
        let register = match &json {
            Some(json) => read_json(json).map_err(|reason| {
                Error::crash(format!("the key {:?} holds no lock: {reason}", self.key))
            })?,
            None => Register {
                owner: None,
                epoch: 0,
                commits: Vec::new(),
                value: T::default(),
            },
        };
        let seen = Seen { register, json };
        self.learn(&seen, asked);
        Ok(seen)
    }

    /// The value that was committed last, as of some moment at most `age` ago.
    pub(super) async fn value_within(&self, age: Duration) -> Result<T> {
        let known = self.known.borrow().as_ref().and_then(|(seen, at)| {
            let is_young = time::now() <= *at + age;
            is_young.then(|| seen.register.value.clone())
        });
        match known {
            Some(value) => Ok(value),
            None => Ok(self.read().await?.register.value),
        }
    }

    fn learn(&self, seen: &Seen<T>, at: Instant) {
        let mut known = self.known.borrow_mut();
        let epoch = known.as_ref().map(|(known, _)| known.register.epoch);
        if epoch <= Some(seen.register.epoch) {
            *known = Some((seen.clone(), at));
        }
    }

    /// Finds the lock free, at once or when its holder lets go, or to be taken over, once its
    /// holder has been seen to hold it for a whole lease.
    pub(super) async fn find(&self) -> Result<Found<T>> {
        let known = self.known.borrow().as_ref().map(|(seen, _)| seen.clone());
        if self.guesses.get()
            && let Some(seen) = &known
            && seen.register.owner.is_none()
        {
            return Ok(Found {
                seen: seen.clone(),
                is_free: true,
                is_guess: true,
            });
        }
        let mut seen = match self.just_found() {
            Some(seen) => seen,
            None => self.read().await?,
        };
        let nobody_came = |known: Seen<T>| known.register.epoch == seen.register.epoch;
        self.guesses.set(known.is_none_or(nobody_came));
        let mut first_seen = (seen.register.epoch, time::now());
        let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            if seen.register.epoch != first_seen.0 {
                first_seen = (seen.register.epoch, time::now());
            }
            let taken_over = first_seen.1 + self.lease;
            let owner = seen.register.owner.as_ref();
            // One's own name on a lock that one does not hold is left over from an earlier hold.
            let is_mine = owner == Some(&self.me);
            if owner.is_none() || is_mine || time::now() >= taken_over {
                return Ok(Found {
                    is_free: owner.is_none(),
                    is_guess: false,
                    seen,
                });
            }
            let pause = time::now() + pauses.next();
            time::sleep_until(pause.min(taken_over)).await;
            if pause < taken_over {
                seen = self.read().await?;
            }
        }
    }

    /// What the attempt before this one has found, unless a back-off came in between: it is as good as
    /// another look, which would take a round trip.
    fn just_found(&self) -> Option<Seen<T>> {
        let (seen, at) = self.found.take()?;
        (time::now() < at + FIRST_PAUSE).then_some(seen)
    }

    /// Reads the register because an attempt has failed.
    async fn read_after_failure(&self) -> Result<Seen<T>> {
        let seen = self.read().await?;
        self.found.replace(Some((seen.clone(), time::now())));
        Ok(seen)
    }

    /// Acquires the lock in earnest, if that is not done yet. False if others were faster.
    pub(super) async fn acquire(&self, held: &mut Held<T>) -> Result<bool> {
        if held.since.is_some() {
            return Ok(true);
        }
        let to = self.write_form(held.seen.register.acquired(self.me.clone()))?;
        let since = time::now();
        let won = self.swap(&held.seen, &to).await?
            || to
                .register
                .settle_acquire(&self.read_after_failure().await?.register)
                == Settled::Done;
        if won {
            self.learn(&to, since);
            held.seen = to;
            held.since = Some(since);
        } else {
            self.guesses.set(false);
        }
        Ok(won)
    }

    /// Commits a value, and releases the lock.
    ///
    /// A holder that is late looks first whether it has been taken over. Once a commit is sent,
    /// that can no longer be told when the one who took over has committed too.
    pub(super) async fn commit(&self, held: &Held<T>, value: T) -> Commit {
        let commit = match self.try_commit(held, value).await {
            Ok(commit) => commit,
            Err(error) => Commit::Unknown(error),
        };
        if !matches!(commit, Commit::Done) {
            self.guesses.set(false);
        }
        commit
    }

    async fn try_commit(&self, held: &Held<T>, value: T) -> Result<Commit> {
        let is_late = held
            .since
            .is_some_and(|since| time::now() >= since + self.lease);
        let held = &held.seen;
        if is_late && held.register.is_lost(&self.read().await?.register) {
            return Ok(Commit::Lost);
        }
        let to = self.write_form(
            held.register
                .committed(self.me.clone(), value, KEPT_COMMITS),
        )?;
        loop {
            let asked = time::now();
            if self.swap(held, &to).await? {
                self.learn(&to, asked);
                return Ok(Commit::Done);
            }
            let seen = self.read_after_failure().await?;
            return Ok(
                match held
                    .register
                    .settle_commit(&self.me, &seen.register, KEPT_COMMITS)
                {
                    Settled::Retry => continue,
                    Settled::Done => Commit::Done,
                    Settled::Lost => Commit::Lost,
                    Settled::Unknown => Commit::Unknown(Error::timeout(format!(
                        "it can't be told whether this change of {:?} was committed: the reply to its \
                     commit was lost, and others have committed since. Look at the value before \
                     you try again",
                        self.key
                    ))),
                },
            );
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
