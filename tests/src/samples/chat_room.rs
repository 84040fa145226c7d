//! A chat room whose messages are shown in causal order.

use mael::prelude::*;
use mael::time::Duration;
use mael_sim::declared::{Findings, Typed, Verdict};
use mael_sim::{operations, workload};

/// Clients post messages and read those of all. A client that sees a message sees all that its
/// author had seen or posted before; in the end all messages are seen.
#[workload]
pub struct ChatRoom;

#[operations]
impl ChatRoom {
    /// Posts a message.
    #[operation(type = "post")]
    fn post(&self, #[draw(unique)] message: u64);

    /// Returns the messages that the node shows.
    #[operation(type = "read", reply = "messages", read_only, finally)]
    fn read(&self) -> BTreeSet<u64>;

    /// A client that sees a message sees its causes: what its author had seen or posted before.
    #[check]
    fn causal_order(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        let mut known = BTreeMap::<_, BTreeSet<u64>>::new();
        let mut causes = BTreeMap::new();
        for call in history.iter().filter(|call| !call.has_failed()) {
            let known = known.entry(&call.process).or_default();
            match (&call.request, call.reply()) {
                (ChatRoomRequest::Post { message }, _) => {
                    causes.insert(*message, known.clone());
                    known.insert(*message);
                }
                (_, Some(ChatRoomReply::ReadOk { messages })) => known.extend(messages),
                _ => {}
            }
        }
        for call in history {
            let Some(ChatRoomReply::ReadOk { messages }) = call.reply() else {
                continue;
            };
            for effect in messages {
                let causes = causes.get(effect).into_iter().flatten();
                for cause in causes.filter(|it| !messages.contains(it)) {
                    let text = format!("{call} shows {effect}, but not {cause} before it");
                    findings.add("effect-before-cause", text);
                }
            }
        }
        findings.into_verdict()
    }

    /// Final reads return all messages.
    #[check]
    fn convergence(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        let posts = history
            .iter()
            .filter(|call| call.reply() == Some(&ChatRoomReply::PostOk {}));
        for post in posts {
            let ChatRoomRequest::Post { message } = &post.request else {
                continue;
            };
            for call in history.iter().filter(|call| call.is_final) {
                if let Some(ChatRoomReply::ReadOk { messages }) = call.reply()
                    && !messages.contains(message)
                {
                    findings.add("lost-message", format!("{call} does not show {message}"));
                }
            }
        }
        findings.into_verdict()
    }
}

/// How old the messages may be that a node shows.
const AGE: Duration = Duration::from_secs(1);

/// All messages are one value, of which nodes show a copy that may be old.
#[node]
pub struct CachedRoom {
    messages: Lock<BTreeSet<u64>>,
}

#[handlers]
impl CachedRoom {
    #[handler(type = "post")]
    async fn post(&self, message: u64) -> mael::Result<()> {
        self.messages
            .update(async |messages, _| {
                messages.insert(message);
                Ok(())
            })
            .await
    }

    #[handler(type = "read", reply = "messages")]
    async fn read(&self) -> mael::Result<BTreeSet<u64>> {
        self.messages.peek_within(AGE).await
    }
}

/// Incorrect: nodes also send each other new messages, to show them sooner. Some arrive before
/// their causes.
#[node]
pub struct PushingRoom {
    peers: Peers<PushingRoom>,
    messages: Lock<BTreeSet<u64>>,
    shown: RefCell<BTreeSet<u64>>,
}

#[handlers]
impl PushingRoom {
    #[handler(type = "post")]
    async fn post(&self, message: u64) -> mael::Result<()> {
        self.messages
            .update(async |messages, _| {
                messages.insert(message);
                Ok(())
            })
            .await?;
        self.push(message);
        for peer in &self.peers {
            peer.push(message).send();
        }
        Ok(())
    }

    #[handler(type = "read", reply = "messages")]
    fn read(&self) -> BTreeSet<u64> {
        self.shown.borrow().clone()
    }

    #[handler(oneway)]
    fn push(&self, message: u64) {
        self.shown.borrow_mut().insert(message);
    }

    #[every(secs = 1)]
    async fn refresh(&self) {
        if let Ok(messages) = self.messages.peek().await {
            self.shown.borrow_mut().extend(messages);
        }
    }
}

/// Incorrect: a node shows only messages that were posted at it.
#[node]
pub struct LocalRoom {
    id: NodeId,
    lists: Locks<NodeId, BTreeSet<u64>>,
}

#[handlers]
impl LocalRoom {
    #[handler(type = "post")]
    async fn post(&self, message: u64) -> mael::Result<()> {
        self.lists
            .of(&self.id)
            .update(async |messages, _| {
                messages.insert(message);
                Ok(())
            })
            .await
    }

    #[handler(type = "read", reply = "messages")]
    async fn read(&self) -> mael::Result<BTreeSet<u64>> {
        self.lists.of(&self.id).peek().await
    }
}
