//! Kafka: nodes store a log for each key; clients send messages to logs and poll them.
//!
//! Source: page "Workloads", section 8.

mod client;
mod final_polls;
mod generator;
mod offsets;

use mael_checkers::stricter::Stricter;
use mael_checkers::{Coverage, Verdict, kafka};
use mael_history::History;

use super::{Client, Workload};
use crate::Options;
use crate::engine::{Generator, Invocation, Rpc, RpcDescription};

pub use client::{
    CommitOffsetsReply, CommitOffsetsRequest, ListCommittedOffsetsReply,
    ListCommittedOffsetsRequest, PollReply, PollRequest, SendReply, SendRequest,
};

/// The kafka workload.
///
/// It is not declared with attributes: an operation is not a request. `assign` and `poll` send two,
/// which depend on the state of the client, and `crash` sends none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kafka;

impl Workload for Kafka {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn doc(&self) -> &'static str {
        "A log for each key: clients send messages to a log, poll messages from their current \
         offset, and commit the offsets that they have processed. All clients must poll the \
         messages of a log in the same order and at the same offsets. An acknowledged message may \
         be invisible for a while, but in the final phase every client polls every log from the \
         beginning, and must see it."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![
            SendRequest::describe(),
            PollRequest::describe(),
            CommitOffsetsRequest::describe(),
            ListCommittedOffsetsRequest::describe(),
        ]
    }

    fn generator(&self, options: &Options) -> Box<dyn Generator> {
        Box::new(generator::SendsAndPolls::new(options))
    }

    fn final_generator(&self, options: &Options, history: &History) -> Option<Box<dyn Generator>> {
        Some(Box::new(final_polls::FinalPolls::new(options, history)))
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        client::supports(invocation)
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(client::Consumer::default())
    }

    /// Assignments of fewer keys.
    fn simpler(&self, invocation: &Invocation) -> Vec<Invocation> {
        match &*invocation.f {
            "assign" => invocation.with_one_less(),
            _ => Vec::new(),
        }
    }

    fn crashes(&self, f: &str) -> bool {
        f == "crash"
    }

    fn idempotent(&self, f: &str) -> bool {
        f == "assign"
    }

    fn check(&self, options: &Options, history: &History) -> Verdict {
        let mut stricter = Stricter::default();
        kafka::stricter::check(history, &mut stricter);
        kafka::check(history, options.sub_via).with_stricter(stricter)
    }

    fn coverage(&self, history: &History) -> Coverage {
        kafka::coverage(history)
    }
}
