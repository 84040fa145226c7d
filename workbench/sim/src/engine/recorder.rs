//! Records the operations of a run.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use mael::time::{self, Duration, Instant};
use mael_history::{History, Kind, Operation, Process, Value};

use super::invocation::Invocation;
use super::phase::Phase;
use super::schedule::{NemesisAction, Schedule, ScheduledAction, ScheduledOp};
use super::writer::Writer;

/// Records and writes operations as they begin and end.
pub struct Recorder {
    history: RefCell<History>,
    /// The origin of the times of operations.
    origin: Cell<Instant>,
    /// Returns when the main phase began.
    main: Cell<Instant>,
    /// The operations and actions of the main phase.
    schedule: RefCell<Schedule>,
    /// The number of steps that each node took in each completed phase.
    steps: RefCell<BTreeMap<Phase, BTreeMap<String, u64>>>,
    /// The number of steps that each node took in all completed phases.
    all_steps: RefCell<BTreeMap<String, u64>>,
    writer: Rc<dyn Writer>,
    failed: RefCell<Option<io::Error>>,
    progress: Cell<Progress>,
}

/// The progress of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The number of operations that have begun.
    pub begun: u64,
    /// The number of operations that have succeeded.
    pub ok: u64,
    /// The phase of the run.
    pub phase: Phase,
}

/// How an operation ended.
pub(crate) struct Outcome {
    pub(crate) kind: Kind,
    pub(crate) value: Value,
    pub(crate) error: Option<Value>,
    pub(crate) exception: Option<Value>,
}

impl Recorder {
    pub(crate) fn new(writer: Rc<dyn Writer>) -> Self {
        Self {
            history: RefCell::default(),
            origin: Cell::default(),
            main: Cell::default(),
            schedule: RefCell::default(),
            steps: RefCell::default(),
            all_steps: RefCell::default(),
            writer,
            failed: RefCell::default(),
            progress: Cell::default(),
        }
    }

    /// Sets the origin of the times of operations to now.
    pub(crate) fn start_clock(&self) {
        let now = time::now();
        self.origin.set(now);
        let started = self
            .writer
            .start_clock(Duration::from_nanos(now.as_nanos()));
        *self.failed.borrow_mut() = started.err();
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.writer.log(phase.name());
        if phase == Phase::Main {
            self.main.set(time::now());
        }
        let progress = self.progress.get();
        self.progress.set(Progress { phase, ..progress });
    }

    /// Returns the progress of the run.
    pub fn progress(&self) -> Progress {
        self.progress.get()
    }

    /// Records the invocation of an operation by the current process of a thread.
    pub(crate) fn begin(
        &self,
        thread: usize,
        process: Process,
        invocation: &Invocation,
    ) -> Ref<'_, Operation> {
        if let Some(time) = self.since_main() {
            self.schedule.borrow_mut().operations.push(ScheduledOp {
                time,
                thread,
                invocation: invocation.clone(),
            });
        }
        let outcome = Outcome {
            kind: Kind::Invoke,
            value: invocation.value.clone(),
            error: None,
            exception: None,
        };
        self.record(process, invocation, outcome)
    }

    pub(crate) fn end(
        &self,
        process: Process,
        invocation: &Invocation,
        outcome: Outcome,
    ) -> Ref<'_, Operation> {
        self.record(process, invocation, outcome)
    }

    /// Records the start of an action of the nemesis, or its outcome.
    pub(super) fn nemesis(&self, f: &'static str, value: Value) {
        self.writer.log(&format!("nemesis: {f} {value}"));
        let action = Invocation::new(f, value);
        let outcome = Outcome {
            kind: Kind::Info,
            value: action.value.clone(),
            error: None,
            exception: None,
        };
        self.record(Process::Nemesis, &action, outcome);
    }

    /// Adds an action of the nemesis to the schedule; [`nemesis`](Self::nemesis) adds it to the
    /// history.
    pub(super) fn action(&self, action: &NemesisAction) {
        if let Some(time) = self.since_main() {
            let action = action.clone();
            self.schedule
                .borrow_mut()
                .actions
                .push(ScheduledAction { time, action });
        }
    }

    /// Returns the time since the start of the main phase, during that phase.
    fn since_main(&self) -> Option<Duration> {
        let is_main = self.progress.get().phase == Phase::Main;
        is_main.then(|| time::now().since(self.main.get()))
    }

    /// Returns when the main phase began.
    pub(super) fn main(&self) -> Instant {
        self.main.get()
    }

    /// Records how many steps each node has taken by the end of a phase.
    pub(super) fn steps(&self, taken: BTreeMap<String, u64>) {
        let before = self.all_steps.replace(taken.clone());
        let since = |(node, steps): (String, u64)| {
            let steps = steps.saturating_sub(before.get(&node).copied().unwrap_or_default());
            (node, steps)
        };
        let steps = taken.into_iter().map(since).collect();
        self.steps.borrow_mut().insert(self.progress().phase, steps);
    }

    /// Takes the number of steps that each node took in each phase.
    pub(super) fn take_steps(&self) -> BTreeMap<Phase, BTreeMap<String, u64>> {
        self.steps.take()
    }

    /// Takes the operations and actions of the main phase.
    pub(crate) fn take_schedule(&self) -> Schedule {
        self.schedule.take()
    }

    /// Returns the origin of the times of operations.
    pub(crate) fn origin(&self) -> Instant {
        self.origin.get()
    }

    fn record(
        &self,
        process: Process,
        invocation: &Invocation,
        outcome: Outcome,
    ) -> Ref<'_, Operation> {
        let mut history = self.history.borrow_mut();
        let since_origin = time::now().since(self.origin.get());
        let operation = Operation {
            index: history.0.len(),
            time: since_origin.as_nanos() as u64,
            kind: outcome.kind,
            process,
            f: invocation.f.clone(),
            value: outcome.value,
            is_final: invocation.is_final,
            error: outcome.error,
            exception: outcome.exception,
            extra: invocation.extra_entries(),
        };
        self.write(&operation);
        if operation.process != Process::Nemesis {
            let mut progress = self.progress.get();
            progress.begun += u64::from(operation.kind == Kind::Invoke);
            progress.ok += u64::from(operation.kind == Kind::Ok);
            self.progress.set(progress);
        }
        let index = operation.index;
        history.0.push(operation);
        drop(history);
        Ref::map(self.history.borrow(), |history| &history.0[index])
    }

    fn write(&self, operation: &Operation) {
        let mut failed = self.failed.borrow_mut();
        if failed.is_none() {
            *failed = self.writer.operation(operation).err();
        }
    }

    /// Finishes the history.
    ///
    /// # Errors
    /// Returns an error if an operation could not be written.
    pub(crate) fn finish(&self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.writer.finish(),
        }
    }

    /// Returns the history so far.
    pub(crate) fn history(&self) -> Ref<'_, History> {
        self.history.borrow()
    }

    /// Takes the history.
    pub(crate) fn take(&self) -> History {
        self.history.take()
    }
}
