//! Generates operations whose arguments are drawn by their strategies.

use std::collections::VecDeque;

use fastrand::Rng;
use mael_history::{History, Operation};

use super::codec::{Codec, Codecs};
use super::drawn::Drawn;
use super::form::refs;
use super::operations::Operations;
use super::strategy::{Draws, Source};
use crate::Options;
use crate::engine::{Generator, Invocation, Next, endless, once_per_thread};

/// Returns the generator of the main phase, which draws operations by weight, unless the workload
/// generates them.
pub(super) fn generator<W: Operations>(workload: W, options: &Options) -> impl Generator + use<W> {
    let codecs = Codecs::new(workload.operations());
    let mut draws = Draws::new(options);
    endless(move |random| {
        let mut source = Source::new(random, &mut draws);
        let drawn = workload.generate(&mut source).unwrap_or_else(|| {
            let operations = codecs.iter().map(|codec| &codec.operation);
            let operations = operations.filter(|it| !it.setup);
            let name = source.weighted(operations.map(|it| (it.name(), it.weight)));
            let drawn = workload.draw(name, &mut source);
            drawn.unwrap_or_else(|| panic!("{} does not draw {name}", W::NAME))
        });
        let codec = codecs.get(drawn.name);
        invocation(codec.unwrap_or_else(|error| panic!("{error}")), &drawn)
    })
}

/// Returns the operations of the setup.
pub(super) fn setup<W: Operations>(workload: &W, options: &Options) -> Vec<Invocation> {
    let mut random = options.random("setup");
    once(workload, options, &mut random, |codec| {
        codec.operation.setup
    })
}

/// Returns the generator of the final phase, in which each client runs each operation marked
/// `finally` once, if there are any.
pub(super) fn final_generator<W: Operations>(
    workload: &W,
    options: &Options,
    history: &History,
) -> Option<Box<dyn Generator>> {
    let mut random = Rng::with_seed(history.0.len() as u64);
    let finals = once(workload, options, &mut random, |codec| {
        codec.operation.finally
    });
    let turn = |it| Box::new(once_per_thread(options.clients(), it)) as Box<dyn Generator>;
    let turns: VecDeque<_> = finals.into_iter().map(turn).collect();
    (!turns.is_empty()).then(|| Box::new(Sequence(turns)) as _)
}

/// Draws each of these operations once.
fn once<W: Operations>(
    workload: &W,
    options: &Options,
    random: &mut Rng,
    is_drawn: fn(&&Codec) -> bool,
) -> Vec<Invocation> {
    let (codecs, mut draws) = (Codecs::new(workload.operations()), Draws::new(options));
    let draw = |codec: &Codec| {
        let mut source = Source::new(random, &mut draws);
        let drawn = workload.draw(codec.operation.name(), &mut source)?;
        let invocation = invocation(codec, &drawn);
        let is_marked = codec.operation.finally && !codec.operation.unmarked;
        Some(if is_marked {
            invocation.last()
        } else {
            invocation
        })
    };
    codecs.iter().filter(is_drawn).filter_map(draw).collect()
}

fn invocation(codec: &Codec, drawn: &Drawn) -> Invocation {
    Invocation::new(drawn.name, codec.form.invocation(&refs(&drawn.fields)))
}

/// Runs generators one after another.
struct Sequence(VecDeque<Box<dyn Generator>>);

impl Generator for Sequence {
    fn next(&mut self, free: &[usize], random: &mut Rng) -> Next {
        while let Some(first) = self.0.front_mut() {
            match first.next(free, random) {
                Next::Done => drop(self.0.pop_front()),
                next => return next,
            }
        }
        Next::Done
    }

    fn update(&mut self, operation: &Operation) {
        if let Some(first) = self.0.front_mut() {
            first.update(operation);
        }
    }
}
