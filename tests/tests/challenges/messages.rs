//! Tests the messages that challenges send, one by one.

use std::collections::BTreeSet;

use mael::{Environment, NodeId};
use mael_challenges::{Broadcast, UniqueIds};
use mael_tests::Lab;
use serde_json::json;

/// Returns three ids of a node `n1` whose random numbers start after `draws`.
fn three_ids(draws: u64) -> Vec<String> {
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
fn an_id_consists_of_node_nonce_and_count() {
    let ids = [
        "n1-00000000000000ff-0",
        "n1-00000000000000ff-1",
        "n1-00000000000000ff-2",
    ];
    assert_eq!(three_ids(254), ids);
}

#[test]
fn a_restart_does_not_repeat_ids() {
    let all = [three_ids(0), three_ids(1)].concat();
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), 6, "{all:?}");
}

/// Returns the nodes to which a node forwards a message from `from`.
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

/// A node `n1` in a cluster of three with this overlay.
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
fn in_a_star_only_the_first_node_forwards_a_message_to_all_nodes() {
    let mut lab = broadcast("star");
    assert_eq!(forwards(&mut lab, "c1", 1), ["n2", "n3"]);
    assert!(
        forwards(&mut lab, "c1", 1).is_empty(),
        "a known message is not forwarded"
    );
    assert!(forwards(&mut lab, "n2", 2).is_empty());
}

#[test]
fn a_message_is_forwarded_to_the_neighbours_in_the_topology() {
    let mut lab = broadcast("topology");
    // Without a topology all nodes are neighbours.
    assert_eq!(forwards(&mut lab, "c1", 1), ["n2", "n3"]);
    assert_eq!(forwards(&mut lab, "n2", 2), ["n3"]);
    lab.deliver(r#"{"type":"topology","msg_id":2,"topology":{"n1":["n3"],"n3":["n1"]}}"#);
    assert_eq!(lab.sent()[0].1["type"], "topology_ok");
    assert_eq!(forwards(&mut lab, "c1", 3), ["n3"]);
    assert_eq!(forwards(&mut lab, "n2", 4), ["n3"]);
    assert!(forwards(&mut lab, "n3", 5).is_empty());
}
