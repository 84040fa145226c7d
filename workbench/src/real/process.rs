//! Nodes as processes: started, fed through pipes, watched, killed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;

use mael::NodeId;
use mael::runtime::{LocalFuture, spawn};
use mael::time::{self, Duration, Instant};
use mael::wire::{Message, Packet};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};

use super::lines::Lines;
use crate::engine::{Endpoint, Host, LAST_LINES, Node, Output};
use crate::store::Log;

/// How long the output of a process that has ended may still take to arrive, when a process that
/// it left behind holds the pipe open.
const LAST_OUTPUT: Duration = Duration::from_millis(200);

/// Starts each node as a process.
pub struct Processes {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Where the nodes' stderr goes, one file for each node.
    pub logs: PathBuf,
    /// The log of the run, if stderr is to be told there too.
    pub(crate) log: Option<Rc<Log>>,
    /// Whether the nodes are not killed at the end; their input ends, as it does for all.
    pub leave: bool,
}

impl Host for Processes {
    fn start(&self, id: &NodeId, output: Output) -> io::Result<Rc<dyn Node>> {
        let path = self.logs.join(format!("{id}.log"));
        let log = OpenOptions::new().create(true).append(true).open(path)?;
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(!self.leave)
            .process_group(0)
            .spawn()
            .map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", self.program.display()))
            })?;
        let missing = || io::Error::other("a pipe of the process is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));

        let (lines, queue) = mpsc::unbounded_channel();
        spawn(write_lines(stdin, queue));
        let (read_out, out_ended) = oneshot::channel();
        spawn(read_messages(stdout, output.clone(), read_out));
        let last_lines = Rc::<LastLines>::default();
        let echo = self.log.as_ref().map(|log| (id.clone(), Rc::clone(log)));
        let (read_err, err_ended) = oneshot::channel();
        spawn(read_log(
            stderr,
            log,
            Rc::clone(&last_lines),
            echo,
            read_err,
        ));
        let process = Rc::new(Process {
            lines,
            group: Group {
                pid: Cell::new(pid),
                leave: self.leave,
            },
            gone: RefCell::default(),
            last_lines,
        });
        let watched = Rc::clone(&process);
        spawn(async move {
            let status = child.wait().await;
            // The group is named after its first process, whose number is free from now on
            // unless others of the group live: those are killed before it can be given away.
            watched.group.end();
            let rest = async {
                let _ = out_ended.await;
                let _ = err_ended.await;
            };
            let _ = time::timeout(LAST_OUTPUT, rest).await;
            output.failed(describe(status), watched.last_lines());
            for waiting in watched.gone.take() {
                let _ = waiting.send(());
            }
        });
        Ok(process)
    }
}

/// A node's process.
struct Process {
    lines: mpsc::UnboundedSender<Vec<u8>>,
    group: Group,
    /// Who waits for it to be gone.
    gone: RefCell<Vec<oneshot::Sender<()>>>,
    last_lines: Rc<LastLines>,
}

/// The last lines of stderr.
type LastLines = RefCell<VecDeque<String>>;

impl Endpoint for Process {
    fn deliver(&self, _: Instant, id: u64, message: &Message) {
        #[derive(Serialize)]
        struct Line<'a> {
            id: u64,
            src: &'a str,
            dest: &'a str,
            body: &'a RawValue,
        }
        let line = Line {
            id,
            src: &message.src,
            dest: &message.dest,
            body: message.body.json(),
        };
        let mut line = serde_json::to_vec(&line).expect("a message has a form in JSON");
        line.push(b'\n');
        // What is sent to a process that has ended is lost.
        let _ = self.lines.send(line);
    }
}

impl Node for Process {
    fn kill(&self) -> LocalFuture<'static, ()> {
        let (waiting, gone) = oneshot::channel();
        if self.group.signal(Signal::KILL) {
            self.gone.borrow_mut().push(waiting);
        }
        Box::pin(async move {
            let _ = gone.await;
        })
    }

    fn pause(&self) {
        self.group.signal(Signal::STOP);
    }

    fn resume(&self) {
        self.group.signal(Signal::CONT);
    }

    fn last_lines(&self) -> Vec<String> {
        self.last_lines.borrow().iter().cloned().collect()
    }
}

/// The process and all that it started. They are killed when this is dropped, unless they are to
/// be left.
struct Group {
    pid: Cell<Option<Pid>>,
    leave: bool,
}

impl Group {
    /// Sends a signal; false if the process has ended.
    fn signal(&self, signal: Signal) -> bool {
        match self.pid.get() {
            // A group that cannot be signalled has just ended.
            Some(pid) => kill_process_group(pid, signal).is_ok(),
            None => false,
        }
    }

    /// Kills what the process left behind. No further signal is sent.
    fn end(&self) {
        self.signal(Signal::KILL);
        self.pid.set(None);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.leave {
            self.end();
        }
    }
}

fn describe(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("its process ended ({status})"),
        Err(error) => format!("its process can't be watched: {error}"),
    }
}

/// Writes lines to a process as it takes them, as many at once as there are.
async fn write_lines(mut stdin: ChildStdin, mut queue: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(mut bytes) = queue.recv().await {
        while let Ok(next) = queue.try_recv() {
            bytes.extend_from_slice(&next);
        }
        if stdin.write_all(&bytes).await.is_err() {
            // The process has closed its stdin: what is sent to it is lost.
            return;
        }
    }
}

/// How many lines of one process are read before everyone else has a turn.
const LINES_AT_ONCE: usize = 64;

/// Lets everyone else have a turn after every [`LINES_AT_ONCE`] lines, so that a process which
/// floods the bench does not stop it.
async fn take_turns(line: usize) {
    if line.is_multiple_of(LINES_AT_ONCE) {
        tokio::task::yield_now().await;
    }
}

/// Reads what a process prints on stdout: messages, one a line.
async fn read_messages(stdout: ChildStdout, output: Output, _ended: oneshot::Sender<()>) {
    let mut lines = Lines::new(stdout);
    let mut count = 0;
    while let Ok(Some(line)) = lines.next().await {
        match Packet::parse(line) {
            Ok(packet) => output.message(packet.to_message()),
            Err(malformed) => output.rubbish(&String::from_utf8_lossy(line), &malformed.reason),
        }
        count += 1;
        take_turns(count).await;
    }
}

/// Reads what a process prints on stderr, into its log.
async fn read_log(
    stderr: ChildStderr,
    mut log: File,
    last_lines: Rc<LastLines>,
    echo: Option<(NodeId, Rc<Log>)>,
    _ended: oneshot::Sender<()>,
) {
    let mut lines = Lines::new(stderr);
    let mut count = 0;
    while let Ok(Some(line)) = lines.next().await {
        // A log that can't be written must not stop the node.
        let _ = log.write_all(&[line, b"\n"].concat());
        let line = String::from_utf8_lossy(line);
        if let Some((node, log)) = &echo {
            log.tell(format_args!("{node}: {line}"));
        }
        keep_last(&mut last_lines.borrow_mut(), line.into_owned());
        count += 1;
        take_turns(count).await;
    }
}

fn keep_last(last_lines: &mut VecDeque<String>, line: String) {
    if last_lines.len() == LAST_LINES {
        last_lines.pop_front();
    }
    last_lines.push_back(line);
}
