//! Broadcast: nodes are given messages, and tell each other until all have all of them.
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
    /// Tells a node who neighbours whom, before the first operation. It must be
    /// answered; what it says may be ignored.
    pub struct TopologyRequest = "topology" { topology: BTreeMap<String, Vec<String>> }
        => TopologyReply = "topology_ok" {}

    /// Gives a node a message, which is to reach all nodes.
    pub struct BroadcastRequest = "broadcast" { message: Value }
        => BroadcastReply = "broadcast_ok" {}

    /// Asks a node for all messages that it knows, in any order.
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
        "Clients give messages to nodes, which tell each other, until each node knows all. Before the \
         first operation every node is told who its neighbours are, as `--topology` says; it may \
         talk to whom it likes. Messages are integers, each given once."
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
