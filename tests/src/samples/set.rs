//! A distributed set with removal whose specification is a set on a single machine.

use mael::Error;
use mael::prelude::*;
use mael_sim::specification;

/// A set on a single machine.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set {
    elements: RefCell<BTreeSet<u64>>,
}

/// A set with removal. An `add` of an element of the set is answered with error 21, and a `remove`
/// of an element that is not in it with error 20.
#[specification]
#[handlers]
impl Set {
    /// Adds an element.
    #[handler(type = "add", weight = 2)]
    fn add(
        &self,
        #[key]
        #[draw(0..5)]
        element: u64,
    ) -> mael::Result<()> {
        match self.elements.borrow_mut().insert(element) {
            true => Ok(()),
            false => Err(present()),
        }
    }

    /// Removes an element.
    #[handler(type = "remove")]
    fn remove(
        &self,
        #[key]
        #[draw(0..5)]
        element: u64,
    ) -> mael::Result<()> {
        match self.elements.borrow_mut().remove(&element) {
            true => Ok(()),
            false => Err(absent()),
        }
    }

    /// Returns whether the set contains an element.
    #[handler(type = "contains", reply = "contained", read_only)]
    fn contains(
        &self,
        #[key]
        #[draw(0..5)]
        element: u64,
    ) -> bool {
        self.elements.borrow().contains(&element)
    }
}

fn present() -> Error {
    Error::key_already_exists("the element is in the set")
}

fn absent() -> Error {
    Error::key_does_not_exist("the element is not in the set")
}

/// Each element is a key of lin-kv, which says whether it is in the set.
#[node]
pub struct LinKvSet {
    kv: LinKv,
}

#[handlers]
impl LinKvSet {
    #[handler(type = "add")]
    async fn add(&self, element: u64) -> mael::Result<()> {
        match self.kv.cas_or_create(element, &false, &true).await? {
            true => Ok(()),
            false => Err(present()),
        }
    }

    #[handler(type = "remove")]
    async fn remove(&self, element: u64) -> mael::Result<()> {
        match self.kv.cas(element, &true, &false).await? {
            true => Ok(()),
            false => Err(absent()),
        }
    }

    #[handler(type = "contains", reply = "contained")]
    async fn contains(&self, element: u64) -> mael::Result<bool> {
        Ok(self.kv.read(element).await?.unwrap_or(false))
    }
}

/// Incorrect: it remembers which elements it has found in the set, and does not notice when another
/// node removes them.
#[node]
pub struct CachingSet {
    kv: LinKv,
    found: RefCell<BTreeSet<u64>>,
}

#[handlers]
impl CachingSet {
    #[handler(type = "add")]
    async fn add(&self, element: u64) -> mael::Result<()> {
        match self.kv.cas_or_create(element, &false, &true).await? {
            true => Ok(()),
            false => Err(present()),
        }
    }

    #[handler(type = "remove")]
    async fn remove(&self, element: u64) -> mael::Result<()> {
        self.found.borrow_mut().remove(&element);
        match self.kv.cas(element, &true, &false).await? {
            true => Ok(()),
            false => Err(absent()),
        }
    }

    #[handler(type = "contains", reply = "contained")]
    async fn contains(&self, element: u64) -> mael::Result<bool> {
        if self.found.borrow().contains(&element) {
            return Ok(true);
        }
        let contained = self.kv.read(element).await?.unwrap_or(false);
        if contained {
            self.found.borrow_mut().insert(element);
        }
        Ok(contained)
    }
}

/// Incorrect: an element that was removed can't be added again, although `add` succeeds (a two-
/// phase set).
#[node]
pub struct TwoPhaseSet {
    kv: LinKv,
}

#[handlers]
impl TwoPhaseSet {
    #[handler(type = "add")]
    async fn add(&self, element: u64) -> mael::Result<()> {
        match self.kv.read(element).await? {
            Some(true) => Err(present()),
            Some(false) => Ok(()),
            None => self.kv.write(element, &true).await,
        }
    }

    #[handler(type = "remove")]
    async fn remove(&self, element: u64) -> mael::Result<()> {
        match self.kv.cas(element, &true, &false).await? {
            true => Ok(()),
            false => Err(absent()),
        }
    }

    #[handler(type = "contains", reply = "contained")]
    async fn contains(&self, element: u64) -> mael::Result<bool> {
        Ok(self.kv.read(element).await?.unwrap_or(false))
    }
}
