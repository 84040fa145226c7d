//! Leader election: at most one leader in each term.

use mael::Error;
use mael::prelude::*;
use mael_sim::declared::{Findings, Typed, Verdict};
use mael_sim::{operations, workload};

/// Nodes become leaders. A term has at most one.
#[workload]
pub struct LeaderElection;

#[operations]
impl LeaderElection {
    /// Asks the node to become the leader of a new term, and returns the term and the leader. If
    /// the node is not elected, it answers with error 11.
    #[operation(type = "campaign", reply("term", "leader"))]
    fn campaign(&self) -> (u64, NodeId);

    /// A term has at most one leader.
    #[check]
    fn leaders(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        let mut leaders = BTreeMap::new();
        for call in history {
            if let Some(LeaderElectionReply::CampaignOk { term, leader }) = call.reply() {
                let first = leaders.entry(term).or_insert(leader);
                if *first != leader {
                    findings.add("two-leaders", format!("{call}, and {first} leads as well"));
                }
            }
        }
        findings.into_verdict()
    }
}

/// A leader has the votes of a majority of all nodes, and a node votes once in a term.
#[node]
pub struct Majority {
    id: NodeId,
    peers: Peers<Majority>,
    /// The newest term in which this node has voted.
    term: Persistent<u64>,
}

#[handlers]
impl Majority {
    #[handler(type = "campaign", reply("term", "leader"))]
    async fn campaign(&self) -> mael::Result<(u64, NodeId)> {
        let term = self.term.get() + 1;
        self.term.set(term)?;
        let mut votes = 1;
        let mut replies = self.peers.call_all(|peer| peer.vote(term));
        while let Some((_, reply)) = replies.next().await {
            votes += usize::from(reply == Ok(true));
        }
        match 2 * votes > self.peers.len() + 1 {
            true => Ok((term, self.id.clone())),
            false => Err(not_elected()),
        }
    }

    /// Asks for the vote of this node.
    #[handler(type = "vote", reply = "granted")]
    fn vote(&self, term: u64) -> mael::Result<bool> {
        let granted = term > self.term.get();
        if granted {
            self.term.set(term)?;
        }
        Ok(granted)
    }
}

fn not_elected() -> Error {
    Error::temporarily_unavailable("too few nodes have voted for this one")
}

/// Incorrect: a node does not remember its votes for other nodes, so it can vote for two
/// leaders of the same term.
#[node]
pub struct ForgetfulVoters {
    id: NodeId,
    peers: Peers<ForgetfulVoters>,
    term: Persistent<u64>,
}

#[handlers]
impl ForgetfulVoters {
    #[handler(type = "campaign", reply("term", "leader"))]
    async fn campaign(&self) -> mael::Result<(u64, NodeId)> {
        let term = self.term.get() + 1;
        self.term.set(term)?;
        let mut votes = 1;
        let mut replies = self.peers.call_all(|peer| peer.vote(term));
        while let Some((_, reply)) = replies.next().await {
            votes += usize::from(reply == Ok(true));
        }
        match 2 * votes > self.peers.len() + 1 {
            true => Ok((term, self.id.clone())),
            false => Err(not_elected()),
        }
    }

    #[handler(type = "vote", reply = "granted")]
    fn vote(&self, term: u64) -> bool {
        term > self.term.get()
    }
}

/// Incorrect: a leader needs the votes of a majority of only those nodes that it can reach, so each
/// side of a partition elects one.
#[node]
pub struct MajorityOfReplies {
    id: NodeId,
    peers: Peers<MajorityOfReplies>,
    term: Persistent<u64>,
}

#[handlers]
impl MajorityOfReplies {
    #[handler(type = "campaign", reply("term", "leader"))]
    async fn campaign(&self) -> mael::Result<(u64, NodeId)> {
        let term = self.term.get() + 1;
        self.term.set(term)?;
        let (mut votes, mut voters) = (1, 1);
        let mut replies = self.peers.call_all(|peer| peer.vote(term));
        while let Some((_, reply)) = replies.next().await {
            votes += usize::from(reply == Ok(true));
            voters += usize::from(reply.is_ok());
        }
        match 2 * votes > voters {
            true => Ok((term, self.id.clone())),
            false => Err(not_elected()),
        }
    }

    #[handler(type = "vote", reply = "granted")]
    fn vote(&self, term: u64) -> mael::Result<bool> {
        let granted = term > self.term.get();
        if granted {
            self.term.set(term)?;
        }
        Ok(granted)
    }
}
