//! Plays the operations of a script.

use std::collections::{BTreeSet, VecDeque};

use fastrand::Rng;
use mael::time::{self, Instant};

use super::generator::{Generator, Next};
use super::script::Cue;

/// The operations of a script: each on its thread, in their order, as soon as its time has come
/// and its thread is free.
pub(super) struct Playback {
    begin: Instant,
    cues: VecDeque<Cue>,
}

impl Playback {
    /// The operations of a script that begins at `begin`.
    pub(super) fn new(begin: Instant, cues: Vec<Cue>) -> Self {
        Self {
            begin,
            cues: cues.into(),
        }
    }
}

impl Generator for Playback {
    fn next(&mut self, free: &[usize], _: &mut Rng) -> Next {
        let now = time::now();
        // A thread that is late with an operation does not get to a later one before it.
        let mut late = BTreeSet::new();
        for position in 0..self.cues.len() {
            let cue = &self.cues[position];
            let begin = self.begin + cue.time;
            if begin > now {
                return Next::WaitUntil(begin);
            }
            if free.contains(&cue.thread) && !late.contains(&cue.thread) {
                let cue = self.cues.remove(position).expect("the position is one");
                return Next::Invoke(cue.thread, cue.invocation);
            }
            late.insert(cue.thread);
        }
        match self.cues.is_empty() {
            true => Next::Done,
            false => Next::Wait,
        }
    }
}
