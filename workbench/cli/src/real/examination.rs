//! Finds out why a process left requests unanswered.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mael::time;
use mael_sim::engine::{Hint, Output};
use tokio::process::ChildStdin;
use tokio::sync::{mpsc, oneshot};

use super::lines::Progress;

/// How long something must last to be no coincidence.
const LASTING: Duration = Duration::from_millis(500);

/// How long a process may take to end its output when its input has ended.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

/// How long a process leaves its input alone that does not read it.
const UNREAD: Duration = Duration::from_millis(300);

/// What is written to the stdin of a process.
pub(super) enum Input {
    Line(Vec<u8>),
    /// Nothing more. How many bytes the process leaves unread is sent back.
    End(oneshot::Sender<u64>),
}

/// Since when the stdin of a process can't be written to.
pub(super) type Closed = Cell<Option<Instant>>;

/// A process at the end of a run, with what has been observed of it.
pub(super) struct Examination {
    pub(super) input: mpsc::UnboundedSender<Input>,
    pub(super) stdin_closed: Rc<Closed>,
    pub(super) stdout: Rc<Progress>,
    pub(super) output: Output,
}

impl Examination {
    /// Notes the first that explains why nothing of what came later could arrive.
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
        match time::timeout(2 * UNREAD, self.end_input()).await {
            Ok(0) => {}
            Ok(_) | Err(_) => return note(Hint::UnreadInput, ""),
        }
        // What it writes now is looked at by its output.
        let _ = time::timeout(LAST_OUTPUT, async {
            while !self.stdout.has_ended() {
                time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        if !self.stdout.has_begun() {
            note(Hint::Silent, "");
        }
    }

    /// Ends the input of the process, and gives the bytes that it does not read.
    async fn end_input(&self) -> u64 {
        let (done, unread) = oneshot::channel();
        // Nobody writes any more if the process has just closed its stdin.
        let _ = self.input.send(Input::End(done));
        unread.await.unwrap_or_default()
    }
}

/// How many bytes of its stdin a process leaves alone; 0 if it reads, or if that can't be told.
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
