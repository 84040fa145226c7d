//! What became of holders, by the messages that the store took and answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// How holds ended that did not end well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Holds that others took over, because their holder was dead or late.
    pub(crate) taken_over: usize,
    /// Commits that came after that, and were refused.
    pub(crate) refused: usize,
}

impl Ends {
    /// Reads the journal of a run.
    pub(crate) fn of(journal: &[u8]) -> Self {
        let journal = std::str::from_utf8(journal).expect("the journal is text");
        let mut tally = Tally::default();
        for line in journal.lines().filter(|line| is_of_a_swap(line)) {
            let event: Value = serde_json::from_str(line).expect("each line is a JSON object");
            let message = &event["message"];
            let (src, dest, body) = (&message["src"], &message["dest"], &message["body"]);
            if event["type"] == "recv" && body["type"] == "cas" {
                tally.ask(call(src, &body["msg_id"]), body);
            } else if event["type"] == "send" && src == "lin-kv" {
                tally.answer(&call(dest, &body["in_reply_to"]), body["type"] == "cas_ok");
            }
        }
        tally.ends
    }
}

/// Whether a line may be about a compare-and-set or a reply to one.
fn is_of_a_swap(line: &str) -> bool {
    line.contains(r#""cas"#) || line.contains(r#""error""#)
}

/// A request, by who sent it under which number.
type Call = (String, String);

fn call(node: &Value, number: &Value) -> Call {
    (node.to_string(), number.to_string())
}

#[derive(Default)]
struct Tally {
    ends: Ends,
    /// The compare-and-sets that the store took; None once it has answered.
    asked: BTreeMap<Call, Option<Value>>,
    /// The holds that were committed.
    committed: BTreeSet<String>,
}

impl Tally {
    fn ask(&mut self, call: Call, swap: &Value) {
        self.asked.entry(call).or_insert_with(|| Some(swap.clone()));
    }

    /// The first answer to a request counts; others are to its duplicates.
    fn answer(&mut self, call: &Call, accepted: bool) {
        let Some(swap) = self.asked.get_mut(call).and_then(Option::take) else {
            return;
        };
        let (from, to) = (&swap["from"]["owner"], &swap["to"]["owner"]);
        if !from.is_object() {
            return;
        }
        if to.is_object() {
            self.ends.taken_over += usize::from(accepted && from != to);
            return;
        }
        let hold = swap["from"].to_string();
        if accepted {
            self.committed.insert(hold);
        } else if !self.committed.contains(&hold) {
            self.ends.refused += 1;
        }
    }
}
