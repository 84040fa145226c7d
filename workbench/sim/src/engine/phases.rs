//! The phases of a run: nodes are started, clients and faults do their work, everything recovers,
//! and the final operations follow.

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
use super::nemesis::{Nemesis, Schedule};
use super::outage::Outages;
use super::playback::Playback;
use super::recorder::Phase;
use super::script::{Outage, Script};
use super::set_up;

/// What the phases of one run work with.
pub(super) struct Phases {
    context: Rc<Context>,
    cluster: Rc<Cluster>,
    nemesis: Nemesis,
    outages: Outages,
}

impl Phases {
    /// The phases of a run against these nodes, of which one may be killed outside the main phase.
    pub(super) fn new(
        context: &Rc<Context>,
        cluster: &Rc<Cluster>,
        outage: Option<Outage>,
    ) -> Self {
        let nemesis = Nemesis::new(context, cluster);
        Self {
            context: Rc::clone(context),
            cluster: Rc::clone(cluster),
            outages: Outages::new(&nemesis, outage),
            nemesis,
        }
    }

    /// Runs all phases, the main one by a script if there is one.
    ///
    /// # Errors
    /// The first node that can't be started, or does not do as it must.
    pub(super) async fn run(&self, script: Option<Script>) -> Result<(), NodeFailure> {
        // They stay to the end, and workers are numbered after them.
        let _clients = self.start().await?;
        let mut interpreter = Interpreter::new(&self.context);
        self.main(&mut interpreter, script).await?;
        while let Some(generator) = self.final_generator() {
            let is_done = self.recover().await? && self.finish(&mut interpreter, generator).await?;
            if is_done {
                break;
            }
        }
        Ok(())
    }

    /// Starts and initialises all nodes, and lets the workload set them up. Returns the clients that
    /// did, one for each node.
    async fn start(&self) -> Result<Vec<Connection>, NodeFailure> {
        let (cluster, recorder) = (&self.cluster, &self.context.recorder);
        let set_up = || set_up::run(&self.context, cluster);
        // Recorded times count from one moment, which has to come before a kill in this phase.
        let early = self.outages.come_in(Phase::Starting);
        if early {
            recorder.start_clock();
        }
        let all = async {
            cluster.start(&cluster.ids).await?;
            if !early {
                recorder.start_clock();
            }
            Ok(set_up().await)
        };
        let clients = self.outages.during(Phase::Starting, all).await??;
        let clients = if self.outages.happened() {
            set_up().await
        } else {
            clients
        }?;
        self.record_steps();
        Ok(clients)
    }

    /// Runs operations and faults for the time limit of the test.
    async fn main(
        &self,
        interpreter: &mut Interpreter,
        script: Option<Script>,
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
        let (faults, mut generator, pace): (_, Box<dyn Generator>, _) = match script {
            Some(script) => (
                self.nemesis.script(script.acts, begin),
                Box::new(Playback::new(begin, script.operations)),
                Pace::AtOnce,
            ),
            None => (
                self.nemesis.schedules(end),
                workload.generator(options),
                Pace::Rate {
                    rate: options.rate,
                    end,
                },
            ),
        };
        let faults: Vec<_> = faults.into_iter().map(start).collect();
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

    /// The last operations, if the workload has some.
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
        self.nemesis.mend().await?;
        let rest = time::sleep(self.context.options.recovery);
        self.outages.during(Phase::Recovery, rest).await?;
        self.record_steps();
        Ok(!self.outages.happened())
    }

    /// Runs the last operations. Returns whether no node was killed meanwhile.
    async fn finish(
        &self,
        interpreter: &mut Interpreter,
        generator: Box<dyn Generator>,
    ) -> Result<bool, NodeFailure> {
        self.context.recorder.enter(Phase::Final);
        // These draws do not depend on how many the main phase made.
        let mut random = self.context.options.random("final generator");
        let mut generator = self.outages.before(generator);
        let operations = interpreter.run(&mut generator, &mut random, Pace::AtOnce);
        self.outages.during(Phase::Final, operations).await?;
        self.record_steps();
        Ok(!self.outages.happened())
    }

    fn record_steps(&self) {
        self.context.recorder.steps(self.cluster.steps());
    }
}

/// Starts a schedule of faults. The channel gets its result when it has ended.
fn start(schedule: Schedule) -> oneshot::Receiver<Result<(), NodeFailure>> {
    let (done, ended) = oneshot::channel();
    spawn(async move {
        // Nobody listens after the run was interrupted.
        let _ = done.send(schedule.await);
    });
    ended
}
