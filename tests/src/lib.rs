//! Helpers that the suites share: to run programs under a watchdog, and to run a node in memory
//! with a manual clock.

mod locked_counter;
pub mod marks;
pub mod planted;
pub mod reference;
pub mod samples;
pub mod troubled;
mod verdicts;

pub use locked_counter::LockedCounter;
pub use verdicts::{is_inconclusive, panic_with_report};

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::future::poll_fn;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant as SystemInstant};

use mael::executor::{LocalFuture, Runtime};
use mael::node::Handlers;
use mael::protocol::{Message, RawValue};
use mael::time::Instant;
use mael::transport::Memory;
use mael::{Environment, LogRecord, NodeId};
use mael_workbench::{Profile, build_binaries};
use serde_json::Value;

/// The time after which the test of a program that is still running fails. It is generous, because
/// it only needs to detect programs that hang.
pub const WATCHDOG: Duration = Duration::from_secs(120);

/// Returns the root folder of the workspace.
///
/// # Panics
/// Panics if this package is not inside the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package is in the workspace")
}

/// Builds a binary of the workspace, unoptimized.
///
/// # Panics
/// Panics if the build fails.
pub fn binary(name: &str) -> PathBuf {
    let binaries = build_binaries(workspace(), &[name], Profile::Debug);
    binaries.expect("the binary can be built").remove(0)
}

/// Runs `mael` with these arguments in `folder`.
///
/// # Panics
/// Panics under the same conditions as [`run`].
pub fn mael(folder: &Path, args: &[&str]) -> Finished {
    run(mael_command(folder).args(args))
}

/// Returns a command that runs `mael` in `folder`.
///
/// # Panics
/// Panics if `mael` can't be built.
pub fn mael_command(folder: &Path) -> Command {
    static MAEL: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(MAEL.get_or_init(|| binary("mael")));
    command.current_dir(folder);
    command
}

/// The result of a program that has exited.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Finished {
    /// Returns the exit status as a number.
    ///
    /// # Panics
    /// Panics if a signal ended the program.
    pub fn code(&self) -> i32 {
        self.status.code().expect("no signal ended the program")
    }

    /// Returns what it wrote to stdout, as a string.
    ///
    /// # Panics
    /// Panics if it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("the output is UTF-8")
    }
}

/// Runs a program with `input` on its stdin and waits until it exits.
///
/// # Panics
/// Panics if it can't be started, or is still running after [`WATCHDOG`].
pub fn run_on(command: &mut Command, input: impl Into<Vec<u8>>) -> Finished {
    let mut child = start(command);
    let input = input.into();
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    thread::spawn(move || {
        // A program may exit before it has read all of its input.
        let _ = io::Write::write_all(&mut stdin, &input);
    });
    finish(child)
}

/// Runs a program without input and waits until it exits.
///
/// # Panics
/// Panics if it can't be started, or is still running after [`WATCHDOG`].
pub fn run(command: &mut Command) -> Finished {
    run_on(command, "")
}

/// Starts a program whose stdin, stdout and stderr are pipes.
///
/// # Panics
/// Panics if it can't be started.
pub fn start(command: &mut Command) -> Child {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started")
}

/// Waits until a program exits and collects what it writes to stdout and stderr, if they are pipes
/// of this process.
///
/// # Panics
/// Panics if it is still running after [`WATCHDOG`], or its output does not end.
pub fn finish(mut child: Child) -> Finished {
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    let start = SystemInstant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the program can be waited for") {
            break status;
        }
        if start.elapsed() > WATCHDOG {
            child.kill().expect("the program can be killed");
            panic!("the program was still running after {WATCHDOG:?}");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let output = |bytes: Option<mpsc::Receiver<Vec<u8>>>| {
        bytes.map_or(Vec::new(), |bytes| {
            let bytes = bytes.recv_timeout(WATCHDOG);
            bytes.expect("the output ends with the program")
        })
    };
    Finished {
        status,
        stdout: output(stdout),
        stderr: String::from_utf8_lossy(&output(stderr)).into_owned(),
    }
}

fn collect(mut from: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (done, bytes) = mpsc::channel();
    thread::spawn(move || {
        let mut all = Vec::new();
        // After a read error, what was read before it is returned.
        let _ = from.read_to_end(&mut all);
        let _ = done.send(all);
    });
    bytes
}

/// Waits until `condition` holds.
///
/// # Panics
/// Panics if it does not hold within [`WATCHDOG`].
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = SystemInstant::now();
    while !condition() {
        assert!(start.elapsed() < WATCHDOG, "timed out waiting until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Returns the number of processes that have `word` among their arguments.
///
/// # Panics
/// Panics if `/proc` can't be read.
pub fn processes_with(word: &str) -> usize {
    let processes = fs::read_dir("/proc").expect("the system lists its processes");
    let has_word = |path: PathBuf| {
        // A process may exit between listing and reading.
        let arguments = fs::read(path.join("cmdline")).unwrap_or_default();
        let mut arguments = arguments.split(|byte| *byte == 0);
        arguments.any(|argument| argument == word.as_bytes())
    };
    processes
        .filter_map(Result::ok)
        .filter(|entry| has_word(entry.path()))
        .count()
}

/// A node in memory whose clock moves only when [`Lab::advance`] is called.
pub struct Lab {
    serving: Option<LocalFuture<'static, io::Result<()>>>,
    inbox: Memory,
    sent: Rc<RefCell<Vec<Message>>>,
    clock: Rc<Clock>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

#[derive(Default)]
struct Clock {
    now: Cell<Instant>,
    timers: RefCell<BTreeMap<(Instant, u64), Waker>>,
    polls: Cell<u64>,
    draws: Cell<u64>,
    log: RefCell<Vec<String>>,
}

struct ManualRuntime(Rc<Clock>);

impl Runtime for ManualRuntime {
    fn now(&self) -> Instant {
        self.0.now.get()
    }

    fn sleep_until(&self, deadline: Instant) -> LocalFuture<'static, ()> {
        let clock = Rc::clone(&self.0);
        Box::pin(poll_fn(move |cx| {
            if clock.now.get() >= deadline {
                return Poll::Ready(());
            }
            let key = clock.polls.replace(clock.polls.get() + 1);
            let waker = cx.waker().clone();
            clock.timers.borrow_mut().insert((deadline, key), waker);
            Poll::Pending
        }))
    }

    fn random(&self) -> u64 {
        self.0.draws.set(self.0.draws.get() + 1);
        self.0.draws.get()
    }

    fn wants_backtraces(&self) -> bool {
        false
    }

    fn log(&self, record: &LogRecord<'_>) {
        self.0.log.borrow_mut().push(record.text.to_owned());
    }
}

impl Lab {
    /// Starts a node. It has not received a message yet.
    pub fn new<N: Handlers>() -> Self {
        Self::on::<N>(Environment::default())
    }

    /// Starts a node with this environment. It has not received a message yet.
    pub fn on<N: Handlers>(environment: Environment) -> Self {
        let sent = Rc::new(RefCell::new(Vec::new()));
        let inbox = Memory::new({
            let sent = Rc::clone(&sent);
            move |message| sent.borrow_mut().push(message)
        });
        let clock = Rc::<Clock>::default();
        let runtime = Rc::new(ManualRuntime(Rc::clone(&clock)));
        Self {
            serving: Some(Box::pin(mael::run_with::<N>(
                runtime,
                Rc::new(inbox.clone()),
                Rc::new(environment),
            ))),
            inbox,
            sent,
            clock,
            woken: Arc::new(Woken(AtomicBool::new(true))),
        }
    }

    /// Starts a node whose random numbers start at `first`. It has not received a message yet.
    pub fn drawing_from<N: Handlers>(first: u64) -> Self {
        let lab = Self::new::<N>();
        lab.clock.draws.set(first);
        lab
    }

    /// Starts a node `n1` and initializes it.
    pub fn initialized<N: Handlers>() -> Self {
        let mut lab = Self::new::<N>();
        lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
        let replies = lab.replies();
        assert_eq!(replies.len(), 1);
        assert_eq!(replies[0]["type"], "init_ok");
        lab
    }

    /// Puts a message from `c1` with this body into the node's inbox, without running the node.
    ///
    /// # Panics
    /// Panics if the body is not JSON.
    pub fn deliver(&self, body: &str) {
        self.deliver_from("c1", body);
    }

    /// Puts a message from `src` with this body into the node's inbox, without running the node.
    ///
    /// # Panics
    /// Panics if the body is not JSON.
    pub fn deliver_from(&self, src: &str, body: &str) {
        let body = RawValue::from_string(body.to_owned()).expect("the body is JSON");
        self.inbox.deliver(Message {
            src: NodeId::from(src),
            dest: NodeId::from("n1"),
            body: body.into(),
        });
    }

    /// Ends the node's input.
    pub fn close(&self) {
        self.inbox.close();
    }

    /// Runs the node until it is idle and returns the bodies of the messages it has sent, in order.
    ///
    /// # Panics
    /// Panics if a message it sent is not JSON.
    pub fn replies(&mut self) -> Vec<Value> {
        self.sent().into_iter().map(|(_, body)| body).collect()
    }

    /// Runs the node until it is idle and returns the destination and body of each message it has
    /// sent, in order.
    ///
    /// # Panics
    /// Panics if a message it sent is not JSON, or its `src` is not `n1`.
    pub fn sent(&mut self) -> Vec<(NodeId, Value)> {
        self.run();
        let read = |message: Message| {
            assert_eq!(&*message.src, "n1");
            let body = serde_json::from_str(message.body.get());
            (message.dest, body.expect("the body is JSON"))
        };
        self.sent.take().into_iter().map(read).collect()
    }

    /// Returns the time since the node's start.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.clock.now.get().as_nanos())
    }

    /// Advances the clock to the next timer, if there is one, and runs the node.
    pub fn advance_to_next_timer(&mut self) {
        self.run();
        let next = self.clock.timers.borrow().keys().next().copied();
        if let Some((deadline, _)) = next {
            self.advance(deadline.since(self.clock.now.get()));
        }
    }

    /// Runs the node until it is idle, then advances the clock, firing the timers in order.
    pub fn advance(&mut self, duration: Duration) {
        self.run();
        let end = self.clock.now.get() + duration;
        loop {
            let next = self.clock.timers.borrow_mut().pop_first();
            match next {
                Some(((deadline, _), timer)) if deadline <= end => {
                    self.clock.now.set(self.clock.now.get().max(deadline));
                    timer.wake();
                    self.run();
                }
                Some((key, timer)) => {
                    self.clock.timers.borrow_mut().insert(key, timer);
                    break;
                }
                None => break,
            }
        }
        self.clock.now.set(end);
    }

    /// Returns true if the node has ended without an error.
    pub fn has_ended(&mut self) -> bool {
        self.run();
        self.serving.is_none()
    }

    /// Returns the lines that the node has logged.
    pub fn log(&self) -> Vec<String> {
        self.clock.log.borrow().clone()
    }

    fn run(&mut self) {
        let waker = Waker::from(Arc::clone(&self.woken));
        while self.woken.0.swap(false, Ordering::AcqRel) {
            let Some(serving) = &mut self.serving else {
                return;
            };
            if let Poll::Ready(result) = serving.as_mut().poll(&mut Context::from_waker(&waker)) {
                result.expect("writing to memory can't fail");
                self.serving = None;
            }
        }
    }
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/running.md")]
struct Running;
