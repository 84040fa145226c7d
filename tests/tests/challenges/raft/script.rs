//! A few messages, by which a node shows whether it keeps the rules.

use std::time::Duration;

use mael::{Disk, Environment, NodeId};
use mael_challenges::LinKv;
use mael_tests::Lab;
use serde_json::{Value, json};

/// A node that is started on this disk as one of five.
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

/// The node's answer to this request of another node.
pub(super) fn answer(lab: &mut Lab, from: &str, request: &str) -> Value {
    lab.deliver_from(from, request);
    lab.replies().remove(0)
}

/// The position of an entry: its term and its index.
fn position((term, index): (u64, u64)) -> Value {
    json!({"term": term, "index": index})
}

/// Whether the node votes for this candidate in this term, whose log ends like this.
pub(super) fn votes(lab: &mut Lab, candidate: &str, term: u64, last: (u64, u64)) -> bool {
    let last = position(last);
    let request =
        format!(r#"{{"type":"request_vote","msg_id":1,"term":{term},"last_log":{last}}}"#);
    answer(lab, candidate, &request)["vote_granted"] == true
}

/// Whether the node takes, as a follower of `n2` in term 3, an entry after the one at this
/// position.
pub(super) fn appends(lab: &mut Lab, term: u64, index: u64) -> bool {
    let request = format!(
        r#"{{"type":"append_entries","msg_id":2,"term":3,"leader_commit":0,
            "prev_log":{{"term":{term},"index":{index}}},
            "entries":[{{"term":3,"id":"n2-0-0","command":"Nothing"}}]}}"#
    );
    answer(lab, "n2", &request)["match_index"] == index + 1
}

/// Whether the node keeps to its vote, and to its term, when it is killed and started again.
pub(super) fn keeps_to_its_vote() -> bool {
    let (disk, last) = (Disk::default(), (0, 0));
    assert!(votes(&mut start(&disk), "n2", 5, last));
    let again = votes(&mut start(&disk), "n2", 5, last);
    let other = votes(&mut start(&disk), "n3", 5, last);
    let older = votes(&mut start(&disk), "n4", 4, last);
    again && !other && !older
}

/// Whether the node, whose log ends in term 3, votes only for those that have as much, and takes
/// entries only after those that it has.
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

/// The request of a leader of term 3 that has no entry for the node, after this position.
fn heartbeat(term: u64, previous: (u64, u64), committed: u64) -> String {
    let previous = position(previous);
    format!(
        r#"{{"type":"append_entries","msg_id":3,"term":{term},"prev_log":{previous},
            "entries":[],"leader_commit":{committed}}}"#
    )
}

/// Up to which index the node has applied its log, which it tells when it refuses. It then follows
/// `n2` in this term.
fn applied(lab: &mut Lab, term: u64) -> Value {
    let answer = answer(lab, "n2", &heartbeat(term, (9, 99), 0));
    answer["match_index"].clone()
}

/// Whether the node, which has an entry that another leader does not know of, leaves it unapplied
/// when that one has committed as much.
pub(super) fn commits_what_it_has_compared() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    answer(&mut lab, "n2", &heartbeat(4, (0, 0), 1));
    let other = applied(&mut lab, 4);
    answer(&mut lab, "n2", &heartbeat(4, (3, 1), 1));
    other == 0 && applied(&mut lab, 4) == 1
}

/// The node's answer to a leader's snapshot of its first entries.
fn install(lab: &mut Lab, from: &str, term: u64, index: u64) -> Value {
    let request = format!(
        r#"{{"type":"install_snapshot","msg_id":4,"term":{term},"snapshot":{{
            "last_included":{{"term":3,"index":{index}}},
            "registers":{{"values":{{"1":7}}}}}}}}"#
    );
    answer(lab, from, &request)["match_index"].clone()
}

/// Whether the node goes on from a leader's snapshot, but for old ones, and after a kill.
pub(super) fn takes_snapshots() -> bool {
    let disk = Disk::default();
    let mut lab = start(&disk);
    assert!(appends(&mut lab, 0, 0));
    let new = install(&mut lab, "n2", 3, 5);
    let next = appends(&mut lab, 3, 5);
    answer(&mut lab, "n2", &heartbeat(3, (3, 6), 6));
    let older = install(&mut lab, "n2", 3, 4);
    let old_leaders = install(&mut lab, "n3", 2, 9);
    let mut again = start(&disk);
    let (kept, more) = (applied(&mut again, 3), appends(&mut again, 3, 6));
    new == 5 && next && older == 6 && old_leaders == 6 && kept == 5 && more
}

/// The next requests of this type that the node sends to `n2` and `n3`, which give this answer.
fn answered(lab: &mut Lab, kind: &str, term: u64, fields: &str) -> Vec<Value> {
    let mut requests = Vec::new();
    for _ in 0..1000 {
        let asked =
            |(to, body): &(NodeId, Value)| (*to == "n2" || *to == "n3") && body["type"] == kind;
        requests.extend(lab.sent().into_iter().filter(asked));
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

/// Whether the node, which comes to lead in term 4, commits what most nodes have of an earlier term
/// only with an entry of its own (section 5.4.2, figure 8).
pub(super) fn commits_by_its_own_term() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    answered(&mut lab, "pre_vote", 3, r#""vote_granted":true"#);
    let votes = answered(&mut lab, "request_vote", 4, r#""vote_granted":true"#);
    assert!(
        votes
            .iter()
            .all(|vote| vote["last_log"] == position((3, 1)))
    );
    let mut committed = |matched| {
        let requests = answered(
            &mut lab,
            "append_entries",
            4,
            &format!(r#""match_index":{matched}"#),
        );
        let committed = requests
            .iter()
            .map(|request| request["leader_commit"].clone());
        committed.collect::<Vec<_>>()
    };
    committed(1) == [0, 0] && committed(2) == [0, 0] && committed(2) == [2, 2]
}

/// A node that is alone, takes a snapshot after every fifth entry, and leads.
fn alone() -> Lab {
    let mut lab = Lab::on::<LinKv>(Environment {
        args: ["--snapshot-interval", "5"].map(Into::into).to_vec(),
        ..Environment::default()
    });
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab.advance(Duration::from_millis(600));
    lab
}

/// The node's answer to a proposal with this id: to set a key to this value.
fn propose(lab: &mut Lab, id: &str, value: u64) -> Value {
    let command = json!({"Write": {"key": 1, "value": value}});
    let body = json!({"type": "propose", "msg_id": 6, "id": id, "after": 0, "command": command});
    answer(lab, "n2", &body.to_string())
}

/// The value that the node has.
fn read(lab: &mut Lab) -> Value {
    answer(lab, "c1", r#"{"type":"read","msg_id":7,"key":1}"#)["value"].clone()
}

/// Whether the node performs a command once that is proposed twice, and refuses one that it may
/// have performed, as its log has discarded entries behind the index from which on it may be there.
pub(super) fn does_nothing_twice() -> bool {
    let mut lab = alone();
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

/// Whether the node says that it would vote for `n3` in this term.
fn would_vote(lab: &mut Lab, term: u64, last: (u64, u64)) -> bool {
    // It may have asked others for their votes.
    lab.sent();
    let last = position(last);
    let request = format!(r#"{{"type":"pre_vote","msg_id":5,"term":{term},"last_log":{last}}}"#);
    answer(lab, "n3", &request)["vote_granted"] == true
}

/// Whether the node keeps to the leader that it hears of, and would vote for another one when it
/// has not heard of it for long; but for nobody whose log is behind its own, and in no term that
/// has begun. To be asked does not commit it to anything.
pub(super) fn keeps_to_its_leader() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    lab.advance(Duration::from_millis(200));
    let early = would_vote(&mut lab, 4, (3, 1));
    lab.advance(Duration::from_millis(100));
    let behind = would_vote(&mut lab, 4, (2, 9));
    let same_term = would_vote(&mut lab, 3, (3, 1));
    let late = would_vote(&mut lab, 4, (3, 1));
    !early && !behind && !same_term && late && appends(&mut lab, 3, 1)
}

/// Whether the node, which nobody would vote for, stays in its term.
pub(super) fn stays_in_its_term() -> bool {
    let mut lab = start(&Disk::default());
    assert!(appends(&mut lab, 0, 0));
    for _ in 0..3 {
        answered(&mut lab, "pre_vote", 3, r#""vote_granted":false"#);
    }
    appends(&mut lab, 3, 1)
}
