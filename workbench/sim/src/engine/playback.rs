//! Plays the operations of a script.

use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;
use mael::time::{self, Instant};

use super::generator::{Generator, Next};
use super::script::Cue;

/// The operations of a script: each on its thread, in their order, as soon as its time has come
/// and its thread is free.
pub(super) struct Playback {
    begin: Instant,
    /// What each thread has yet to do, with the place in the script.
    threads: BTreeMap<usize, VecDeque<(usize, Cue)>>,
}

impl Playback {
    /// The operations of a script that begins at `begin`.
    pub(super) fn new(begin: Instant, cues: Vec<Cue>) -> Self {
        let mut threads = BTreeMap::<_, VecDeque<_>>::new();
        for (place, cue) in cues.into_iter().enumerate() {
            threads
                .entry(cue.thread)
                .or_default()
                .push_back((place, cue));
        }
        Self { begin, threads }
    }
}

impl Generator for Playback {
    fn next(&mut self, free: &[usize], _: &mut Rng) -> Next {
        let first = |thread: &usize| {
            let (place, cue) = self.threads.get(thread)?.front()?;
            Some((cue.time, *place, *thread))
        };
        let Some((time, _, thread)) = free.iter().filter_map(first).min() else {
            return match self.threads.values().all(VecDeque::is_empty) {
                true => Next::Done,
                false => Next::Wait,
            };
        };
        let begin = self.begin + time;
        if begin > time::now() {
            return Next::WaitUntil(begin);
        }
        let cue = self.threads.get_mut(&thread).and_then(VecDeque::pop_front);
        let (_, cue) = cue.expect("it has just been there");
        Next::Invoke(thread, cue.invocation)
    }
}
