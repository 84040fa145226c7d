//! Names that are given once.

use mael::prelude::*;
use mael_tests::Lab;

#[node]
struct Namer {
    ids: Ids,
}

#[handlers]
impl Namer {
    #[handler(reply = "ids")]
    fn three(&self) -> [String; 3] {
        [(); 3].map(|()| self.ids.next())
    }
}

/// Three names of a start of `n1` before which there were so many random draws.
fn three(draws: u64) -> Vec<String> {
    let mut lab = Lab::drawing_from::<Namer>(draws);
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
    lab.deliver(r#"{"type":"three","msg_id":1}"#);
    let ids = lab.replies().remove(1)["ids"].take();
    serde_json::from_value(ids).unwrap()
}

#[test]
fn a_name_tells_the_node_its_start_and_how_many_came_before() {
    let ids = [
        "n1-00000000000000ff-0",
        "n1-00000000000000ff-1",
        "n1-00000000000000ff-2",
    ];
    assert_eq!(three(254), ids);
}

#[test]
fn another_start_repeats_no_name() {
    let all = [three(0), three(1)].concat();
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), 6, "{all:?}");
}
