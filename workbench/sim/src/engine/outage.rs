//! A node that dies outside the main phase, which only a script has happen.

use std::cell::{Cell, RefCell};
use std::pin::pin;

use fastrand::Rng;
use mael::time::Duration;
use mael_history::Operation;

use super::generator::{Generator, Next};
use super::host::NodeFailure;
use super::nemesis::Nemesis;
use super::recorder::Phase;
use super::script::{Act, Outage};

/// Has the outage of a script happen, in its phase.
pub(super) struct Outages {
    nemesis: Nemesis,
    /// None once its phase has begun.
    outage: RefCell<Option<Outage>>,
    happened: Cell<bool>,
}

impl Outages {
    pub(super) fn new(nemesis: &Nemesis, outage: Option<Outage>) -> Self {
        Self {
            nemesis: nemesis.clone(),
            outage: RefCell::new(outage),
            happened: Cell::default(),
        }
    }

    /// Whether there is one to come in this phase.
    pub(super) fn come_in(&self, phase: Phase) -> bool {
        let outage = self.outage.borrow();
        outage.as_ref().is_some_and(|outage| outage.phase == phase)
    }

    /// Does the work of a phase. A node that dies meanwhile is up again when this completes; one
    /// that has not died when the work is done is spared.
    ///
    /// # Errors
    /// When the node does not come up again.
    pub(super) async fn during<T>(
        &self,
        phase: Phase,
        work: impl Future<Output = T>,
    ) -> Result<T, NodeFailure> {
        let outage = self.outage.borrow_mut().take_if(|it| it.phase == phase);
        let Some(outage) = outage else {
            return Ok(work.await);
        };
        let Outage {
            node, steps, rest, ..
        } = outage;
        let crash = Act::Crash {
            node: node.clone(),
            steps,
            patience: Duration::MAX,
        };
        let restart = Act::Restart {
            node,
            rest,
            crash: None,
        };
        let mut work = pin!(work);
        // The work comes first: it may be what starts the node.
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            died = self.nemesis.perform(crash) => died?,
        }
        self.happened.set(true);
        let (restarted, done) = tokio::join!(self.nemesis.perform(restart), work);
        restarted.map(|()| done)
    }

    /// Whether one has happened since this was last asked.
    pub(super) fn happened(&self) -> bool {
        self.happened.take()
    }

    /// The operations of a generator that begin before an outage.
    pub(super) fn before(&self, generator: Box<dyn Generator>) -> impl Generator {
        Before {
            generator,
            happened: &self.happened,
        }
    }
}

struct Before<'a> {
    generator: Box<dyn Generator>,
    happened: &'a Cell<bool>,
}

impl Generator for Before<'_> {
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next {
        match self.happened.get() {
            true => Next::Done,
            false => self.generator.next(free, random),
        }
    }

    fn update(&mut self, operation: &Operation) {
        self.generator.update(operation);
    }
}
