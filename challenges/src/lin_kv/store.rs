//! The state machine: registers, and what was answered to whom, so that no request is applied
//! twice however often it is in the log (Ongaro & Ousterhout, section 8).

use std::collections::{BTreeMap, BTreeSet};

use mael::{Error, ErrorCode, NodeId};

/// How many outcomes are remembered for each node that asks. One that asks again behind that many
/// later requests of its own is told that nobody knows.
const REMEMBERED: usize = 1000;

/// Something to be done, under an id of its own.
#[mael::message]
#[derive(Clone)]
pub(super) struct Request {
    /// The node that a client asked.
    pub(super) origin: NodeId,
    pub(super) number: Number,
    pub(super) command: Command,
}

/// Which start of the node that asks, and which of its requests since: ever larger.
pub(super) type Number = (u64, u64);

/// The requests that a node has put into its log in the term that it led last. What the network
/// doubles may come once before the leader is deposed and once after it.
#[derive(Default)]
pub(super) struct Taken {
    term: u64,
    requests: BTreeSet<(NodeId, Number)>,
}

impl Taken {
    /// None in a term that begins.
    pub(super) fn in_term(term: u64) -> Self {
        let requests = BTreeSet::new();
        Self { term, requests }
    }

    pub(super) fn add(&mut self, request: &Request) {
        self.requests
            .insert((request.origin.clone(), request.number));
    }

    /// Whether the request was certainly not taken in this term. Of terms before the last one, and
    /// of those before the node was killed, nothing is known.
    pub(super) fn never(&self, term: u64, request: &Request) -> bool {
        let id = (request.origin.clone(), request.number);
        self.term == term && !self.requests.contains(&id)
    }
}

/// What a client asks for.
#[mael::message]
#[derive(Clone)]
pub(super) enum Command {
    Read { key: u64 },
    Write { key: u64, value: i64 },
    Cas { key: u64, from: i64, to: i64 },
}

/// What a command gives: the value that was read, if it reads.
pub(super) type Outcome = mael::Result<Option<i64>>;

#[derive(Default)]
pub(super) struct Store {
    registers: BTreeMap<u64, i64>,
    sessions: BTreeMap<NodeId, Session>,
}

/// What one node asked for.
#[derive(Default)]
struct Session {
    outcomes: BTreeMap<Number, Outcome>,
    /// The largest number whose outcome is no longer remembered.
    forgotten: Number,
}

impl Store {
    /// What the request gave, if it has been applied.
    pub(super) fn outcome(&self, request: &Request) -> Option<Outcome> {
        let session = self.sessions.get(&request.origin)?;
        let known = session.outcomes.get(&request.number).cloned();
        let too_old = || Error::crash("the request is too old for its outcome to be known");
        known.or_else(|| (request.number <= session.forgotten).then(|| Err(too_old())))
    }

    /// Does what is asked, unless it has been done.
    pub(super) fn apply(&mut self, request: &Request) {
        if self.outcome(request).is_some() {
            return;
        }
        let outcome = self.execute(&request.command);
        let session = self.sessions.entry(request.origin.clone()).or_default();
        session.outcomes.insert(request.number, outcome);
        if session.outcomes.len() > REMEMBERED
            && let Some((number, _)) = session.outcomes.pop_first()
        {
            session.forgotten = number;
        }
    }

    /// Does a command on the registers as they are.
    pub(super) fn execute(&mut self, command: &Command) -> Outcome {
        let key = match command {
            Command::Read { key } | Command::Write { key, .. } | Command::Cas { key, .. } => *key,
        };
        match (command, self.registers.get(&key).copied()) {
            (Command::Read { .. }, Some(value)) => return Ok(Some(value)),
            (Command::Write { value, .. }, _) => self.registers.insert(key, *value),
            (Command::Cas { from, to, .. }, Some(value)) if value == *from => {
                self.registers.insert(key, *to)
            }
            (Command::Cas { from, .. }, Some(value)) => {
                let text = format!("the key {key} holds {value}, not {from}");
                return Err(Error::new(ErrorCode::PreconditionFailed, text));
            }
            (_, None) => {
                let text = format!("there is no key {key}");
                return Err(Error::new(ErrorCode::KeyDoesNotExist, text));
            }
        };
        Ok(None)
    }
}
