//! Sums that a counter can't have.

use mael_history::{History, Integer, Kind, Operation, Pairs, Value};

use super::Stricter;

/// Checks each successful read of a counter, final or not: its value must lie between the least and
/// the greatest sum of the additions that were invoked before it completed and did not fail. A read
/// may be stale, so any of them may be missing.
///
/// Findings are `future-read` if additions that were invoked later make the value possible, and
/// `garbage-read` otherwise.
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
            let which = if later { " yet" } else { "" };
            let text = format!(
                "read {}, which is not a possible sum{which}: sums of the additions invoked \
                 before range from {} to {}",
                read.value, invoked.low, invoked.high
            );
            (vec![("value", read.value.clone())], text)
        });
    }
}

/// The range of possible sums.
#[derive(Default)]
struct Range {
    low: Integer,
    high: Integer,
}

impl Range {
    /// Widens the range by an addition that may count or not.
    fn add(&mut self, delta: &Value) {
        if let Value::Int(delta) = delta {
            let bound = if delta.is_negative() {
                &mut self.low
            } else {
                &mut self.high
            };
            *bound = &*bound + delta;
        }
    }

    /// Returns whether a sum is possible. Values other than integers are accepted here; another
    /// rule reports them.
    fn contains(&self, value: &Value) -> bool {
        match value {
            Value::Int(value) => (&self.low..=&self.high).contains(&value),
            _ => true,
        }
    }
}
