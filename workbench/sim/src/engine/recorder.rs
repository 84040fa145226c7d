//! The one place where operations are recorded.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use mael::time::{self, Duration, Instant};
use mael_history::{History, Kind, Operation, Process, Value};
use serde::{Deserialize, Serialize};

use super::generator::Invocation;
use super::script::{Act, Cue, Script, TimedAct};
use super::writer::Writer;

/// Records operations as they begin and end, and writes each.
pub struct Recorder {
    history: RefCell<History>,
    /// The moment that times count from.
    origin: Cell<Instant>,
    /// When the main phase began.
    main: Cell<Instant>,
    /// What was done in the main phase.
    script: RefCell<Script>,
    /// How many steps each node took in each phase that has ended.
    steps: RefCell<BTreeMap<Phase, BTreeMap<String, u64>>>,
    /// How many in all of them together.
    all_steps: RefCell<BTreeMap<String, u64>>,
    writer: Rc<dyn Writer>,
    failed: RefCell<Option<io::Error>>,
    progress: Cell<Progress>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Operations that have begun.
    pub begun: u64,
    /// Operations that succeeded.
    pub ok: u64,
    /// What the run is doing.
    pub phase: Phase,
}

/// The phases of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nodes are started and initialised.
    #[default]
    Starting,
    /// Operations and faults.
    Main,
    /// Everything is mended and rests.
    Recovery,
    /// The last operations.
    Final,
}

impl Phase {
    /// What the run does in it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting the nodes",
            Self::Main => "running",
            Self::Recovery => "waiting for recovery",
            Self::Final => "final operations",
        }
    }
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
            script: RefCell::default(),
            steps: RefCell::default(),
            all_steps: RefCell::default(),
            writer,
            failed: RefCell::default(),
            progress: Cell::default(),
        }
    }

    /// Makes times count from now.
    pub(crate) fn start_clock(&self) {
        self.origin.set(time::now());
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.writer.log(phase.name());
        if phase == Phase::Main {
            self.main.set(time::now());
        }
        let progress = self.progress.get();
        self.progress.set(Progress { phase, ..progress });
    }

    /// How far the run is.
    pub fn progress(&self) -> Progress {
        self.progress.get()
    }

    /// Records the begin of an operation on a thread, by the process that the thread is at.
    pub(crate) fn begin(
        &self,
        thread: usize,
        process: Process,
        invocation: &Invocation,
    ) -> Ref<'_, Operation> {
        if let Some(time) = self.since_main() {
            self.script.borrow_mut().operations.push(Cue {
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

    /// Records an act of the nemesis, or what came of it.
    pub(super) fn nemesis(&self, f: &'static str, value: Value) {
        self.writer.log(&format!("nemesis: {f} {value}"));
        let act = Invocation::new(f, value);
        let outcome = Outcome {
            kind: Kind::Info,
            value: act.value.clone(),
            error: None,
            exception: None,
        };
        self.record(Process::Nemesis, &act, outcome);
    }

    /// Takes note of an act of the nemesis, which [`nemesis`](Self::nemesis) then tells.
    pub(super) fn act(&self, act: &Act) {
        if let Some(time) = self.since_main() {
            let act = act.clone();
            self.script.borrow_mut().acts.push(TimedAct { time, act });
        }
    }

    /// How long the main phase has lasted, while it lasts.
    fn since_main(&self) -> Option<Duration> {
        let is_main = self.progress.get().phase == Phase::Main;
        is_main.then(|| time::now().since(self.main.get()))
    }

    /// When the main phase began.
    pub(super) fn main(&self) -> Instant {
        self.main.get()
    }

    /// Takes note of how many steps each node has taken by the end of a phase.
    pub(super) fn steps(&self, taken: BTreeMap<String, u64>) {
        let before = self.all_steps.replace(taken.clone());
        let since = |(node, steps): (String, u64)| {
            let steps = steps.saturating_sub(before.get(&node).copied().unwrap_or_default());
            (node, steps)
        };
        let steps = taken.into_iter().map(since).collect();
        self.steps.borrow_mut().insert(self.progress().phase, steps);
    }

    /// Takes out how many steps each node took in each phase.
    pub(super) fn take_steps(&self) -> BTreeMap<Phase, BTreeMap<String, u64>> {
        self.steps.take()
    }

    /// Takes out what was done in the main phase.
    pub(crate) fn take_script(&self) -> Script {
        self.script.take()
    }

    /// The moment that times count from.
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

    /// Ends the history.
    ///
    /// # Errors
    /// When it could not be written.
    pub(crate) fn finish(&self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.writer.finish(),
        }
    }

    /// What was recorded so far.
    pub(crate) fn history(&self) -> Ref<'_, History> {
        self.history.borrow()
    }

    /// Takes the history out.
    pub(crate) fn take(&self) -> History {
        self.history.take()
    }
}
