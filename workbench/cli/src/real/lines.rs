//! Reads a stream line by line, however long the lines are.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// The maximum length of a line; the rest is dropped.
const MAX_LENGTH: usize = 64 * 1024 * 1024;

/// How much of an unfinished line is kept for reports.
const SHOWN: usize = 1024;

/// The lines of a stream, without line terminators.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    progress: Rc<Progress>,
}

/// How far a stream has been read.
#[derive(Default)]
pub(super) struct Progress {
    has_started: Cell<bool>,
    /// The start of an unfinished line, and when it arrived.
    unfinished: RefCell<Option<(Instant, Vec<u8>)>>,
    ended: Cell<Option<Instant>>,
}

impl Progress {
    /// Returns whether any data has arrived.
    pub(super) fn has_started(&self) -> bool {
        self.has_started.get()
    }

    /// Returns the start of a line that has been unfinished for this long.
    pub(super) fn unfinished_for(&self, duration: Duration) -> Option<String> {
        let unfinished = self.unfinished.borrow();
        let unfinished = unfinished.as_ref();
        let (_, line) = unfinished.filter(|(since, _)| since.elapsed() >= duration)?;
        Some(String::from_utf8_lossy(line).into_owned())
    }

    /// Returns whether the stream has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.get().is_some()
    }

    /// Returns whether the stream ended at least this long ago.
    pub(super) fn has_ended_for(&self, duration: Duration) -> bool {
        self.ended
            .get()
            .is_some_and(|since| since.elapsed() >= duration)
    }

    fn add(&self, line: &[u8], is_whole: bool) {
        self.has_started.set(true);
        let mut unfinished = self.unfinished.borrow_mut();
        if is_whole {
            *unfinished = None;
            return;
        }
        let (_, start) = unfinished.get_or_insert_with(|| (Instant::now(), Vec::new()));
        if start.len() < SHOWN {
            *start = line[..line.len().min(SHOWN)].to_vec();
        }
    }
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::with_capacity(64 * 1024, reader),
            line: Vec::new(),
            progress: Rc::default(),
        }
    }

    pub(super) fn progress(&self) -> Rc<Progress> {
        Rc::clone(&self.progress)
    }

    /// Returns the next line; `None` at the end. A last line without a terminator is returned too.
    ///
    /// # Errors
    /// Returns an error if the stream can't be read.
    pub(super) async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let mut empty = true;
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                if empty {
                    self.progress.ended.set(Some(Instant::now()));
                }
                return Ok((!empty).then_some(&*self.line));
            }
            empty = false;
            let end = memchr::memchr(b'\n', chunk);
            let taken = &chunk[..end.unwrap_or(chunk.len())];
            let room = MAX_LENGTH - self.line.len().min(MAX_LENGTH);
            self.line.extend_from_slice(&taken[..taken.len().min(room)]);
            let consumed = end.map_or(chunk.len(), |end| end + 1);
            self.reader.consume(consumed);
            self.progress.add(&self.line, end.is_some());
            if end.is_some() {
                return Ok(Some(&self.line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn lines_are_read_to_the_last() {
        let long = "x".repeat(200_000);
        let text = format!("a\n\n{long}\nlast");
        let mut lines = Lines::new(text.as_bytes());
        let progress = lines.progress();
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(found, ["a", "", &long, "last"]);
        assert!(progress.has_started() && progress.has_ended());
        let unfinished = progress.unfinished_for(Duration::ZERO);
        assert_eq!(unfinished.as_deref(), Some("last"));
    }

    #[tokio::test]
    async fn a_line_is_unfinished_until_its_terminator_arrives() {
        let (mut writer, reader) = tokio::io::duplex(64);
        let mut lines = Lines::new(reader);
        let progress = lines.progress();
        let reading = async { while let Ok(Some(_)) = lines.next().await {} };
        let writing = async move {
            for (text, unfinished) in [
                ("", None),
                ("a", Some("a")),
                ("b", Some("ab")),
                ("\n", None),
                ("c\nd", Some("d")),
            ] {
                writer.write_all(text.as_bytes()).await.unwrap();
                // Either future may be polled first.
                for _ in 0..2 {
                    tokio::task::yield_now().await;
                }
                let found = progress.unfinished_for(Duration::ZERO);
                assert_eq!(found.as_deref(), unfinished, "{text:?}");
                assert_eq!(progress.unfinished_for(Duration::from_secs(60)), None);
                assert!(!progress.has_ended());
            }
        };
        tokio::join!(reading, writing);
    }
}
