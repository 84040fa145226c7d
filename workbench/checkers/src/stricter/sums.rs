//! Sums that a counter could not have had.

use mael_history::{History, Integer, Kind, Operation, Pairs, Value};

use super::Stricter;

/// Checks each read of a counter that succeeded, final or not: its value must lie between the
/// least and the greatest sum of the additions that had begun before it ended and did not fail. A
/// read may be stale, so that any of them may be missing.
///
/// Findings are `future-read`, if the additions that began later make the value possible, and
/// `garbage-read`, if none do.
pub fn check(history: &History, stricter: &mut Stricter) {
    let Ok(Pairs { list: pairs, .. }) = history.pairs() else {
        return;
    };
    let counts = |completion: Option<&Operation>| {
        completion.is_none_or(|completion| completion.kind != Kind::Fail)
    };
    let mut all = Range::default();
    let mut additions: Vec<&Operation> = Vec::new();
    for (invocation, completion) in &pairs {
        if invocation.f == "add" && counts(*completion) {
            additions.push(invocation);
            all.add(&invocation.value);
        }
    }
    let mut invoked = Range::default();
    let mut additions = additions.into_iter().peekable();
    let reads = history.completions();
    for read in reads.filter(|completion| completion.kind == Kind::Ok && completion.f == "read") {
        while let Some(addition) = additions.next_if(|invocation| invocation.index < read.index) {
            invoked.add(&addition.value);
        }
        if invoked.contains(&read.value) {
            continue;
        }
        let later = all.contains(&read.value);
        let name = if later { "future-read" } else { "garbage-read" };
        stricter.add(name, read, || {
            let which = if later { ", yet" } else { "" };
            let text = format!(
                "read {}, which no additions make{which}: those that had begun make {} to {}",
                read.value, invoked.low, invoked.high
            );
            (vec![("value", read.value.clone())], text)
        });
    }
}

/// The sums from the least to the greatest.
#[derive(Default)]
struct Range {
    low: Integer,
    high: Integer,
}

impl Range {
    /// Takes in that a number may count.
    fn add(&mut self, delta: &Value) {
        if let Value::Int(delta) = delta {
            let bound = match delta.is_negative() {
                true => &mut self.low,
                false => &mut self.high,
            };
            *bound = &*bound + delta;
        }
    }

    /// Whether a sum is possible. What is no integer is not for this to judge.
    fn contains(&self, value: &Value) -> bool {
        match value {
            Value::Int(value) => (&self.low..=&self.high).contains(&value),
            _ => true,
        }
    }
}
