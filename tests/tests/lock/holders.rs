//! Counts how holds ended, from the messages that the store received and sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Counts of holds that did not end with a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Holds that were taken over because their holder was dead or too slow.
    pub(crate) taken_over: usize,
    /// Commits after a takeover, which were rejected.
    pub(crate) refused: usize,
}

impl Ends {
    /// Reads the journal of a run.
    pub(crate) fn of(journal: &[u8]) -> Self {
        let journal = std::str::from_utf8(journal).expect("the journal is text");
        let mut tally = Tally::default();
        for line in journal.lines().filter(|line| mentions_cas(line)) {
            let event: Value = serde_json::from_str(line).expect("each line is a JSON object");
            let message = &event["message"];
            let (src, dest, body) = (&message["src"], &message["dest"], &message["body"]);
            if event["type"] == "recv" && body["type"] == "cas" {
                tally.request(call(src, &body["msg_id"]), body);
            } else if event["type"] == "send" && src == "lin-kv" {
                tally.reply(&call(dest, &body["in_reply_to"]), body["type"] == "cas_ok");
            }
        }
        tally.ends
    }
}

/// Returns true if a line may contain a compare-and-set or a reply to one.
fn mentions_cas(line: &str) -> bool {
    line.contains(r#""cas"#) || line.contains(r#""error""#)
}

/// A request, identified by its sender and message id.
type Call = (String, String);

fn call(node: &Value, number: &Value) -> Call {
    (node.to_string(), number.to_string())
}

#[derive(Default)]
struct Tally {
    ends: Ends,
    /// The compare-and-sets that the store received; `None` after it has replied.
    requests: BTreeMap<Call, Option<Value>>,
    /// The holds that were committed.
    committed: BTreeSet<String>,
}

impl Tally {
    fn request(&mut self, call: Call, swap: &Value) {
        self.requests
            .entry(call)
            .or_insert_with(|| Some(swap.clone()));
    }

    /// Only the first reply to a request counts; later ones are replies to its duplicates.
    fn reply(&mut self, call: &Call, accepted: bool) {
        let Some(swap) = self.requests.get_mut(call).and_then(Option::take) else {
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
