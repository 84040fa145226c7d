//! Nodes as processes: starting them, their pipes, faults, and their end.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;
use std::time::Instant as SystemInstant;

use mael::NodeId;
use mael::executor::{LocalFuture, spawn};
use mael::protocol::{Message, MsgId, Packet};
use mael::time::{self, Duration, Instant};
use mael_sim::engine::{Endpoint, Hint, Host, LAST_LINES, Node, Output};
use mael_sim::store::Log;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};

use super::crashes::Crashes;
use super::examination::{Closed, Examination, Input, unread};
use super::lines::{Lines, Progress};
use super::startup;

/// How long to wait for the output of a process that has ended, if another process that it started
/// holds the pipe open.
const LAST_OUTPUT: Duration = Duration::from_millis(200);

/// Starts each node as a process.
pub struct Processes {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// The folder to run it in.
    pub folder: PathBuf,
    /// The folder for the nodes' stderr, one file per node.
    pub logs: PathBuf,
    /// The log of the run, if stderr is copied to it.
    pub(crate) log: Option<Rc<Log>>,
    /// Whether nodes are left running at the end; their input is closed in any case.
    pub leave: bool,
}

impl Host for Processes {
    fn start(&self, id: &NodeId, output: Output) -> io::Result<Rc<dyn Node>> {
        let path = self.logs.join(format!("{id}.log"));
        let log = OpenOptions::new().create(true).append(true).open(path)?;
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(!self.leave)
            .process_group(0)
            .spawn()
            .map_err(|error| {
                io::Error::new(error.kind(), startup::explain(&self.program, &error))
            })?;
        let missing = || io::Error::other("a pipe of the process is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));

        let (input, queue) = mpsc::unbounded_channel();
        let stdin_closed = Rc::<Closed>::default();
        spawn(write_lines(stdin, queue, Rc::clone(&stdin_closed)));
        let (read_out, out_ended) = oneshot::channel();
        let stdout = Lines::new(stdout);
        let progress = stdout.progress();
        spawn(read_messages(stdout, output.clone(), read_out));
        let last_lines = Rc::<LastLines>::default();
        let echo = self.log.as_ref().map(|log| (id.clone(), Rc::clone(log)));
        let (read_err, err_ended) = oneshot::channel();
        spawn(read_log(
            stderr,
            log,
            Rc::clone(&last_lines),
            output.clone(),
            echo,
            read_err,
        ));
        let process = Rc::new(Process {
            input,
            stdin_closed,
            stdout: progress,
            output: output.clone(),
            is_paused: Cell::new(false),
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
            // The id of the group is that of its first process, which may be reused from now on
            // unless other processes of the group are alive: they are killed before that.
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
    input: mpsc::UnboundedSender<Input>,
    stdin_closed: Rc<Closed>,
    stdout: Rc<Progress>,
    output: Output,
    is_paused: Cell<bool>,
    group: Group,
    /// The waiters for its end.
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
        let mut line = serde_json::to_vec(&line).expect("a message serializes to JSON");
        line.push(b'\n');
        // Messages to a process that has ended are lost.
        let _ = self.input.send(Input::Line(line));
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
        self.is_paused.set(true);
        self.group.signal(Signal::STOP);
    }

    fn resume(&self) {
        self.is_paused.set(false);
        self.group.signal(Signal::CONT);
    }

    fn examine(&self) -> Option<LocalFuture<'static, ()>> {
        // A stopped or dead process would leave all input unread.
        if self.is_paused.get() || self.group.has_ended() {
            return None;
        }
        let examination = Examination {
            input: self.input.clone(),
            stdin_closed: Rc::clone(&self.stdin_closed),
            stdout: Rc::clone(&self.stdout),
            output: self.output.clone(),
        };
        Some(Box::pin(examination.run()))
    }

    fn last_lines(&self) -> Vec<String> {
        self.last_lines.borrow().iter().cloned().collect()
    }
}

/// The process group of a node. It is killed on drop, unless nodes are left running.
struct Group {
    pid: Cell<Option<Pid>>,
    leave: bool,
}

impl Group {
    /// Sends a signal; returns `false` if the process has ended.
    fn signal(&self, signal: Signal) -> bool {
        match self.pid.get() {
            // A group that can't be signaled has just ended.
            Some(pid) => kill_process_group(pid, signal).is_ok(),
            None => false,
        }
    }

    /// Returns whether the process has ended.
    fn has_ended(&self) -> bool {
        self.pid.get().is_none()
    }

    /// Kills the rest of the group. No further signal is sent.
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

/// Writes lines to the stdin of a process, all queued lines at once.
async fn write_lines(
    mut stdin: ChildStdin,
    mut queue: mpsc::UnboundedReceiver<Input>,
    closed: Rc<Closed>,
) {
    while let Some(input) = queue.recv().await {
        let mut bytes = Vec::new();
        let mut next = Some(input);
        let end = loop {
            match next {
                Some(Input::Line(line)) => bytes.extend_from_slice(&line),
                Some(Input::End(done)) => break Some(done),
                None => break None,
            }
            next = queue.try_recv().ok();
        };
        if stdin.write_all(&bytes).await.is_err() {
            // The process has closed its stdin: further messages to it are lost.
            closed.set(Some(SystemInstant::now()));
            return;
        }
        if let Some(done) = end {
            let unread = unread(&stdin).await;
            drop(stdin);
            // The receiver is gone if the process took too long.
            let _ = done.send(unread);
            return;
        }
    }
}

/// How many lines of one process are read before the task yields.
const LINES_AT_ONCE: usize = 64;

/// Yields after every [`LINES_AT_ONCE`] lines, so that a process that floods its output does not
/// block the run.
async fn yield_sometimes(line: usize) {
    if line.is_multiple_of(LINES_AT_ONCE) {
        tokio::task::yield_now().await;
    }
}

/// Reads the stdout of a process: messages, one per line.
async fn read_messages(mut lines: Lines<ChildStdout>, output: Output, _ended: oneshot::Sender<()>) {
    let mut count = 0;
    while let Ok(Some(line)) = lines.next().await {
        read_message(line, &output);
        count += 1;
        yield_sometimes(count).await;
    }
}

/// Sends the message on a line. If a line has several, only the first counts, as in Maelstrom.
fn read_message(line: &[u8], output: &Output) {
    let note = |hint, reason: &str| {
        if output.is_open() {
            output.hint(hint, &String::from_utf8_lossy(line), reason);
        }
    };
    match Packet::parse(line) {
        Ok(packet) => {
            if let Some(reason) = unknown_key(line) {
                note(Hint::UnknownKey, &reason);
            }
            output.message(packet.to_message());
        }
        Err(malformed) => match first_message(line) {
            Some(packet) => {
                note(Hint::TextAfterMessage, "");
                output.message(packet.to_message());
            }
            None => note(Hint::MalformedLine, &malformed.reason),
        },
    }
}

/// Returns the message that a line starts with, if other text follows it.
fn first_message(line: &[u8]) -> Option<Packet<'_>> {
    // The first character rules out most other text cheaply.
    line.trim_ascii_start().strip_prefix(b"{")?;
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<&RawValue>();
    let first = values.next()?.ok()?;
    Packet::parse(first.get().as_bytes()).ok()
}

/// Returns why Maelstrom would reject the keys of a message's envelope, if it would.
fn unknown_key(line: &[u8]) -> Option<String> {
    let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(line).ok()?;
    fields.into_iter().find_map(|(key, value)| match &*key {
        "src" | "dest" | "body" => None,
        "id" if MsgId::from_json(value.get()).is_some() => None,
        "id" => Some(format!("`id` must be an integer, not {}", value.get())),
        key => Some(format!("the key `{key}` is unknown")),
    })
}

/// Copies the stderr of a process to its log, and recognizes panics in it.
async fn read_log(
    stderr: ChildStderr,
    mut log: File,
    last_lines: Rc<LastLines>,
    output: Output,
    echo: Option<(NodeId, Rc<Log>)>,
    _ended: oneshot::Sender<()>,
) {
    let mut lines = Lines::new(stderr);
    let mut crashes = Crashes::default();
    let mut count = 0;
    while let Ok(Some(line)) = lines.next().await {
        // A log that can't be written must not block the node.
        let _ = log.write_all(&[line, b"\n"].concat());
        let line = String::from_utf8_lossy(line);
        if let Some(panic) = crashes.line(&line) {
            output.panicked(panic);
        }
        if let Some((node, log)) = &echo {
            log.print(format_args!("{node}: {line}"));
        }
        keep_last(&mut last_lines.borrow_mut(), line.into_owned());
        count += 1;
        yield_sometimes(count).await;
    }
    if let Some(panic) = crashes.end() {
        output.panicked(panic);
    }
}

fn keep_last(last_lines: &mut VecDeque<String>, line: String) {
    if last_lines.len() == LAST_LINES {
        last_lines.pop_front();
    }
    last_lines.push_back(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_of_the_envelope_are_found() {
        let key = |rest: &str| {
            let line = format!(r#"{{"src":"n1","dest":"c1","body":{{"x":1}}{rest}}}"#);
            unknown_key(line.as_bytes())
        };
        for known in ["", r#","id":7"#, r#","id":-123456789012345678901234567890"#] {
            assert_eq!(key(known), None);
        }
        for (unknown, reason) in [
            (r#","in_reply_to":1"#, "the key `in_reply_to` is unknown"),
            (r#","type":"echo_ok""#, "the key `type` is unknown"),
            (r#","\u0000":null"#, "the key `\0` is unknown"),
            (r#","id":1.0"#, "`id` must be an integer, not 1.0"),
            (r#","id":"1""#, "`id` must be an integer, not \"1\""),
        ] {
            assert_eq!(key(unknown).as_deref(), Some(reason));
        }
    }

    #[test]
    fn the_first_of_several_messages_on_a_line_is_found() {
        let message = |dest: &str| format!(r#"{{"src":"n1","dest":"{dest}","body":{{}}}}"#);
        let (first, second) = (message("c1"), message("c2"));
        for rest in [&*second, " ok", ",", "}"] {
            let line = format!("{first}{rest}");
            let packet = first_message(line.as_bytes()).unwrap();
            assert_eq!(&*packet.dest, "c1", "{line}");
        }
        for line in ["", "hello", "{} {}", "1 2", &format!("ok {first}")] {
            assert!(first_message(line.as_bytes()).is_none(), "{line}");
        }
    }
}
