//! Floods broadcasts through 25 nodes in one scope, to measure the executor's queue of woken tasks.
//!
//! Its argument is the number of broadcasts.

use std::collections::BTreeMap;
use std::rc::Rc;

use mael::executor::{Scope, Tokio};
use mael::prelude::*;
use mael::protocol::{Message, RawValue};
use mael::transport::Memory;
use tokio::task::yield_now;

#[node]
struct Flood {
    nodes: Nodes,
    peers: Peers<Flood>,
    messages: RefCell<BTreeSet<u64>>,
}

#[handlers]
impl Flood {
    #[handler]
    fn broadcast(&self, message: u64, #[src] from: NodeId) {
        if self.messages.borrow_mut().insert(message) && !self.nodes.contains(&from) {
            for peer in &self.peers {
                peer.broadcast(message).retry().detach();
            }
        }
    }
}

/// Creates a message from a client.
fn message(dest: &str, body: String) -> Message {
    Message {
        src: "c1".into(),
        dest: dest.into(),
        body: RawValue::from_string(body)
            .expect("the body is JSON")
            .into(),
    }
}

/// Runs the nodes until each broadcast is acknowledged.
async fn flood(names: Vec<String>, broadcasts: u64) {
    let inboxes: Rc<RefCell<BTreeMap<String, Memory>>> = Rc::default();
    let replies = Rc::new(Cell::new(0));
    let runtime = Rc::new(Tokio::new());
    let scope = Scope::new(runtime.clone());
    for name in &names {
        let (others, replies) = (Rc::clone(&inboxes), Rc::clone(&replies));
        let memory = Memory::new(move |message| {
            let inbox = others.borrow().get(&*message.dest).cloned();
            match inbox {
                Some(inbox) => inbox.deliver(message),
                None => replies.set(replies.get() + 1),
            }
        });
        inboxes.borrow_mut().insert(name.clone(), memory.clone());
        let runtime = runtime.clone();
        scope.spawn(async move {
            let result = mael::run_with::<Flood>(runtime, Rc::new(memory), Rc::default()).await;
            result.expect("writing to memory can't fail");
        });
    }
    let main = async move {
        let deliver = |name: &String, body| inboxes.borrow()[name].deliver(message(name, body));
        let ids = names.join(r#"",""#);
        for name in &names {
            let ids = format!(r#""node_id":"{name}","node_ids":["{ids}"]"#);
            deliver(name, format!(r#"{{"type":"init","msg_id":1,{ids}}}"#));
        }
        for (number, name) in (0..broadcasts).zip(names.iter().cycle()) {
            let broadcast = format!(r#""type":"broadcast","message":{number}"#);
            deliver(name, format!(r#"{{"msg_id":{},{broadcast}}}"#, number + 2));
            for _ in 0..6 {
                yield_now().await;
            }
        }
        while replies.get() < broadcasts + names.len() as u64 {
            yield_now().await;
        }
    };
    scope.run(main).await;
}

fn main() {
    let broadcasts = std::env::args().nth(1);
    let broadcasts = broadcasts.map_or(1000, |number| number.parse().expect("a number"));
    let names = (0..25).map(|node| format!("n{node}")).collect();
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let executor = executor.expect("tokio starts");
    executor.block_on(flood(names, broadcasts));
}
