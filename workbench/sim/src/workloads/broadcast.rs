//! Broadcast: clients send messages to nodes, which forward them until every node has every
//! message.
//!
//! Source: page "Workloads", section 4.

use std::collections::BTreeMap;

use mael::executor::LocalFuture;
use mael_checkers::{Coverage, Verdict, set_full};
use mael_history::{History, Value};

use super::add_and_read::{AddAndRead, is_add_or_read};
use super::elements::{Elements, adds_and_reads};
use super::{Client, Workload};
use crate::engine::{
    Connection, Generator, Invocation, Rpc, RpcDescription, RpcError, once_per_thread,
};
use crate::{Options, rpc};

rpc! {
    /// Sends the topology to a node before the first operation. The node must reply, but may ignore
    /// the topology.
    pub struct TopologyRequest = "topology" { topology: BTreeMap<String, Vec<String>> }
        => TopologyReply = "topology_ok" {}

    /// Sends a message to a node, which must propagate it to all other nodes.
    pub struct BroadcastRequest = "broadcast" { message: Value }
        => BroadcastReply = "broadcast_ok" {}

    /// Requests all messages that a node has received, in any order.
    pub struct ReadRequest = "read" {} => ReadReply = "read_ok" { messages: Elements }
}

/// The broadcast workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Broadcast;

impl Workload for Broadcast {
    fn name(&self) -> &'static str {
        "broadcast"
    }

    fn doc(&self) -> &'static str {
        "Clients send messages to nodes, which propagate them until every node has every message. \
         Before the first operation, each node receives the topology selected by `--topology`; it \
         may ignore the topology and send to any node. Messages are integers, and each is sent \
         only once."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![
            TopologyRequest::describe(),
            BroadcastRequest::describe(),
            ReadRequest::describe(),
        ]
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(adds_and_reads("broadcast"))
    }

    fn final_generator(&self, options: &Options, _: &History) -> Option<Box<dyn Generator>> {
        let read = Invocation::new("read", Value::Nil).last();
        Some(Box::new(once_per_thread(options.clients(), read)))
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        is_add_or_read("broadcast", invocation)
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(AddAndRead {
            add: |message| BroadcastRequest { message },
            read: ReadRequest {},
            value: |reply| Value::List(reply.messages.0),
        })
    }

    fn setup<'a>(
        &'a self,
        options: &'a Options,
        connection: &'a mut Connection,
    ) -> LocalFuture<'a, Result<(), RpcError>> {
        Box::pin(async move {
            let topology = options.topology.neighbours(&options.nodes);
            connection.rpc(&TopologyRequest { topology }).await?;
            Ok(())
        })
    }

    fn idempotent(&self, f: &str) -> bool {
        f == "read"
    }

    fn anomaly(&self) -> &'static str {
        "lost"
    }

    fn check(&self, _: &Options, history: &History) -> Verdict {
        set_full::check(history, "broadcast")
    }

    fn coverage(&self, history: &History) -> Coverage {
        set_full::coverage(history, "broadcast")
    }
}
