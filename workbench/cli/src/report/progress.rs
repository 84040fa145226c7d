//! The progress bar of a run, on a terminal only.

use std::rc::Rc;

use mael::time::{self, Duration, Instant};

use mael_sim::Options;
use mael_sim::command::Bar;
use mael_sim::engine::{Phase, Recorder};

/// How often the bar is redrawn.
const INTERVAL: Duration = Duration::from_millis(100);

/// A progress bar that follows a run.
pub(crate) struct RunProgress {
    bar: Bar,
    time_limit: Duration,
}

impl RunProgress {
    /// Returns the bar of a test that is about to start. It is hidden if stderr is not a terminal.
    pub(crate) fn new(options: &Options, name: &str) -> Self {
        let millis = options.time_limit.as_millis() as u64;
        let bar = Bar::new(name, "{elapsed} {wide_msg}", millis);
        Self {
            bar,
            time_limit: options.time_limit,
        }
    }

    /// Draws the bar until the future is dropped.
    pub(crate) async fn follow(self, recorder: Rc<Recorder>) {
        let mut main_since = None::<Instant>;
        loop {
            let progress = recorder.progress();
            let position = match progress.phase {
                Phase::Starting => Duration::ZERO,
                Phase::Main => time::now() - *main_since.get_or_insert_with(time::now),
                Phase::Recovery | Phase::Final => self.time_limit,
            };
            let phase = progress.phase.name();
            let (invoked, ok) = (progress.begun, progress.ok);
            self.bar.set_position(position.as_millis() as u64);
            self.bar
                .set_message(format!("{phase}: {invoked} operations, {ok} ok"));
            time::sleep(INTERVAL).await;
        }
    }
}
