//! The transport of a process: lines of JSON on stdin and stdout.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::pipe;
use tokio::sync::mpsc;

use super::{Input, Transport};
use crate::executor::logger;
use crate::protocol::{BodyWriter, Encode, Malformed, Name, Packet};
use crate::{NodeId, Result};

/// The size of reads, and of the output buffer, in bytes.
const CHUNK: usize = 64 * 1024;

/// The maximum length of a line. Longer lines are skipped with a warning.
const MAX_LINE: usize = 64 * 1024 * 1024;

/// A transport over stdin and stdout, with a JSON message in each line.
///
/// Pipes are read asynchronously, files and terminals by a thread. Output is buffered until the
/// node waits for input. If the reader of the output is slow, the node blocks.
pub struct Stdio {
    input: RefCell<Lines>,
    output: RefCell<Output>,
}

impl Stdio {
    /// Uses the stdin and stdout of this process. Must be called within a tokio runtime whose I/O
    /// driver is enabled.
    ///
    /// # Errors
    /// Returns an I/O error if one of them is closed.
    pub fn new() -> io::Result<Self> {
        let stdin = io::stdin().as_fd().try_clone_to_owned()?;
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Self {
            input: RefCell::new(Lines::new(Source::new(stdin)?)),
            output: RefCell::new(Output {
                file: File::from(stdout),
                buffer: Vec::with_capacity(2 * CHUNK),
                whole: 0,
                failed: None,
            }),
        })
    }
}

impl Transport for Stdio {
    fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        deliver: &mut dyn FnMut(Result<Packet<'_>, Malformed>),
    ) -> Poll<io::Result<Input>> {
        self.input.borrow_mut().poll(cx, &mut |line| {
            if !line.trim_ascii().is_empty() {
                deliver(Packet::parse(line));
            }
        })
    }

    fn send(&self, src: &NodeId, dest: &Name<'_>, body: &dyn Encode) -> Result<()> {
        self.output.borrow_mut().message(src, dest, body)
    }

    fn flush(&self) -> io::Result<()> {
        let mut output = self.output.borrow_mut();
        output.write();
        match output.failed.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// The source of input.
enum Source {
    Pipe(pipe::Receiver),
    Thread {
        chunks: mpsc::Receiver<io::Result<Vec<u8>>>,
        chunk: Vec<u8>,
    },
}

impl Source {
    fn new(stdin: OwnedFd) -> io::Result<Self> {
        let copy = stdin.try_clone()?;
        match pipe::Receiver::from_owned_fd(copy) {
            Ok(pipe) => Ok(Self::Pipe(pipe)),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(Self::Thread {
                chunks: read_in_thread(File::from(stdin)),
                chunk: Vec::new(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Reads into `buffer`. Returns 0 at the end of the input.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Pipe(pipe) => {
                let mut buffer = ReadBuf::new(buffer);
                ready!(Pin::new(pipe).poll_read(cx, &mut buffer))?;
                Poll::Ready(Ok(buffer.filled().len()))
            }
            Self::Thread { chunks, chunk } => {
                if chunk.is_empty() {
                    match ready!(chunks.poll_recv(cx)) {
                        Some(next) => *chunk = next?,
                        None => return Poll::Ready(Ok(0)),
                    }
                }
                let taken = chunk.len().min(buffer.len());
                buffer[..taken].copy_from_slice(&chunk[..taken]);
                chunk.drain(..taken);
                Poll::Ready(Ok(taken))
            }
        }
    }
}

/// Reads a file that can't be polled, such as a terminal, in a thread.
fn read_in_thread(mut stdin: File) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, chunks) = mpsc::channel(4);
    std::thread::spawn(move || {
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = match stdin.read(&mut chunk) {
                Ok(0) => return,
                Ok(length) => {
                    chunk.truncate(length);
                    Ok(chunk)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let last = read.is_err();
            if sender.blocking_send(read).is_err() || last {
                return;
            }
        }
    });
    chunks
}

/// Splits input into lines.
struct Lines {
    source: Source,
    buffer: Vec<u8>,
    /// The number of bytes in the buffer.
    filled: usize,
    /// The number of bytes that are known to contain no line end.
    searched: usize,
    /// Whether the current line is too long, and is skipped.
    skipping: bool,
}

impl Lines {
    fn new(source: Source) -> Self {
        Self {
            source,
            buffer: vec![0; CHUNK],
            filled: 0,
            searched: 0,
            skipping: false,
        }
    }

    /// Reads once, and passes complete lines to `line`. The last line may have no line end.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        line: &mut dyn FnMut(&[u8]),
    ) -> Poll<io::Result<Input>> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let read = ready!(self.source.poll_read(cx, &mut self.buffer[self.filled..]))?;
        self.filled += read;
        let mut start = 0;
        while let Some(length) =
            memchr::memchr(b'\n', &self.buffer[self.searched.max(start)..self.filled])
        {
            let end = self.searched.max(start) + length;
            if !std::mem::take(&mut self.skipping) {
                line(&self.buffer[start..end]);
            }
            start = end + 1;
        }
        if read == 0 {
            if !self.skipping {
                line(&self.buffer[start..self.filled]);
            }
            return Poll::Ready(Ok(Input::Closed));
        }
        self.buffer.copy_within(start..self.filled, 0);
        self.filled -= start;
        self.searched = self.filled;
        if self.filled > MAX_LINE {
            if !self.skipping {
                logger::warn(format_args!("skipped a line longer than {MAX_LINE} bytes"));
            }
            self.skipping = true;
            self.filled = 0;
            self.searched = 0;
        }
        if self.filled < CHUNK {
            self.buffer.truncate(CHUNK);
            self.buffer.shrink_to(CHUNK);
        }
        Poll::Ready(Ok(Input::Open))
    }
}

/// The output buffer.
struct Output {
    file: File,
    buffer: Vec<u8>,
    /// The number of bytes of complete messages. After a panic, part of a message may follow them.
    whole: usize,
    /// The error of the last write, if it failed.
    failed: Option<io::Error>,
}

impl Output {
    fn message(&mut self, src: &str, dest: &str, body: &dyn Encode) -> Result<()> {
        self.buffer.truncate(self.whole);
        self.name(br#"{"src":"#, src);
        self.name(br#","dest":"#, dest);
        self.buffer.extend_from_slice(br#","body":"#);
        body.encode(BodyWriter::new(&mut self.buffer))?;
        self.buffer.extend_from_slice(b"}\n");
        self.whole = self.buffer.len();
        if self.buffer.len() >= CHUNK {
            self.write();
        }
        Ok(())
    }

    fn name(&mut self, key: &[u8], name: &str) {
        self.buffer.extend_from_slice(key);
        serde_json::to_writer(&mut self.buffer, name).expect("a string is JSON");
    }

    fn write(&mut self) {
        if self.failed.is_none() && self.whole > 0 {
            self.failed = self.file.write_all(&self.buffer[..self.whole]).err();
        }
        self.buffer.clear();
        self.whole = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Seek;
    use std::rc::Rc;

    use super::*;
    use crate::executor::{Scope, Tokio};

    /// Reads all lines of a file by the thread.
    fn lines(content: &[u8]) -> Vec<Vec<u8>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        let mut lines = Lines::new(Source::Thread {
            chunks: read_in_thread(file),
            chunk: Vec::new(),
        });
        let mut found = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let scope = Scope::new(Rc::new(Tokio::new()));
            let mut poll = |cx: &mut Context<'_>| {
                scope.enter(|| lines.poll(cx, &mut |line| found.push(line.to_vec())))
            };
            while poll_fn(&mut poll).await.unwrap() == Input::Open {}
        });
        found
    }

    #[test]
    fn lines_are_split_independently_of_reads() {
        let long = vec![b'x'; 3 * CHUNK + 17];
        let content = [b"a\n\n", &*long, b"\nb\n", &*long, b"\nlast"].concat();
        let expected: [&[u8]; 6] = [b"a", b"", &long, b"b", &long, b"last"];
        assert_eq!(lines(&content), expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let content = [&*vec![b'x'; MAX_LINE + 10 * CHUNK], b"\nnext\n"].concat();
        assert_eq!(lines(&content), [b"next".as_slice(), b""]);
    }
}
