//! The messages that an operation causes: its request, the replies to it, and what follows from it
//! until the operation completes.
//!
//! A reply follows from its request. Any other message of a node follows from each message that the
//! node received before. So a message that a node would have sent anyway is included, but nothing
//! that the operation cannot have caused.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use mael::protocol::RawValue;
use mael_history::{Kind, Operation, Process};

use super::operation::node_of;
use super::selection::SelectedOperation;
use crate::Options;
use crate::recorded::{Header, Journaled};
use crate::services;

/// Follows the messages of one operation.
pub(super) struct Causes {
    operation: SelectedOperation,
    origin: u64,
    clients: Clients,
    /// The name of the client of the operation, once it has sent a request.
    client: Option<String>,
    is_answered: bool,
    /// The servers that have received a message that follows from the operation. Services are left
    /// out, because they only reply.
    reached: BTreeSet<String>,
    /// The requests that follow from the operation, by sender and message id.
    requests: BTreeSet<(String, String)>,
    /// The numbers of the messages that follow from it.
    messages: BTreeSet<u64>,
}

impl Causes {
    pub(super) fn new(operation: &SelectedOperation, options: &Options, origin: u64) -> Self {
        Self {
            operation: operation.clone(),
            origin,
            clients: Clients::new(options),
            client: None,
            is_answered: false,
            reached: BTreeSet::new(),
            requests: BTreeSet::new(),
            messages: BTreeSet::new(),
        }
    }

    pub(super) fn on_operation(&mut self, entry: &Operation) {
        self.clients.on_operation(entry);
    }

    /// Whether a message that is sent follows from the operation.
    pub(super) fn on_send(&mut self, time: u64, message: &Journaled<Box<RawValue>>) -> bool {
        let Journaled {
            src, dest, body, ..
        } = message;
        let header = Header::read(body);
        let is_pending = self.operation.is_pending(time.saturating_sub(self.origin));
        let process = self.clients.on_send(message, &header);
        let follows = if process.is_some() {
            let is_request = is_pending && process == Some(self.operation.process);
            if is_request {
                self.client = Some(src.clone());
            }
            is_request
        } else if let Some(id) = header.in_reply_to {
            let is_reply = self.requests.contains(&(dest.clone(), id.get().to_owned()));
            let to_client = self.client.as_ref() == Some(dest);
            self.is_answered |= is_reply && to_client;
            is_reply && (is_pending || to_client)
        } else {
            is_pending && self.reached.contains(src)
        };
        if follows {
            self.messages.insert(message.id);
            if let Some(id) = header.msg_id {
                self.requests.insert((src.clone(), id.get().to_owned()));
            }
        }
        follows
    }

    pub(super) fn on_receive(&mut self, time: u64, message: &Journaled<Box<RawValue>>) {
        let is_pending = self.operation.is_pending(time.saturating_sub(self.origin));
        let is_service = services::NAMES.contains(&&*message.dest);
        if is_pending && !is_service && self.messages.contains(&message.id) {
            self.reached.insert(message.dest.clone());
        }
    }

    /// Whether nothing follows from the operation after a time since the start of the run. A reply
    /// can be late.
    pub(super) fn are_complete(&self, now: u64) -> bool {
        let is_over = |completed| now > self.origin.saturating_add(completed);
        self.is_answered && self.operation.completed.is_some_and(is_over)
    }
}

/// Which clients of the journal belong to which processes of the history. They have different
/// names, but a client's first request is the next one to its node after an invocation there.
struct Clients {
    options: Options,
    /// The current process of each client thread.
    processes: BTreeMap<usize, usize>,
    /// For each node, the threads that have invoked an operation and sent nothing since.
    waiting: BTreeMap<String, VecDeque<usize>>,
    threads: BTreeMap<String, usize>,
}

impl Clients {
    fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            processes: BTreeMap::new(),
            waiting: BTreeMap::new(),
            threads: BTreeMap::new(),
        }
    }

    fn on_operation(&mut self, entry: &Operation) {
        let Process::Client(process) = entry.process else {
            return;
        };
        let Some(node) = node_of(&entry.process, &self.options) else {
            return;
        };
        let thread = process % self.options.clients();
        let waiting = self.waiting.entry(node.to_owned()).or_default();
        waiting.retain(|other| *other != thread);
        if entry.kind == Kind::Invoke {
            self.processes.insert(thread, process);
            waiting.push_back(thread);
        }
    }

    /// Returns the process that sends a message, if one does.
    fn on_send(
        &mut self,
        message: &Journaled<Box<RawValue>>,
        header: &Header<'_>,
    ) -> Option<usize> {
        let Journaled { src, dest, .. } = message;
        let is_init = header.r#type.is_some_and(|name| name.get() == "\"init\"");
        if !message.is_of_client() || is_init {
            return None;
        }
        let waiting = self.waiting.get_mut(dest)?;
        let thread = match self.threads.get(src) {
            Some(thread) => *thread,
            None => *waiting.front()?,
        };
        waiting.retain(|other| *other != thread);
        self.threads.insert(src.clone(), thread);
        self.processes.get(&thread).copied()
    }
}
