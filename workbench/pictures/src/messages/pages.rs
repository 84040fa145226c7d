//! Divides the messages of a run into pages.

use std::io::{self, BufRead};
use std::ops::Range;

use super::Messages;
use crate::Run;

/// The maximum number of messages in a diagram with a single page.
const MOST: usize = 2_000;

/// The number of messages of each page, if there are several.
const PAGE: usize = 400;

/// The maximum number of pages before and after the first one to open.
const AROUND: usize = 12;

/// The pages of a Lamport diagram.
#[derive(Debug)]
pub struct Pages {
    pages: Vec<Range<usize>>,
    /// The number of the page to open first.
    opened: usize,
}

/// A page of a Lamport diagram.
#[derive(Clone, Debug)]
pub struct Page {
    /// The positions of its messages.
    pub(crate) shown: Range<usize>,
    /// The file of the page, relative to the folder of the run.
    pub file: String,
    /// The files of the pages before and after it.
    pub(crate) earlier: Option<String>,
    pub(crate) later: Option<String>,
}

impl Pages {
    /// Divides the messages of a run into pages, and reads the bodies of the messages from the same
    /// journal.
    ///
    /// Up to 2,000 messages have one page. More have pages of 400; the one to open first has what
    /// preceded the first anomaly, and the beginning of the run if there is none. There are at most
    /// 12 pages before and after it.
    ///
    /// # Errors
    /// Returns an error if the journal can't be read.
    pub fn new(run: &Run<'_>, messages: &mut Messages, journal: impl BufRead) -> io::Result<Self> {
        let pages = Self::around(run, messages);
        let [first, .., last] = &*pages.pages else {
            let all = pages.pages[0].clone();
            messages.read_bodies(journal, all)?;
            return Ok(pages);
        };
        messages.read_bodies(journal, first.start..last.end)?;
        Ok(pages)
    }

    fn around(run: &Run<'_>, messages: &Messages) -> Self {
        let count = messages.list().len();
        if count <= MOST {
            return Self {
                pages: std::iter::once(0..count).collect(),
                opened: 0,
            };
        }
        let time = run.first_anomaly();
        let sent = |time: f64| messages.list().partition_point(|it| it.sent < time);
        let start = match time {
            // Most of a page shows what led to the anomaly.
            Some(time) => sent(time).saturating_sub(PAGE * 3 / 4),
            None => sent(0.0),
        };
        let start = start.min(count - PAGE);
        let first = start % PAGE;
        let first = (first > 0).then_some(0..first);
        let whole = (start % PAGE..count).step_by(PAGE);
        let pages = whole.map(|start| start..count.min(start + PAGE));
        let pages: Vec<_> = first.into_iter().chain(pages).collect();
        let opened = pages.iter().position(|page| page.start == start);
        let opened = opened.unwrap_or_default();
        let drop = opened.saturating_sub(AROUND);
        let pages = pages.into_iter().skip(drop).take(2 * AROUND + 1);
        Self {
            pages: pages.collect(),
            opened: opened - drop,
        }
    }

    /// Returns the pages, in the order of their times.
    pub fn iter(&self) -> impl Iterator<Item = Page> {
        (0..self.pages.len()).map(|number| self.page(number))
    }

    /// Returns the page to open first, whose file is `messages.svg`.
    pub fn opened(&self) -> Page {
        self.page(self.opened)
    }

    fn page(&self, number: usize) -> Page {
        let link = |to: Option<usize>| {
            let to = to.filter(|to| *to < self.pages.len())?;
            let up = if number == self.opened { "" } else { "../" };
            Some(format!("{up}{}", self.file(to)))
        };
        Page {
            shown: self.pages[number].clone(),
            file: self.file(number),
            earlier: link(number.checked_sub(1)),
            later: link(Some(number + 1)),
        }
    }

    fn file(&self, number: usize) -> String {
        if number == self.opened {
            "messages.svg".to_owned()
        } else {
            format!("messages/{:03}.svg", number + 1)
        }
    }
}
