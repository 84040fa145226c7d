//! Pairs of invocations and completions, and errors for histories that are not well formed.

use std::collections::hash_map::Entry;
use std::fmt;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::{History, Kind, Operation, Process};

/// An invocation of a client and its completion, if there is one.
pub type Pair<'h> = (&'h Operation, Option<&'h Operation>);

/// The client operations of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs<'h> {
    /// The operations, in the order of their invocations.
    pub list: Vec<Pair<'h>>,
    /// Their invocations and completions, in the order of the history.
    pub events: Vec<PairEvent>,
}

/// An invocation or a completion, given by the index of its operation in [`Pairs::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairEvent {
    /// The operation is invoked.
    Invocation(u32),
    /// The operation completes.
    Completion(u32),
}

/// The error for a history whose invocations and completions can't be paired.
#[derive(Clone, Debug, PartialEq)]
pub struct Unpaired {
    reason: UnpairedReason,
    /// The offending entry.
    entry: Located,
    /// The previous entry of its process, if there is one.
    before: Option<Located>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnpairedReason {
    /// A completion, but no operation is running.
    NothingRuns,
    /// An invocation while the previous operation is still running.
    StillRuns,
    /// A completion whose function differs from that of the invocation.
    OtherFunction,
}

/// An entry of a history and its position there.
#[derive(Clone, Debug, PartialEq)]
struct Located {
    position: usize,
    operation: Operation,
}

/// The last entry of a process.
struct Last {
    position: usize,
    /// The operation that it invoked, if that is still running.
    running: Option<u32>,
}

impl History {
    /// Pairs each client's invocations with their completions.
    ///
    /// The rules are Jepsen's: a client completes an operation before it invokes the next one, and
    /// completes only what it invoked. After an `info` it may invoke another operation. In
    /// addition, both entries must have the same `:f`.
    ///
    /// # Errors
    /// Returns an error at the first entry that violates these rules. Later entries would be
    /// ambiguous, so no checker judges such a history.
    pub fn pairs(&self) -> Result<Pairs<'_>, Box<Unpaired>> {
        let mut pairs = Pairs {
            list: Vec::with_capacity(self.0.len() / 2),
            events: Vec::with_capacity(self.0.len()),
        };
        let mut processes = FxHashMap::<&Process, Last>::default();
        for (position, operation) in self.0.iter().enumerate() {
            if operation.process == Process::Nemesis {
                continue;
            }
            let unpaired = |reason, before: Option<usize>| {
                let locate = |position: usize| Located {
                    position,
                    operation: self.0[position].clone(),
                };
                Box::new(Unpaired {
                    reason,
                    entry: locate(position),
                    before: before.map(locate),
                })
            };
            let last = processes.entry(&operation.process);
            if operation.kind == Kind::Invoke {
                let number = pairs.list.len() as u32;
                let invoked = Last {
                    position,
                    running: Some(number),
                };
                if let Entry::Occupied(last) = &last
                    && last.get().running.is_some()
                {
                    return Err(unpaired(
                        UnpairedReason::StillRuns,
                        Some(last.get().position),
                    ));
                }
                last.insert_entry(invoked);
                pairs.events.push(PairEvent::Invocation(number));
                pairs.list.push((operation, None));
                continue;
            }
            let Entry::Occupied(mut last) = last else {
                return Err(unpaired(UnpairedReason::NothingRuns, None));
            };
            let last = last.get_mut();
            let Some(number) = last.running.take() else {
                return Err(unpaired(UnpairedReason::NothingRuns, Some(last.position)));
            };
            let pair = &mut pairs.list[number as usize];
            if pair.0.f != operation.f {
                return Err(unpaired(UnpairedReason::OtherFunction, Some(last.position)));
            }
            last.position = position;
            pair.1 = Some(operation);
            pairs.events.push(PairEvent::Completion(number));
        }
        Ok(pairs)
    }

    /// Returns the latencies of successful operations in ascending order; empty if the history is
    /// not well formed.
    pub fn latencies(&self) -> Vec<Duration> {
        let latency = |(invocation, completion): (&Operation, &Operation)| {
            Duration::from_nanos(completion.time.saturating_sub(invocation.time))
        };
        let pairs = self.pairs().ok();
        let mut latencies: Vec<_> = pairs.iter().flat_map(Pairs::ok).map(latency).collect();
        latencies.sort_unstable();
        latencies
    }
}

impl<'h> Pairs<'h> {
    /// Returns the invocations and completions of operations that completed as `ok`, in the order
    /// of their completions.
    pub fn ok(&self) -> impl Iterator<Item = (&'h Operation, &'h Operation)> {
        self.events.iter().filter_map(|event| {
            let PairEvent::Completion(number) = *event else {
                return None;
            };
            let (invocation, completion) = self.list[number as usize];
            let completion = completion.filter(|completion| completion.kind == Kind::Ok)?;
            Some((invocation, completion))
        })
    }
}

impl Unpaired {
    /// Describes the error. `line` returns the line in the file of the entry at a position of the
    /// history.
    pub fn with_lines(&self, line: impl Fn(usize) -> Option<u32>) -> String {
        let name = |locate: &Located| {
            let Located {
                position,
                operation,
            } = locate;
            let line = line(*position).map_or(String::new(), |line| format!("line {line}: "));
            format!("operation {} ({line}{})", operation.index, brief(operation))
        };
        let process = &self.entry.operation.process;
        let entry = name(&self.entry);
        let what = match (self.reason, &self.before) {
            (UnpairedReason::NothingRuns, None) => {
                format!("process {process} completes an operation that it never invoked: {entry}")
            }
            (UnpairedReason::NothingRuns, Some(before)) => format!(
                "process {process} completes an operation that it did not invoke: {entry}; its last operation was completed by {}",
                name(before)
            ),
            (UnpairedReason::StillRuns, Some(before)) => format!(
                "process {process} invokes {entry} while its {} is still running",
                name(before)
            ),
            (UnpairedReason::OtherFunction, Some(before)) => format!(
                "process {process} completes its {} with another :f: {entry}",
                name(before)
            ),
            (UnpairedReason::StillRuns | UnpairedReason::OtherFunction, None) => {
                unreachable!("these errors have two entries")
            }
        };
        format!("the history is not well formed, so it can't be judged: {what}")
    }
}

/// Writes the error, with the indexes of the entries concerned.
impl fmt::Display for Unpaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_lines(|_| None))
    }
}

impl std::error::Error for Unpaired {}

/// Returns the text of an entry, truncated if it is long.
fn brief(operation: &Operation) -> String {
    const MAX_CHARS: usize = 80;
    let kind = operation.kind.name();
    let mut text = format!(":{kind} :{} {}", operation.f, operation.value);
    if let Some((completion, _)) = text.char_indices().nth(MAX_CHARS) {
        text.truncate(completion);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> History {
        History::from_edn(&lines.join("\n")).unwrap()
    }

    fn rejection(lines: &[&str]) -> String {
        let history = read(lines);
        let unpaired = history.pairs().unwrap_err();
        unpaired.with_lines(|position| Some(position as u32 + 1))
    }

    const WRITE: &str = "{:process 0, :type :invoke, :f :write, :value [0 1]}";
    const WRITTEN: &str = "{:process 0, :type :ok, :f :write, :value [0 1]}";

    #[test]
    fn invocations_are_paired_with_their_completions() {
        let history = read(&[
            WRITE,
            "{:process :a, :type :invoke, :f :read}",
            "{:process :nemesis, :type :info, :f :start}",
            WRITTEN,
            "{:process 0, :type :invoke, :f :write, :value [0 2]}",
            "{:process :nemesis, :type :info, :f :stop}",
            "{:process \"a\", :type :fail, :f :read}",
        ]);
        let pairs = history.pairs().unwrap();
        let index = |(invocation, completion): &Pair<'_>| {
            (
                invocation.index,
                completion.map(|completion| completion.index),
            )
        };
        let indexes: Vec<_> = pairs.list.iter().map(index).collect();
        assert_eq!(indexes, [(0, Some(3)), (1, Some(6)), (4, None)]);
        use PairEvent::{Completion, Invocation};
        let events = [
            Invocation(0),
            Invocation(1),
            Completion(0),
            Invocation(2),
            Completion(1),
        ];
        assert_eq!(pairs.events, events);
        assert_eq!(pairs.ok().count(), 1);
    }

    #[test]
    fn a_client_may_continue_after_an_operation_of_unknown_outcome() {
        let info = WRITTEN.replace(":ok", ":info");
        let history = read(&[WRITE, &info, WRITE, &info, WRITE]);
        assert_eq!(history.pairs().unwrap().list.len(), 3);
    }

    #[test]
    fn a_completion_without_an_invocation_is_rejected() {
        for kind in [":ok", ":fail", ":info"] {
            let alone = WRITTEN.replace(":ok", kind);
            let alone = alone.as_str();
            assert_eq!(
                rejection(&[WRITE, WRITTEN, &alone.replace("process 0", "process 9")]),
                format!(
                    "the history is not well formed, so it can't be judged: process 9 completes an \
                     operation that it never invoked: operation 2 (line 3: {kind} :write [0 1])"
                )
            );
            let again = rejection(&[WRITE, WRITTEN, alone]);
            assert!(
                again.contains("did not invoke: operation 2 (line 3: "),
                "{again}"
            );
            let before =
                "its last operation was completed by operation 1 (line 2: :ok :write [0 1])";
            assert!(again.ends_with(before), "{again}");
        }
    }

    #[test]
    fn an_invocation_before_the_previous_completion_is_rejected() {
        let read = "{:process 0, :type :invoke, :f :read, :value [0 nil]}";
        let rejection = rejection(&[WRITE, read, WRITTEN]);
        let expected = "process 0 invokes operation 1 (line 2: :invoke :read [0 nil]) \
                        while its operation 0 (line 1: :invoke :write [0 1]) is still running";
        assert!(rejection.ends_with(expected), "{rejection}");
    }

    #[test]
    fn a_completion_with_another_function_is_rejected() {
        let long = format!(
            "{{:process 0, :type :ok, :f :read, :value \"{}\"}}",
            "é".repeat(1000)
        );
        let rejection = rejection(&[WRITE, &long]);
        assert!(
            rejection.contains("with another :f: operation 1"),
            "{rejection}"
        );
        assert!(rejection.ends_with("é…)"), "{rejection}");
        assert!(rejection.len() < 500);
    }
}
