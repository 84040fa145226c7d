//! The clients of the kafka workload, and their requests.

use std::collections::BTreeMap;

use mael::executor::LocalFuture;
use mael_checkers::kafka::COMMITTED;
use mael_checkers::kafka::steps::{Step, poll, send, steps};
use mael_history::{Integer, Value};

use crate::engine::{Connection, Invocation, RpcError};
use crate::rpc;
use crate::workloads::Client;

rpc! {
    /// Appends a message to a key's log, and returns its offset.
    pub struct SendRequest = "send" { key: String, msg: Value } => SendReply = "send_ok" { offset: Integer }

    /// Requests the messages of these keys in the order of the log, each starting at the first
    /// offset that is not less than the given one. A node may return any number of messages, and
    /// omits keys without messages.
    pub struct PollRequest = "poll" { offsets: BTreeMap<String, Integer> }
        => PollReply = "poll_ok" { msgs: BTreeMap<String, Vec<(Integer, Value)>> }

    /// Records that the messages of each key have been processed up to and including this offset.
    pub struct CommitOffsetsRequest = "commit_offsets" { offsets: BTreeMap<String, Integer> }
        => CommitOffsetsReply = "commit_offsets_ok" {}

    /// Requests the committed offsets.
    pub struct ListCommittedOffsetsRequest = "list_committed_offsets" { keys: Vec<String> }
        => ListCommittedOffsetsReply = "list_committed_offsets_ok" { offsets: BTreeMap<String, Integer> }
}

/// A client that sends and polls messages.
#[derive(Debug, Default)]
pub(super) struct Consumer {
    /// The assigned keys, each with the next offset to poll.
    positions: BTreeMap<String, Integer>,
}

impl Client for Consumer {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            match &*invocation.f {
                "assign" => {
                    self.assign(connection, invocation).await?;
                    Ok(invocation.value.clone())
                }
                "send" => send_message(connection, &invocation.value).await,
                _ => self.poll(connection).await,
            }
        })
    }
}

impl Consumer {
    /// Assigns these keys, which later operations poll. Keys that were assigned before keep their
    /// position; new keys start at the beginning. As in Maelstrom, the committed offsets are
    /// requested and recorded, but not used.
    async fn assign(
        &mut self,
        connection: &mut Connection,
        invocation: &Invocation,
    ) -> Result<(), RpcError> {
        let keys = key_names(&invocation.value);
        if is_from_beginning(invocation) {
            self.positions.clear();
        } else {
            let keys = keys.clone();
            let listed = connection
                .rpc(&ListCommittedOffsetsRequest { keys })
                .await?;
            let offsets = listed.offsets.into_iter();
            let offsets = offsets.map(|(key, offset)| (key.into(), offset.into()));
            connection.note(COMMITTED, Value::Map(offsets.collect()));
        }
        let position = |key: String| {
            let position = self.positions.get(&key).cloned().unwrap_or_default();
            (key, position)
        };
        self.positions = keys.into_iter().map(position).collect();
        Ok(())
    }

    /// Polls, advances each position past the returned messages, and commits.
    async fn poll(&mut self, connection: &mut Connection) -> Result<Value, RpcError> {
        let offsets = self.positions.clone();
        let msgs = connection.rpc(&PollRequest { offsets }).await?.msgs;
        let mut polled = BTreeMap::new();
        for (key, messages) in &msgs {
            if let Some(highest) = messages.iter().map(|(offset, _)| offset).max() {
                polled.insert(key.clone(), highest.clone());
                let position = self.positions.entry(key.clone()).or_default();
                if highest >= position {
                    *position = highest + &Integer::from(1);
                }
            }
        }
        if !polled.is_empty() {
            let offsets = polled;
            connection.rpc(&CommitOffsetsRequest { offsets }).await?;
        }
        let entry = |(offset, message): (Integer, Value)| Value::from(vec![offset.into(), message]);
        let msgs = msgs.into_iter().map(|(key, messages)| {
            let messages = messages.into_iter().map(entry).collect();
            (Value::Str(key), Value::List(messages))
        });
        Ok(poll(Some(Value::Map(msgs.collect()))))
    }
}

/// Whether these clients support an operation.
pub(super) fn supports(invocation: &Invocation) -> bool {
    let value = &invocation.value;
    match &*invocation.f {
        "crash" => *value == Value::Nil,
        "assign" => is_keys(value),
        "send" => sent(value).is_some(),
        "poll" => *value == poll(None),
        _ => false,
    }
}

fn is_keys(value: &Value) -> bool {
    matches!(value, Value::List(keys) if keys.iter().all(|key| key.name().is_some()))
}

/// Returns the request for an operation that sends a message.
fn sent(value: &Value) -> Option<SendRequest> {
    match steps(value).next()? {
        Step::Send(Value::Str(key), (None, msg)) => Some(SendRequest {
            key: key.clone(),
            msg: msg.clone(),
        }),
        _ => None,
    }
}

async fn send_message(connection: &mut Connection, value: &Value) -> Result<Value, RpcError> {
    let Some(request) = sent(value) else {
        unreachable!("only supported operations are invoked")
    };
    let offset = connection.rpc(&request).await?.offset;
    Ok(send(request.key, vec![offset.into(), request.msg]))
}

fn is_from_beginning(invocation: &Invocation) -> bool {
    let mut extra = invocation.extra.iter();
    extra.any(|(key, value)| key == "seek-to-beginning?" && *value == Value::Bool(true))
}

fn key_names(keys: &Value) -> Vec<String> {
    let keys = match keys {
        Value::List(keys) => keys.as_slice(),
        _ => &[],
    };
    keys.iter()
        .filter_map(|key| key.name().map(str::to_owned))
        .collect()
}
