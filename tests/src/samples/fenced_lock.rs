//! A lock with fencing tokens: <https://martin.kleppmann.com/2016/02/08/distributed-locking.html>.

use mael::Error;
use mael::prelude::*;
use mael_sim::declared::{Call, Findings, Typed, Verdict};
use mael_sim::{operations, workload};

/// A lock that at most one owner holds at a time. Each acquisition returns a fencing token that is
/// larger than those of all acquisitions before.
#[workload]
pub struct FencedLock {
    /// How many owners there are.
    #[arg(long, default_value_t = 3)]
    owners: u64,
}

#[operations]
impl FencedLock {
    /// Acquires the lock, and returns a token. If it is held, even by this owner, it is answered
    /// with error 22.
    #[operation(type = "acquire", reply = "token")]
    fn acquire(&self, #[draw(0..self.owners)] owner: u64) -> u64;

    /// Releases the lock. If the owner does not hold it, it is answered with error 22.
    #[operation(type = "release", weight = 2)]
    fn release(&self, #[draw(0..self.owners)] owner: u64);

    /// Tokens ascend, and an owner releases the lock before it is acquired again.
    #[check]
    fn acquisitions(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        let acquisitions = acquisitions(history);
        for (index, second) in acquisitions.iter().enumerate() {
            for first in &acquisitions[..index] {
                let calls = format!("{} and {}", first.call, second.call);
                let in_order = first.call.precedes(second.call);
                if second.token == first.token || (in_order && second.token < first.token) {
                    findings.add("token-not-ascending", calls);
                } else if !is_released(history, first, second)
                    && (in_order || !is_released(history, second, first))
                {
                    findings.add("two-owners", calls);
                }
            }
        }
        findings.into_verdict()
    }
}

struct Acquisition<'a> {
    call: &'a Call<FencedLock>,
    owner: u64,
    token: u64,
}

fn acquisitions(history: &Typed<FencedLock>) -> Vec<Acquisition<'_>> {
    let calls = history.iter();
    let acquisitions = calls.filter_map(|call| match (&call.request, call.reply()?) {
        (&FencedLockRequest::Acquire { owner }, &FencedLockReply::AcquireOk { token }) => {
            Some(Acquisition { call, owner, token })
        }
        _ => None,
    });
    acquisitions.collect()
}

/// Whether the first owner may have released the lock between these acquisitions.
fn is_released(
    history: &Typed<FencedLock>,
    first: &Acquisition<'_>,
    second: &Acquisition<'_>,
) -> bool {
    let release = FencedLockRequest::Release { owner: first.owner };
    let mut releases = history.iter().filter(|call| call.request == release);
    releases
        .any(|call| !call.has_failed() && !call.precedes(first.call) && !second.call.precedes(call))
}

/// Who holds the lock, and the newest token.
#[mael::message]
#[derive(Clone, Default)]
pub struct Held {
    owner: Option<u64>,
    token: u64,
}

impl Held {
    fn acquire(&mut self, owner: u64) -> mael::Result<u64> {
        if self.owner.is_some() {
            return Err(Error::precondition_failed("the lock is held"));
        }
        self.owner = Some(owner);
        self.token += 1;
        Ok(self.token)
    }

    fn release(&mut self, owner: u64) -> mael::Result<()> {
        match self.owner.take_if(|held| *held == owner) {
            Some(_) => Ok(()),
            None => Err(Error::precondition_failed(
                "this owner does not hold the lock",
            )),
        }
    }
}

/// A fenced lock whose owner and token change together, under a lock of the nodes.
#[node]
pub struct TokenLock {
    held: Lock<Held>,
}

#[handlers]
impl TokenLock {
    #[handler(type = "acquire", reply = "token")]
    async fn acquire(&self, owner: u64) -> mael::Result<u64> {
        self.held.update(async |held, _| held.acquire(owner)).await
    }

    #[handler(type = "release")]
    async fn release(&self, owner: u64) -> mael::Result<()> {
        self.held.update(async |held, _| held.release(owner)).await
    }
}

/// Incorrect: it looks whether the lock is free before it changes the owner, in two steps.
#[node]
pub struct CheckThenLock {
    held: Lock<Held>,
}

#[handlers]
impl CheckThenLock {
    #[handler(type = "acquire", reply = "token")]
    async fn acquire(&self, owner: u64) -> mael::Result<u64> {
        self.held.peek().await?.acquire(owner)?;
        self.held
            .update(async |held, _| {
                held.owner = None;
                held.acquire(owner)
            })
            .await
    }

    #[handler(type = "release")]
    async fn release(&self, owner: u64) -> mael::Result<()> {
        self.held.update(async |held, _| held.release(owner)).await
    }
}

/// Incorrect: each node counts its own tokens. They are unique, but do not ascend across nodes.
#[node]
pub struct TokensOfNode {
    id: NodeId,
    nodes: Nodes,
    held: Lock<Held>,
    count: Persistent<u64>,
}

#[handlers]
impl TokensOfNode {
    #[handler(type = "acquire", reply = "token")]
    async fn acquire(&self, owner: u64) -> mael::Result<u64> {
        self.held
            .update(async |held, _| held.acquire(owner))
            .await?;
        self.count.set(self.count.get() + 1)?;
        let index = self.nodes.iter().position(|node| *node == self.id);
        Ok(self.count.get() * self.nodes.len() as u64 + index.unwrap_or(0) as u64)
    }

    #[handler(type = "release")]
    async fn release(&self, owner: u64) -> mael::Result<()> {
        self.held.update(async |held, _| held.release(owner)).await
    }
}
