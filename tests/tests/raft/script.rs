//! A few messages, by which a node shows whether it keeps the rules.

use mael::{Disk, Host};
use mael_challenges::LinKv;
use mael_tests::Lab;

/// A node that is started on this disk as one of five.
pub(super) fn start(disk: &Disk) -> Lab {
    let host = Host {
        disk: disk.clone(),
        ..Host::default()
    };
    let mut lab = Lab::on::<LinKv>(host);
    let nodes = r#"["n1","n2","n3","n4","n5"]"#;
    lab.deliver(&format!(
        r#"{{"type":"init","msg_id":0,"node_id":"n1","node_ids":{nodes}}}"#
    ));
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

/// The node's answer to this request of another node.
pub(super) fn answer(lab: &mut Lab, from: &str, request: &str) -> serde_json::Value {
    lab.deliver_from(from, request);
    lab.replies().remove(0)
}

/// Whether the node votes for this candidate in this term, whose log ends like this.
pub(super) fn votes(lab: &mut Lab, candidate: &str, term: u64, last: &str) -> bool {
    let request = format!(r#"{{"type":"request_vote","msg_id":1,"term":{term},"last":{last}}}"#);
    answer(lab, candidate, &request)["granted"] == true
}

/// Whether the node takes, as a follower of `n2` in term 3, an entry after the one at this position.
pub(super) fn appends(lab: &mut Lab, term: u64, index: u64) -> bool {
    let request = format!(
        r#"{{"type":"append_entries","msg_id":2,"term":3,"committed":0,
            "previous":[{term},{index}],
            "entries":[{{"term":3,"id":"n2-0-0","command":"Nothing"}}]}}"#
    );
    answer(lab, "n2", &request)["matched"] == index + 1
}

/// Whether the node keeps to its vote, and to its term, when it is killed and started again.
pub(super) fn keeps_to_its_vote() -> bool {
    let (disk, last) = (Disk::default(), "[0,0]");
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
    let older = votes(&mut lab, "n3", 4, "[2,9]");
    let shorter = votes(&mut lab, "n3", 5, "[3,0]");
    let same = votes(&mut lab, "n3", 6, "[3,1]");
    !gap && !conflict && !older && !shorter && same
}
