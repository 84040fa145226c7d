//! Small random histories of logs that are mostly correct.

use std::collections::BTreeMap;

use fastrand::Rng;

use mael_history::{History, Kind, Process, Value};

/// A random history.
#[derive(Debug, Default)]
pub(super) struct RandomHistory {
    pub(super) keys: usize,
    /// In the order of their completions; those that never completed come last, in the order of
    /// their invocations.
    pub(super) operations: Vec<RandomOperation>,
}

/// An operation; its invocation and completion are positions in the history.
#[derive(Clone, Debug)]
pub(super) struct RandomOperation {
    pub(super) process: usize,
    pub(super) invoked_at: usize,
    pub(super) completed_at: Option<usize>,
    pub(super) kind: Kind,
    pub(super) action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    Crash,
    Assign(Vec<usize>),
    Transaction(Vec<Step>),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Send(usize, PolledEntry),
    Poll(BTreeMap<usize, Vec<PolledEntry>>),
}

pub(super) type PolledEntry = (Option<i128>, u64);

impl RandomOperation {
    fn steps(&self) -> &[Step] {
        match &self.action {
            Action::Transaction(steps) => steps,
            _ => &[],
        }
    }

    pub(super) fn sent(&self, key: usize) -> Vec<PolledEntry> {
        let sent = self.steps().iter().filter_map(|step| match step {
            Step::Send(to, entry) if *to == key => Some(*entry),
            _ => None,
        });
        sent.collect()
    }

    /// Returns whether a key was polled, perhaps without messages.
    pub(super) fn polls(&self, key: usize) -> bool {
        let shows = |step: &Step| matches!(step, Step::Poll(polled) if polled.contains_key(&key));
        self.steps().iter().any(shows)
    }

    pub(super) fn polled(&self, key: usize) -> Vec<PolledEntry> {
        let polled = self.steps().iter().filter_map(|step| match step {
            Step::Poll(polled) => polled.get(&key).cloned(),
            Step::Send(..) => None,
        });
        polled.flatten().collect()
    }
}

/// Returns a random history.
pub(super) fn case(random: &mut Rng) -> RandomHistory {
    let mut maker = Generator {
        // The probability of an error, in tenths.
        mischief: [0, 0, 1, 2, 4][random.usize(..5)],
        sent: vec![0; random.usize(1..4)],
        logs: Vec::new(),
        positions: BTreeMap::new(),
        random,
    };
    maker.logs = vec![BTreeMap::new(); maker.sent.len()];
    maker.make()
}

struct Generator<'r> {
    random: &'r mut Rng,
    mischief: u32,
    /// The last value sent to each key.
    sent: Vec<u64>,
    logs: Vec<BTreeMap<i128, u64>>,
    /// The keys assigned to each process, and how far it has polled them.
    positions: BTreeMap<usize, BTreeMap<usize, i128>>,
}

impl Generator<'_> {
    fn make(mut self) -> RandomHistory {
        let mut processes: Vec<usize> = (0..self.random.usize(1..4)).collect();
        let threads = processes.len();
        let mut open = BTreeMap::<usize, RandomOperation>::new();
        let mut operations = Vec::new();
        for position in 0..self.random.usize(2..30) {
            let thread = self.random.usize(..threads);
            let process = processes[thread];
            if let Some(mut operation) = open.remove(&process) {
                operation.completed_at = Some(position);
                operation.kind = self.kind(&operation);
                self.finish(&mut operation);
                if operation.kind == Kind::Info {
                    processes[thread] += threads;
                }
                operations.push(operation);
            } else {
                let operation = self.operation(process, position);
                open.insert(process, operation);
            }
        }
        let mut open: Vec<RandomOperation> = open.into_values().collect();
        open.sort_by_key(|operation| operation.invoked_at);
        for operation in &mut open {
            self.finish(operation);
        }
        operations.extend(open);
        RandomHistory {
            keys: self.logs.len(),
            operations,
        }
    }

    fn is_faulty(&mut self) -> bool {
        self.random.u32(..10) < self.mischief
    }

    fn key(&mut self) -> usize {
        self.random.usize(..self.logs.len())
    }

    fn kind(&mut self, operation: &RandomOperation) -> Kind {
        match (&operation.action, self.random.u32(..12)) {
            (Action::Crash, _) | (_, 0) => Kind::Info,
            (_, 1) => Kind::Fail,
            _ => Kind::Ok,
        }
    }

    fn operation(&mut self, process: usize, invoked_at: usize) -> RandomOperation {
        let action = match self.random.u32(..12) {
            0 => Action::Crash,
            1..4 => {
                let keys = 0..self.logs.len();
                Action::Assign(keys.filter(|_| self.random.bool()).collect())
            }
            _ => {
                let steps = [1, 1, 1, 1, 2, 3][self.random.usize(..6)];
                Action::Transaction((0..steps).map(|_| self.step()).collect())
            }
        };
        // The messages that are in the log from the invocation on.
        let operation = RandomOperation {
            process,
            invoked_at,
            completed_at: None,
            kind: Kind::Info,
            action,
        };
        for step in operation.steps() {
            if let Step::Send(key, (Some(offset), value)) = step {
                self.logs[*key].insert(*offset, *value);
            }
        }
        operation
    }

    fn step(&mut self) -> Step {
        if self.random.bool() {
            return Step::Poll(BTreeMap::new());
        }
        let key = self.key();
        self.sent[key] += 1;
        let end = self.logs[key].last_key_value().map_or(0, |(it, _)| it + 1);
        let offset = if self.is_faulty() {
            self.random.i128(0..6)
        } else {
            end + self.random.i128(0..2) * self.random.i128(0..2)
        };
        Step::Send(key, (Some(offset), self.sent[key]))
    }

    /// Completes an operation.
    fn finish(&mut self, operation: &mut RandomOperation) {
        let (kind, process) = (operation.kind, operation.process);
        match &mut operation.action {
            Action::Crash => {}
            Action::Assign(keys) => {
                if kind == Kind::Ok {
                    let before = self.positions.remove(&process).unwrap_or_default();
                    let position = |key: &usize| (*key, before.get(key).copied().unwrap_or(0));
                    let after = keys.iter().map(position).collect();
                    self.positions.insert(process, after);
                }
            }
            Action::Transaction(steps) => {
                for step in steps {
                    match step {
                        Step::Send(_, (offset, _)) if kind != Kind::Ok => *offset = None,
                        Step::Poll(polled) if kind == Kind::Ok => *polled = self.poll(process),
                        Step::Send(..) | Step::Poll(_) => {}
                    }
                }
            }
        }
    }

    fn poll(&mut self, process: usize) -> BTreeMap<usize, Vec<PolledEntry>> {
        let all = || (0..self.logs.len()).map(|key| (key, 0)).collect();
        let mut positions = self.positions.remove(&process).unwrap_or_else(all);
        if self.is_faulty() {
            positions.entry(self.key()).or_default();
        }
        let mut polled = BTreeMap::new();
        for (key, position) in &mut positions {
            let messages: Vec<PolledEntry> = self.logs[*key]
                .range(*position..)
                .map(|(offset, value)| (Some(*offset), *value))
                .take(self.random.usize(1..6))
                .collect();
            let messages = self.corrupt(messages);
            if let Some((Some(offset), _)) = messages.last() {
                *position = (offset + 1).max(*position);
            }
            if !messages.is_empty() || self.random.bool() {
                polled.insert(*key, messages);
            }
        }
        self.positions.insert(process, positions);
        polled
    }

    fn corrupt(&mut self, mut messages: Vec<PolledEntry>) -> Vec<PolledEntry> {
        if messages.is_empty() || !self.is_faulty() {
            return messages;
        }
        let place = self.random.usize(..messages.len());
        match self.random.u32(..7) {
            0 => messages.reverse(),
            1 => messages.insert(0, messages[place]),
            2 => messages[place].1 = self.random.u64(1..5),
            3 => messages[place].0 = Some(self.random.i128(0..6)),
            4 => messages[place].0 = None,
            _ => {
                messages.remove(place);
            }
        }
        messages
    }
}

impl RandomHistory {
    /// Returns the history as a test records it.
    pub(super) fn to_history(&self) -> History {
        let mut entries = BTreeMap::new();
        for operation in &self.operations {
            entries.insert(
                operation.invoked_at,
                operation.recorded(Kind::Invoke, operation.invoked_at),
            );
            if let Some(end) = operation.completed_at {
                entries.insert(end, operation.recorded(operation.kind, end));
            }
        }
        History(entries.into_values().collect())
    }
}

impl RandomOperation {
    fn recorded(&self, kind: Kind, index: usize) -> mael_history::Operation {
        let f = match &self.action {
            Action::Crash => "crash",
            Action::Assign(_) => "assign",
            Action::Transaction(_) => "txn",
        };
        let key = |key: &usize| Value::from(key.to_string());
        let value = match &self.action {
            Action::Crash => Value::Nil,
            Action::Assign(keys) => keys.iter().map(key).collect::<Vec<_>>().into(),
            Action::Transaction(steps) => {
                let steps = steps.iter().map(|step| match step {
                    Step::Send(to, (Some(offset), value)) if kind == Kind::Ok => {
                        let sent = vec![Value::from(*offset), (*value).into()];
                        vec![Value::keyword("send"), key(to), sent.into()]
                    }
                    Step::Send(to, (_, value)) => {
                        vec![Value::keyword("send"), key(to), (*value).into()]
                    }
                    Step::Poll(polled) if kind == Kind::Ok => {
                        let entry = |(offset, value): &PolledEntry| {
                            Value::from(vec![Value::from(*offset), (*value).into()])
                        };
                        let polled = polled.iter().map(|(from, entries)| {
                            let entries: Vec<Value> = entries.iter().map(entry).collect();
                            (key(from), Value::from(entries))
                        });
                        vec![Value::keyword("poll"), Value::Map(polled.collect())]
                    }
                    Step::Poll(_) => vec![Value::keyword("poll")],
                });
                steps.collect::<Vec<_>>().into()
            }
        };
        mael_history::Operation {
            index,
            time: index as u64 * 1_000_000,
            kind,
            process: Process::Client(self.process),
            f: f.into(),
            value,
            is_final: false,
            error: None,
            exception: None,
            extra: Vec::new(),
        }
    }
}
