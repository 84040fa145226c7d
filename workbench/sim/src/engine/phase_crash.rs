//! Kills a node outside the main phase, which happens only in schedules.

use std::cell::{Cell, RefCell};
use std::pin::pin;

use fastrand::Rng;
use mael::time::Duration;
use mael_history::Operation;

use super::generator::{Generator, Next};
use super::host::NodeFailure;
use super::nemesis::Nemesis;
use super::phase::Phase;
use super::schedule::{NemesisAction, PhaseCrash};

/// The phase crash of a schedule, and whether it has happened.
pub(super) struct PendingCrash {
    nemesis: Nemesis,
    /// `None` once its phase has begun.
    crash: RefCell<Option<PhaseCrash>>,
    happened: Cell<bool>,
}

impl PendingCrash {
    pub(super) fn new(nemesis: &Nemesis, crash: Option<PhaseCrash>) -> Self {
        Self {
            nemesis: nemesis.clone(),
            crash: RefCell::new(crash),
            happened: Cell::default(),
        }
    }

    /// Whether a crash is pending in this phase.
    pub(super) fn is_in(&self, phase: Phase) -> bool {
        let crash = self.crash.borrow();
        crash.as_ref().is_some_and(|crash| crash.phase == phase)
    }

    /// Runs the work of a phase, and kills the node during it if a phase crash is pending. When
    /// this completes, a killed node is up again. A node that has not taken its steps by the end of
    /// the work is not killed.
    ///
    /// # Errors
    /// Returns an error if the node does not restart.
    pub(super) async fn during<T>(
        &self,
        phase: Phase,
        work: impl Future<Output = T>,
    ) -> Result<T, NodeFailure> {
        let crash = self.crash.borrow_mut().take_if(|it| it.phase == phase);
        let Some(crash) = crash else {
            return Ok(work.await);
        };
        let kill = NemesisAction::KillAtStep {
            node: crash.node.clone(),
            steps: crash.steps,
            timeout: Duration::MAX,
        };
        let restart = NemesisAction::Restart {
            node: crash.node,
            downtime: crash.downtime,
            kill: None,
        };
        let mut work = pin!(work);
        // The work is polled first, because it may start the node.
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            killed = self.nemesis.perform(kill) => killed?,
        }
        self.happened.set(true);
        let (restarted, done) = tokio::join!(self.nemesis.perform(restart), work);
        restarted.map(|()| done)
    }

    /// Whether a node was killed since the last call.
    pub(super) fn take_happened(&self) -> bool {
        self.happened.take()
    }

    /// A generator that ends when a node is killed.
    pub(super) fn stopping(&self, generator: Box<dyn Generator>) -> impl Generator {
        Stopping {
            generator,
            happened: &self.happened,
        }
    }
}

struct Stopping<'a> {
    generator: Box<dyn Generator>,
    happened: &'a Cell<bool>,
}

impl Generator for Stopping<'_> {
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next {
        if self.happened.get() {
            Next::Done
        } else {
            self.generator.next(free, random)
        }
    }

    fn update(&mut self, operation: &Operation) {
        self.generator.update(operation);
    }
}
