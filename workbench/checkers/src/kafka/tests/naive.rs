//! A naive implementation of the definitions, without regard for speed.

use std::collections::{BTreeMap, BTreeSet};

use mael_history::{Kind, Value};

use super::super::clojure;
use super::random::{Action, RandomHistory, RandomOperation};

type AnomalyCounts = BTreeMap<&'static str, usize>;

/// Returns the number of cases of each anomaly; for `unseen`, the number of messages.
pub(super) fn count(case: &RandomHistory) -> AnomalyCounts {
    let naive = Naive { case };
    let mut counts = AnomalyCounts::new();
    for key in 0..naive.keys() {
        let log = naive.log(key);
        let inconsistent = log.iter().filter(|values| values.len() > 1).count();
        add(&mut counts, "inconsistent-offsets", inconsistent);
        let all: BTreeSet<u64> = log.iter().flatten().copied().collect();
        let times = |value: &u64| log.iter().filter(|it| it.contains(value)).count();
        let duplicates = all.iter().filter(|value| times(value) > 1).count();
        add(&mut counts, "duplicate", duplicates);
        add(&mut counts, "lost-write", naive.lost(key).len());
        add(&mut counts, "unseen", naive.unseen(key).len());
        naive.count_visible(key, &mut counts);
        naive.count_steps_within(key, &mut counts);
        naive.count_steps_between(key, &mut counts);
    }
    naive.count_cycles(&mut counts);
    counts
}

fn add(counts: &mut AnomalyCounts, name: &'static str, count: usize) {
    if count > 0 {
        *counts.entry(name).or_default() += count;
    }
}

struct Naive<'a> {
    case: &'a RandomHistory,
}

impl Naive<'_> {
    fn operations(&self) -> &[RandomOperation] {
        &self.case.operations
    }

    /// Returns the operations that send or poll, in the order of their completions.
    fn transactions(&self) -> impl Iterator<Item = &RandomOperation> {
        let transactions = self.operations().iter();
        transactions.filter(|it| !matches!(it.action, Action::Assign(_) | Action::Crash))
    }

    fn keys(&self) -> usize {
        self.case.keys
    }

    fn writer(&self, key: usize, value: u64) -> Option<&RandomOperation> {
        self.operations()
            .iter()
            .find(|it| it.sent(key).iter().any(|(_, sent)| *sent == value))
    }

    fn was_read(&self, key: usize, value: u64) -> bool {
        self.operations().iter().any(|it| {
            it.kind == Kind::Ok && it.polled(key).iter().any(|(_, polled)| *polled == value)
        })
    }

    fn committed(&self, operation: &RandomOperation) -> bool {
        let read = |key| {
            let mut sent = operation.sent(key).into_iter();
            sent.any(|(_, value)| self.was_read(key, value))
        };
        match operation.kind {
            Kind::Ok => true,
            Kind::Info => (0..self.keys()).any(read),
            _ => false,
        }
    }

    /// Returns the values at each offset that exists.
    fn log(&self, key: usize) -> Vec<BTreeSet<u64>> {
        let mut log = BTreeMap::<i128, BTreeSet<u64>>::new();
        for operation in self.operations() {
            let mut entries = operation.polled(key);
            if self.committed(operation) {
                entries.extend(operation.sent(key));
            }
            for (offset, value) in entries {
                if let Some(offset) = offset {
                    log.entry(offset).or_default().insert(value);
                }
            }
        }
        log.into_values().collect()
    }

    /// Returns the index of a value, where one value is chosen at each offset.
    fn index(&self, key: usize, value: u64) -> Option<usize> {
        let chosen = self.log(key).into_iter().map(|values| {
            let mut values: Vec<Value> = values.into_iter().map(Value::from).collect();
            values.sort_by(|a, b| clojure::rank(a).cmp(&clojure::rank(b)));
            values.remove(0)
        });
        let chosen: Vec<Value> = chosen.collect();
        chosen.iter().rposition(|it| *it == Value::from(value))
    }

    fn distance(&self, key: usize, from: Option<u64>, to: Option<u64>) -> i64 {
        let index = |value: Option<u64>| self.index(key, value?);
        match (index(from), index(to)) {
            (Some(from), Some(to)) => to as i64 - from as i64,
            _ => 1,
        }
    }

    fn lost(&self, key: usize) -> BTreeSet<u64> {
        let log = self.log(key);
        let holds = |value: u64| move |values: &BTreeSet<u64>| values.contains(&value);
        let all: BTreeSet<u64> = log.iter().flatten().copied().collect();
        let read = all.iter().filter(|value| self.was_read(key, **value));
        let firsts = read.filter_map(|value| log.iter().position(holds(*value)));
        let Some(bound) = firsts.max() else {
            return BTreeSet::new();
        };
        let must = all
            .into_iter()
            .filter(|value| log.iter().rposition(holds(*value)) <= Some(bound));
        must.filter(|value| !self.was_read(key, *value))
            .filter(|value| {
                self.writer(key, *value)
                    .is_some_and(|it| self.committed(it))
            })
            .collect()
    }

    fn unseen(&self, key: usize) -> BTreeSet<u64> {
        let successes = || self.transactions().filter(|it| it.kind == Kind::Ok);
        let sent = successes().flat_map(|it| it.sent(key));
        let mut unseen: BTreeSet<u64> = sent.map(|(_, value)| value).collect();
        unseen.retain(|value| !self.was_read(key, *value));
        // Jepsen reports such a key too.
        let shows = |it: &&RandomOperation| it.polls(key) || !it.sent(key).is_empty();
        if let Some(last) = successes().last()
            && successes().filter(shows).count() == 1
            && last.polls(key)
            && last.sent(key).is_empty()
        {
            unseen.extend(last.polled(key).into_iter().map(|(_, value)| value));
        }
        unseen
    }

    fn count_visible(&self, key: usize, counts: &mut AnomalyCounts) {
        for operation in self.operations() {
            let sent = operation.sent(key);
            let polled = operation.polled(key);
            let own = |(_, value): &(_, u64)| sent.iter().any(|(_, sent)| sent == value);
            if polled.iter().any(own) && (0..key).all(|it| !self.has_own(operation, it)) {
                add(counts, "precommitted-read", 1);
            }
            if operation.kind != Kind::Ok {
                continue;
            }
            for (_, value) in polled {
                match self.writer(key, value).map(|it| it.kind) {
                    None => add(counts, "garbage-read", 1),
                    Some(Kind::Fail) => add(counts, "G1a", 1),
                    Some(_) => {}
                }
            }
        }
    }

    fn has_own(&self, operation: &RandomOperation, key: usize) -> bool {
        let sent = operation.sent(key);
        let mut polled = operation.polled(key).into_iter();
        polled.any(|(_, value)| sent.iter().any(|(_, sent)| *sent == value))
    }

    fn count_steps_within(&self, key: usize, counts: &mut AnomalyCounts) {
        for operation in self.operations() {
            for (values, skip, back) in [
                (
                    operation.polled(key),
                    "int-poll-skip",
                    "int-nonmonotonic-poll",
                ),
                (
                    operation.sent(key),
                    "int-send-skip",
                    "int-nonmonotonic-send",
                ),
            ] {
                for pair in values.windows(2) {
                    let distance = self.distance(key, Some(pair[0].1), Some(pair[1].1));
                    add(counts, skip, usize::from(distance > 1));
                    add(counts, back, usize::from(distance < 1));
                }
            }
        }
    }

    fn count_steps_between(&self, key: usize, counts: &mut AnomalyCounts) {
        for (position, operation) in self.operations().iter().enumerate() {
            let before = |acts: fn(&RandomOperation, usize) -> bool, moves: fn(Kind) -> bool| {
                let earlier = self.operations()[..position].iter().rev();
                let mut own = earlier.filter(|it| it.process == operation.process);
                let before = own.find(|it| {
                    let forgets = match &it.action {
                        Action::Assign(keys) => it.kind != Kind::Fail && !keys.contains(&key),
                        _ => false,
                    };
                    forgets || acts(it, key) && moves(it.kind)
                });
                before.filter(|it| !matches!(it.action, Action::Assign(_)))
            };
            if operation.polls(key)
                && let Some(before) = before(RandomOperation::polls, |kind| kind == Kind::Ok)
            {
                let last = before.polled(key).last().map(|(_, value)| *value);
                let first = operation.polled(key).first().map(|(_, value)| *value);
                let distance = self.distance(key, last, first);
                add(counts, "poll-skip", usize::from(distance > 1));
                add(counts, "nonmonotonic-poll", usize::from(distance < 1));
            }
            let sends =
                |it: &RandomOperation, key| !it.sent(key).is_empty() && it.kind != Kind::Fail;
            if sends(operation, key)
                && let Some(before) = before(sends, |_| true)
            {
                let last = before.sent(key).last().map(|(_, value)| *value);
                let first = operation.sent(key).first().map(|(_, value)| *value);
                let distance = self.distance(key, last, first);
                add(counts, "nonmonotonic-send", usize::from(distance < 1));
            }
        }
    }

    /// Counts strongly connected components: those by sends and polls alone, and those only with
    /// realtime order.
    fn count_cycles(&self, counts: &mut AnomalyCounts) {
        let all: Vec<&RandomOperation> = self.transactions().collect();
        let count = all.len();
        let mut wr = vec![vec![false; count]; count];
        let mut any = wr.clone();
        for (from, one) in all.iter().enumerate() {
            for (to, other) in all.iter().enumerate() {
                let polls = |key| {
                    let mut sent = one.sent(key).into_iter();
                    sent.any(|(_, value)| {
                        other.polled(key).iter().any(|(_, polled)| *polled == value)
                    })
                };
                wr[from][to] = from != to && (0..self.keys()).any(polls);
                let before = one
                    .completed_at
                    .is_some_and(|completion| completion < other.invoked_at);
                let ended = other.completed_at.is_some() || self.committed(other);
                let realtime = one.kind == Kind::Ok && before && ended && other.kind != Kind::Fail;
                any[from][to] = wr[from][to] || realtime;
            }
        }
        let edges = any.iter().flatten().filter(|edge| **edge).count();
        add(counts, "empty-transaction-graph", usize::from(edges == 0));
        let (wr, any) = (closure(wr), closure(any));
        let mut counted = BTreeSet::new();
        for (from, reached) in any.iter().enumerate() {
            let members: Vec<usize> = (0..count)
                .filter(|to| reached[*to] && any[*to][from])
                .collect();
            if members.is_empty() || !counted.insert(members.clone()) {
                continue;
            }
            let by_data = members.iter().any(|member| wr[*member][*member]);
            let (cycle, cycle_exists) = if by_data {
                ("G1c", "PL-2-cycle-exists")
            } else {
                ("G1c-realtime", "strong-PL-2-cycle-exists")
            };
            add(counts, cycle, 1);
            add(counts, cycle_exists, 1);
        }
    }
}

fn closure(mut edges: Vec<Vec<bool>>) -> Vec<Vec<bool>> {
    let count = edges.len();
    for over in 0..count {
        for from in 0..count {
            for to in 0..count {
                edges[from][to] |= edges[from][over] && edges[over][to];
            }
        }
    }
    edges
}
