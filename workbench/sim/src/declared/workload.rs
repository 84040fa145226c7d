//! Implements `Workload` for the types that implement [`Operations`].

use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Operation};

use super::client::DeclaredClient;
use super::codec::Codecs;
use super::drawn::Drawn;
use super::form::refs;
use super::operations::Operations;
use super::strategy::{Draws, Source};
use crate::Options;
use crate::engine::{
    Client, Generator, Invocation, Next, RpcDescription, Workload, endless, once_per_thread,
};

impl<W: Operations> Workload for W {
    fn name(&self) -> &'static str {
        W::NAME
    }

    fn validate(&self, options: &Options) -> Result<(), String> {
        Operations::validate(self, options)
    }

    fn doc(&self) -> &'static str {
        W::DOC
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        self.operations().into_iter().map(|it| it.rpc).collect()
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        let (workload, codecs) = (self.clone(), Codecs::new(self.operations()));
        let mut draws = Draws::default();
        Box::new(endless(move |random| {
            let mut source = Source::new(random, &mut draws);
            let drawn = workload.generate(&mut source).unwrap_or_else(|| {
                let operations = codecs.iter().map(|codec| &codec.operation);
                let name = source.weighted(operations.map(|it| (it.name(), it.weight)));
                let drawn = workload.draw(name, &mut source);
                drawn.unwrap_or_else(|| panic!("{} does not draw {name}", W::NAME))
            });
            invocation(&codecs, &drawn)
        }))
    }

    /// Makes each client run each operation marked `finally` once.
    fn final_generator(&self, options: &Options, history: &History) -> Option<Box<dyn Generator>> {
        let (codecs, mut draws) = (Codecs::new(self.operations()), Draws::default());
        let mut random = fastrand::Rng::with_seed(history.0.len() as u64);
        let operations = codecs.iter().map(|codec| &codec.operation);
        let finals = operations.filter(|it| it.finally).filter_map(|operation| {
            let mut source = Source::new(&mut random, &mut draws);
            let drawn = self.draw(operation.name(), &mut source)?;
            Some(invocation(&codecs, &drawn).last())
        });
        let turns =
            finals.map(|it| Box::new(once_per_thread(options.clients(), it)) as Box<dyn Generator>);
        let turns: Vec<_> = turns.collect();
        (!turns.is_empty()).then(|| Box::new(Sequence(turns.into())) as _)
    }

    /// Removes one item from the operation's list, if its value is a list.
    fn simpler(&self, operation: &Invocation) -> Vec<Invocation> {
        let shorter = operation.with_one_less().into_iter();
        shorter.filter(|it| self.supports(it)).collect()
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        let codecs = Codecs::new(self.operations());
        let codec = codecs.get(&invocation.f);
        codec.is_ok_and(|codec| codec.request(&invocation.value, W::read_request).is_ok())
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(DeclaredClient::new(self))
    }

    fn idempotent(&self, f: &str) -> bool {
        let operations = self.operations();
        operations.iter().any(|it| it.name() == f && it.read_only)
    }

    fn anomaly(&self) -> &'static str {
        Operations::anomaly(self)
    }

    fn check(&self, options: &Options, history: &History) -> Verdict {
        self.judge(options, history)
    }

    fn coverage(&self, history: &History) -> Coverage {
        let codecs = Codecs::new(self.operations());
        Coverage::of(history, |invocation, completion| {
            let codec = codecs.get(&invocation.f)?;
            codec.request(&invocation.value, W::read_request)?;
            if let Some(completion) = completion.filter(|it| it.kind == mael_history::Kind::Ok) {
                codec.reply(&completion.value, W::read_reply)?;
            }
            Ok(self.is_judged(completion))
        })
    }
}

fn invocation(codecs: &Codecs, drawn: &Drawn) -> Invocation {
    let codec = codecs
        .get(drawn.name)
        .unwrap_or_else(|error| panic!("{error}"));
    Invocation::new(drawn.name, codec.form.invocation(&refs(&drawn.fields)))
}

/// Runs generators one after another.
struct Sequence(std::collections::VecDeque<Box<dyn Generator>>);

impl Generator for Sequence {
    fn next(&mut self, free: &[usize], random: &mut fastrand::Rng) -> Next {
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
