//! The phases of a run: start, main phase, recovery and final operations.

use std::rc::Rc;

use mael::executor::spawn;
use mael::time;
use tokio::sync::oneshot;

use super::cluster::Cluster;
use super::connection::Connection;
use super::context::Context;
use super::generator::Generator;
use super::host::NodeFailure;
use super::interpreter::{Interpreter, Pace};
use super::nemesis::{FaultTask, Nemesis};
use super::phase::Phase;
use super::phase_crash::PendingCrash;
use super::playback::Playback;
use super::schedule::{PhaseCrash, Schedule};
use super::setup;

/// Runs the phases of one run.
pub(super) struct Phases {
    context: Rc<Context>,
    cluster: Rc<Cluster>,
    nemesis: Nemesis,
    pending_crash: PendingCrash,
}

impl Phases {
    /// Creates the phases of a run against these nodes. A node may be killed outside the main
    /// phase.
    pub(super) fn new(
        context: &Rc<Context>,
        cluster: &Rc<Cluster>,
        phase_crash: Option<PhaseCrash>,
    ) -> Self {
        let nemesis = Nemesis::new(context, cluster);
        Self {
            context: Rc::clone(context),
            cluster: Rc::clone(cluster),
            pending_crash: PendingCrash::new(&nemesis, phase_crash),
            nemesis,
        }
    }

    /// Runs all phases. The operations and faults are those of the schedule, if there is one.
    ///
    /// # Errors
    /// The first node that can't be started, or does not answer `init` or the setup.
    pub(super) async fn run(&self, schedule: Option<Schedule>) -> Result<(), NodeFailure> {
        // They remain until the end, and workers are numbered after them.
        let _clients = self.start().await?;
        let mut interpreter = Interpreter::new(&self.context);
        self.main(&mut interpreter, schedule).await?;
        while let Some(generator) = self.final_generator() {
            let is_done = self.recover().await? && self.finish(&mut interpreter, generator).await?;
            if is_done {
                break;
            }
        }
        Ok(())
    }

    /// Starts, initializes and sets up all nodes. Returns the clients of the setup, one for each
    /// node.
    async fn start(&self) -> Result<Vec<Connection>, NodeFailure> {
        let (cluster, recorder) = (&self.cluster, &self.context.recorder);
        let setup = || setup::run(&self.context, cluster);
        // All recorded times count from the same origin, which must precede a kill in this phase.
        let early = self.pending_crash.is_in(Phase::Starting);
        if early {
            recorder.start_clock();
        }
        let all = async {
            cluster.start(&cluster.ids).await?;
            if !early {
                recorder.start_clock();
            }
            Ok(setup().await)
        };
        let clients = self.pending_crash.during(Phase::Starting, all).await??;
        let clients = if self.pending_crash.take_happened() {
            setup().await
        } else {
            clients
        }?;
        self.record_steps();
        Ok(clients)
    }

    /// Runs clients and nemesis for the time limit of the test.
    async fn main(
        &self,
        interpreter: &mut Interpreter,
        schedule: Option<Schedule>,
    ) -> Result<(), NodeFailure> {
        let Context {
            options,
            workload,
            recorder,
            ..
        } = &*self.context;
        recorder.enter(Phase::Main);
        let begin = time::now();
        let end = begin + options.time_limit;
        let (faults, mut generator, pace): (_, Box<dyn Generator>, _) = match schedule {
            Some(schedule) => (
                self.nemesis.replay(schedule.actions, begin),
                Box::new(Playback::new(begin, schedule.operations)),
                Pace::AtOnce,
            ),
            None => (
                self.nemesis.tasks(end),
                workload.generator(options),
                Pace::Rate {
                    rate: options.rate,
                    end,
                },
            ),
        };
        let faults: Vec<_> = faults.into_iter().map(spawn_task).collect();
        let mut random = options.random("generator");
        interpreter.run(&mut *generator, &mut random, pace).await;
        time::sleep_until(end).await;
        self.record_steps();
        for fault in faults {
            if let Ok(result) = fault.await {
                result?;
            }
        }
        Ok(())
    }

    /// Returns the generator of the final operations, if the workload has any.
    fn final_generator(&self) -> Option<Box<dyn Generator>> {
        let Context {
            options,
            workload,
            recorder,
            ..
        } = &*self.context;
        workload.final_generator(options, &recorder.history())
    }

    /// Ends all faults and waits for the recovery time of the test. Returns whether no node was
    /// killed meanwhile.
    async fn recover(&self) -> Result<bool, NodeFailure> {
        self.context.recorder.enter(Phase::Recovery);
        self.nemesis.end_faults().await?;
        let recovery = time::sleep(self.context.options.recovery);
        self.pending_crash.during(Phase::Recovery, recovery).await?;
        self.record_steps();
        Ok(!self.pending_crash.take_happened())
    }

    /// Runs the final operations. Returns whether no node was killed meanwhile.
    async fn finish(
        &self,
        interpreter: &mut Interpreter,
        generator: Box<dyn Generator>,
    ) -> Result<bool, NodeFailure> {
        self.context.recorder.enter(Phase::Final);
        // These draws do not depend on how many the main phase made.
        let mut random = self.context.options.random("final generator");
        let mut generator = self.pending_crash.stopping(generator);
        let operations = interpreter.run(&mut generator, &mut random, Pace::AtOnce);
        self.pending_crash.during(Phase::Final, operations).await?;
        self.record_steps();
        Ok(!self.pending_crash.take_happened())
    }

    fn record_steps(&self) {
        self.context.recorder.steps(self.cluster.steps());
    }
}

/// Spawns a task that injects faults. The channel receives its result.
fn spawn_task(task: FaultTask) -> oneshot::Receiver<Result<(), NodeFailure>> {
    let (done, ended) = oneshot::channel();
    spawn(async move {
        // The receiver is gone if the run was interrupted.
        let _ = done.send(task.await);
    });
    ended
}
