//! Sends messages to a node to test whether it follows the rules of Raft.

use std::time::Duration;

use mael::{Disk, Environment, NodeId};
use mael_challenges::LinKv;
use mael_tests::Lab;
use serde_json::{Value, json};

/// Starts a node on this disk in a cluster of five.
pub(super) fn start(disk: &Disk) -> Lab {
    let environment = Environment {
        disk: disk.clone(),
        ..Environment::default()
    };
    let mut lab = Lab::on::<LinKv>(environment);
    let nodes = r#"["n1","n2","n3","n4","n5"]"#;
    lab.deliver(&format!(
        r#"{{"type":"init","msg_id":0,"node_id":"n1","node_ids":{nodes}}}"#
    ));
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

/// Sends a request from another node and returns the node's reply.
pub(super) fn reply_to(lab: &mut Lab, from: &str, request: &str) -> Value {
    lab.deliver_from(from, request);
    lab.replies().remove(0)
}

/// Returns the position of a log entry: its term and its index.
fn position((term, index): (u64, u64)) -> Value {
    json!({"term": term, "index": index})
}

/// Returns true if the node votes for a candidate in this term whose last log entry is at `last`.
pub(super) fn votes(lab: &mut Lab, candidate: &str, term: u64, last: (u64, u64)) -> bool {
    let last = position(last);
    let request =
        format!(r#"{{"type":"request_vote","msg_id":1,"term":{term},"last_log":{last}}}"#);
    reply_to(lab, candidate, &request)["vote_granted"] == true
}

/// Returns true if the node, as a follower of `n2` in term 3, appends an entry after the one at
/// this position.
pub(super) fn appends(lab: &mut Lab, term: u64, index: u64) -> bool {
    let request = format!(
        r#"{{"type":"append_entries","msg_id":2,"term":3,"leader_commit":0,
            "prev_log":{{"term":{term},"index":{index}}},
            "entries":[{{"term":3,"id":"n2-0-0","command":"Nothing"}}]}}"#
    );
    reply_to(lab, "n2", &request)["match_index"] == index + 1
}

/// Returns true if the node keeps its vote and its term after it is killed and restarted.
pub(super) fn keeps_its_vote() -> bool {
    let (disk, last) = (Disk::default(), (0, 0));
    assert!(votes(&mut start(&disk), "n2", 5, last));
    let again = votes(&mut start(&disk), "n2", 5, last);
    let other = votes(&mut start(&disk), "n3", 5, last);
    let older = votes(&mut start(&disk), "n4", 4, last);
    again && !other && !older
}

/// Returns true if the node, whose log ends in term 3, votes only for candidates whose log is at
/// least as up to date, and appends only after entries that match its own.
pub(super) fn compares_logs() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    let gap = appends(&mut lab, 3, 2);
    let conflict = appends(&mut lab, 2, 1);
    let older = votes(&mut lab, "n3", 4, (2, 9));
    let shorter = votes(&mut lab, "n3", 5, (3, 0));
    let same = votes(&mut lab, "n3", 6, (3, 1));
    !gap && !conflict && !older && !shorter && same
}

/// An `append_entries` request without entries after the position `previous`.
fn heartbeat(term: u64, previous: (u64, u64), committed: u64) -> String {
    let previous = position(previous);
    format!(
        r#"{{"type":"append_entries","msg_id":3,"term":{term},"prev_log":{previous},
            "entries":[],"leader_commit":{committed}}}"#
    )
}

/// Returns the index up to which the node has applied its log, which a rejection contains. The node
/// then follows `n2` in this term.
fn applied(lab: &mut Lab, term: u64) -> Value {
    let reply = reply_to(lab, "n2", &heartbeat(term, (9, 99), 0));
    reply["match_index"].clone()
}

/// Returns true if the node, which has an entry that a new leader lacks, does not apply it when the
/// leader's commit index reaches it.
pub(super) fn commits_matching_entries() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    reply_to(&mut lab, "n2", &heartbeat(4, (0, 0), 1));
    let other = applied(&mut lab, 4);
    reply_to(&mut lab, "n2", &heartbeat(4, (3, 1), 1));
    other == 0 && applied(&mut lab, 4) == 1
}

/// Sends a leader's snapshot up to `index` and returns the reply's match index.
fn install(lab: &mut Lab, from: &str, term: u64, index: u64) -> Value {
    let request = format!(
        r#"{{"type":"install_snapshot","msg_id":4,"term":{term},"snapshot":{{
            "last_included":{{"term":3,"index":{index}}},
            "registers":{{"values":{{"1":7}}}}}}}}"#
    );
    reply_to(lab, from, &request)["match_index"].clone()
}

/// Returns true if the node continues after a leader's snapshot, ignores older ones, and keeps the
/// snapshot across a kill.
pub(super) fn installs_snapshots() -> bool {
    let disk = Disk::default();
    let mut lab = start(&disk);
    assert!(appends(&mut lab, 0, 0));
    let new = install(&mut lab, "n2", 3, 5);
    let next = appends(&mut lab, 3, 5);
    reply_to(&mut lab, "n2", &heartbeat(3, (3, 6), 6));
    let older = install(&mut lab, "n2", 3, 4);
    let old_leaders = install(&mut lab, "n3", 2, 9);
    let mut again = start(&disk);
    let (kept, more) = (applied(&mut again, 3), appends(&mut again, 3, 6));
    new == 5 && next && older == 6 && old_leaders == 6 && kept == 5 && more
}

/// Waits for the node's next requests of this type to `n2` and `n3`, replies to them, and returns
/// their bodies.
fn reply_to_requests(lab: &mut Lab, kind: &str, term: u64, fields: &str) -> Vec<Value> {
    let mut requests = Vec::new();
    for _ in 0..1000 {
        let is_expected =
            |(to, body): &(NodeId, Value)| (*to == "n2" || *to == "n3") && body["type"] == kind;
        requests.extend(lab.sent().into_iter().filter(is_expected));
        if requests.len() == 2 {
            break;
        }
        lab.advance(Duration::from_millis(1));
    }
    for (to, body) in &requests {
        let id = &body["msg_id"];
        let reply = format!(r#"{{"type":"{kind}_ok","in_reply_to":{id},"term":{term},{fields}}}"#);
        lab.deliver_from(to, &reply);
    }
    requests.into_iter().map(|(_, body)| body).collect()
}

/// Returns true if the node, as the leader of term 4, commits entries of an earlier term that a
/// majority has only together with an entry of its own term (section 5.4.2, figure 8).
pub(super) fn commits_by_its_own_term() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    reply_to_requests(&mut lab, "pre_vote", 3, r#""vote_granted":true"#);
    let votes = reply_to_requests(&mut lab, "request_vote", 4, r#""vote_granted":true"#);
    assert!(
        votes
            .iter()
            .all(|vote| vote["last_log"] == position((3, 1)))
    );
    let mut committed = |match_index| {
        let requests = reply_to_requests(
            &mut lab,
            "append_entries",
            4,
            &format!(r#""match_index":{match_index}"#),
        );
        let committed = requests
            .iter()
            .map(|request| request["leader_commit"].clone());
        committed.collect::<Vec<_>>()
    };
    committed(1) == [0, 0] && committed(2) == [0, 0] && committed(2) == [2, 2]
}

/// Starts a single-node cluster that takes a snapshot after every fifth entry.
fn single_node() -> Lab {
    let mut lab = Lab::on::<LinKv>(Environment {
        args: ["--snapshot-interval", "5"].map(Into::into).to_vec(),
        ..Environment::default()
    });
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab.advance(Duration::from_millis(600));
    lab
}

/// Proposes to set a key to this value, under this command id, and returns the node's reply.
fn propose(lab: &mut Lab, id: &str, value: u64) -> Value {
    let command = json!({"Write": {"key": 1, "value": value}});
    let body = json!({"type": "propose", "msg_id": 6, "id": id, "after": 0, "command": command});
    reply_to(lab, "n2", &body.to_string())
}

/// Reads the value of the key.
fn read(lab: &mut Lab) -> Value {
    reply_to(lab, "c1", r#"{"type":"read","msg_id":7,"key":1}"#)["value"].clone()
}

/// Returns true if the node performs a command that is proposed twice only once, and rejects a
/// command that it may have performed before the first entry in its compacted log.
pub(super) fn performs_commands_once() -> bool {
    let mut lab = single_node();
    let first = propose(&mut lab, "n2-0-0", 7);
    let second = propose(&mut lab, "n2-0-1", 8);
    let again = propose(&mut lab, "n2-0-0", 7);
    let once = read(&mut lab) == 8;
    for _ in 0..12 {
        read(&mut lab);
    }
    let discarded = propose(&mut lab, "n2-0-0", 7);
    let performed = |reply: &Value| reply["type"] == "propose_ok";
    let all = performed(&first) && performed(&second) && performed(&again);
    all && once && discarded["code"] == 13 && read(&mut lab) == 8
}

/// Returns true if the node grants `n3` a pre-vote in this term.
fn grants_pre_vote(lab: &mut Lab, term: u64, last: (u64, u64)) -> bool {
    // Discard vote requests that the node may have sent.
    lab.sent();
    let last = position(last);
    let request = format!(r#"{{"type":"pre_vote","msg_id":5,"term":{term},"last_log":{last}}}"#);
    reply_to(lab, "n3", &request)["vote_granted"] == true
}

/// Returns true if the node denies pre-votes while it receives messages from its leader, and grants
/// them after the election timeout, but not to a candidate with an outdated log or in a term that
/// has started. A granted pre-vote does not bind the node.
pub(super) fn denies_pre_votes() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    lab.advance(Duration::from_millis(200));
    let early = grants_pre_vote(&mut lab, 4, (3, 1));
    lab.advance(Duration::from_millis(100));
    let behind = grants_pre_vote(&mut lab, 4, (2, 9));
    let same_term = grants_pre_vote(&mut lab, 3, (3, 1));
    let late = grants_pre_vote(&mut lab, 4, (3, 1));
    !early && !behind && !same_term && late && appends(&mut lab, 3, 1)
}

/// Returns true if the node, which is denied all pre-votes, stays in its term.
pub(super) fn keeps_its_term() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    for _ in 0..3 {
        reply_to_requests(&mut lab, "pre_vote", 3, r#""vote_granted":false"#);
    }
    appends(&mut lab, 3, 1)
}
