//! What challenges answer and send, message by message.

use std::collections::BTreeSet;

use mael::{Environment, NodeId};
use mael_challenges::{Broadcast, UniqueIds};
use mael_tests::Lab;
use serde_json::json;

/// Three ids of a start of `n1` before which there were so many random draws.
fn three(draws: u64) -> Vec<String> {
    let mut lab = Lab::drawing_from::<UniqueIds>(draws);
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
    for _ in 0..3 {
        lab.deliver(r#"{"type":"generate","msg_id":1}"#);
    }
    let replies = lab.replies().into_iter().skip(1);
    let ids = replies.map(|mut reply| reply["id"].take());
    ids.map(|id| serde_json::from_value(id).unwrap()).collect()
}

#[test]
fn an_id_has_the_node_its_nonce_and_a_count() {
    let ids = [
        "n1-00000000000000ff-0",
        "n1-00000000000000ff-1",
        "n1-00000000000000ff-2",
    ];
    assert_eq!(three(254), ids);
}

#[test]
fn another_start_repeats_no_id() {
    let all = [three(0), three(1)].concat();
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), 6, "{all:?}");
}

/// The nodes to which a node forwards a new message from here.
fn forwards(lab: &mut Lab, from: &str, message: u64) -> Vec<NodeId> {
    let request = json!({"type": "broadcast", "msg_id": 1, "message": message});
    lab.deliver_from(from, &request.to_string());
    let sent = lab.sent().into_iter();
    let forwarded = sent.filter(|(_, body)| body["type"] == "broadcast");
    forwarded
        .inspect(|(_, body)| assert_eq!(body["message"], message))
        .map(|(to, _)| to)
        .collect()
}

/// A node `n1` of three that forwards messages in this way.
fn broadcast(overlay: &str) -> Lab {
    let mut lab = Lab::on::<Broadcast>(Environment {
        args: ["--overlay", overlay].map(Into::into).to_vec(),
        ..Environment::default()
    });
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1","n2","n3"]}"#);
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

#[test]
fn a_message_is_forwarded_to_all_nodes_by_the_first_alone_in_a_star() {
    let mut lab = broadcast("star");
    assert_eq!(forwards(&mut lab, "c1", 1), ["n2", "n3"]);
    assert!(forwards(&mut lab, "c1", 1).is_empty(), "it is not new");
    assert!(forwards(&mut lab, "n2", 2).is_empty());
}

#[test]
fn a_message_is_forwarded_to_the_neighbours_that_the_topology_names() {
    let mut lab = broadcast("topology");
    // Without a topology all are neighbours.
    assert_eq!(forwards(&mut lab, "c1", 1), ["n2", "n3"]);
    assert_eq!(forwards(&mut lab, "n2", 2), ["n3"]);
    lab.deliver(r#"{"type":"topology","msg_id":2,"topology":{"n1":["n3"],"n3":["n1"]}}"#);
    assert_eq!(lab.sent()[0].1["type"], "topology_ok");
    assert_eq!(forwards(&mut lab, "c1", 3), ["n3"]);
    assert_eq!(forwards(&mut lab, "n2", 4), ["n3"]);
    assert!(forwards(&mut lab, "n3", 5).is_empty());
}
