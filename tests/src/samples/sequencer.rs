//! A sequencer: numbers that ascend.

use std::ops::Range;

use mael::prelude::*;
use mael_sim::declared::{Call, Findings, Typed, Verdict};
use mael_sim::{operations, workload};

/// Each call returns a number that no other call returns, and that is larger than those of all
/// calls that had returned before. Numbers can be left out.
#[workload]
pub struct Sequencer;

#[operations]
impl Sequencer {
    /// Returns the next number.
    #[operation(type = "next", reply = "number")]
    fn next(&self) -> u64;

    /// No number is returned twice, and they ascend.
    #[check]
    fn numbers(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        let mut calls = BTreeMap::<u64, &Call<Self>>::new();
        for call in history {
            let Some(SequencerReply::NextOk { number }) = call.reply() else {
                continue;
            };
            let larger = calls.range(number + 1..).map(|(_, other)| other);
            for earlier in larger.filter(|other| other.precedes(call)) {
                findings.add("not-ascending", format!("{call} after {earlier}"));
            }
            if let Some(other) = calls.insert(*number, call) {
                findings.add("number-reused", format!("{call} and {other}"));
            }
        }
        findings.into_verdict()
    }
}

/// The last number is in lin-kv.
#[node]
pub struct LinKvSequencer {
    kv: LinKv,
}

#[handlers]
impl LinKvSequencer {
    #[handler(type = "next", reply = "number")]
    async fn next(&self) -> mael::Result<u64> {
        let next = |last: Option<u64>| last.unwrap_or(0) + 1;
        self.kv.update("last", next).await
    }
}

/// Incorrect: it does not check whether its compare-and-set has succeeded, so concurrent calls can
/// return the same number.
#[node]
pub struct UncheckedSequencer {
    kv: LinKv,
}

#[handlers]
impl UncheckedSequencer {
    #[handler(type = "next", reply = "number")]
    async fn next(&self) -> mael::Result<u64> {
        let last = self.kv.read("last").await?.unwrap_or(0);
        self.kv.cas_or_create("last", &last, &(last + 1)).await?;
        Ok(last + 1)
    }
}

/// Incorrect: each node reserves ten numbers at a time. They are unique, but do not ascend across
/// nodes.
#[node]
pub struct BatchingSequencer {
    kv: LinKv,
    reserved: RefCell<Range<u64>>,
}

#[handlers]
impl BatchingSequencer {
    #[handler(type = "next", reply = "number")]
    async fn next(&self) -> mael::Result<u64> {
        let reserved = self.reserved.borrow_mut().next();
        if let Some(number) = reserved {
            return Ok(number);
        }
        let reserve = |end: Option<u64>| end.unwrap_or(0) + 10;
        let end = self.kv.update("end", reserve).await?;
        self.reserved.replace(end - 9..end);
        Ok(end - 10)
    }
}
