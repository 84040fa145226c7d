//! Determines why a process left requests unanswered.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mael::time;
use mael_sim::engine::{Hint, Output};
use tokio::process::ChildStdin;
use tokio::sync::{mpsc, oneshot};

use super::lines::Progress;

/// How long a condition must last to be reported.
const LASTING: Duration = Duration::from_millis(500);

/// How long a process may take to close its output after its input was closed.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

/// A process that reads nothing for this long does not read its input.
const UNREAD: Duration = Duration::from_millis(300);

/// Input for the stdin of a process.
pub(super) enum Input {
    Line(Vec<u8>),
    /// The end of the input. The number of bytes that the process leaves unread is sent back.
    End(oneshot::Sender<u64>),
}

/// When the stdin of a process was found to be closed.
pub(super) type Closed = Cell<Option<Instant>>;

/// The observations of a process at the end of a run.
pub(super) struct Examination {
    pub(super) input: mpsc::UnboundedSender<Input>,
    pub(super) stdin_closed: Rc<Closed>,
    pub(super) stdout: Rc<Progress>,
    pub(super) output: Output,
}

impl Examination {
    /// Reports the first condition that explains the missing replies.
    pub(super) async fn run(self) {
        let note = |hint, text: &str| self.output.hint(hint, text, "");
        if let Some(text) = self.stdout.unfinished_for(LASTING) {
            return note(Hint::UnfinishedLine, &text);
        }
        if self.stdout.has_ended_for(LASTING) {
            return note(Hint::ClosedStdout, "");
        }
        let closed = self.stdin_closed.get();
        if closed.is_some_and(|since| since.elapsed() >= LASTING) {
            return note(Hint::ClosedStdin, "");
        }
        match time::timeout(2 * UNREAD, self.close_input()).await {
            Ok(0) => {}
            Ok(_) | Err(_) => return note(Hint::UnreadInput, ""),
        }
        // `output` handles what the process writes now.
        let _ = time::timeout(LAST_OUTPUT, async {
            while !self.stdout.has_ended() {
                time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        if !self.stdout.has_started() {
            note(Hint::Silent, "");
        }
    }

    /// Closes the input of the process, and returns the number of bytes that it does not read.
    async fn close_input(&self) -> u64 {
        let (done, unread) = oneshot::channel();
        // The writer is gone if the process has just closed its stdin.
        let _ = self.input.send(Input::End(done));
        unread.await.unwrap_or_default()
    }
}

/// Returns how many bytes of its stdin a process leaves unread; 0 if it reads, or if that is not
/// known.
pub(super) async fn unread(stdin: &ChildStdin) -> u64 {
    let waiting = || rustix::io::ioctl_fionread(stdin).unwrap_or_default();
    let before = waiting();
    if before == 0 {
        return 0;
    }
    time::sleep(UNREAD).await;
    match waiting() {
        after if after == before => after,
        _ => 0,
    }
}
