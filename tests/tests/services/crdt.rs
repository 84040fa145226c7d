//! Tests states that merge, and how nodes gossip them.

use std::fmt::Debug;
use std::time::Duration;

use mael::crdt::Merge;
use mael::prelude::*;
use mael_tests::Lab;
use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use serde_json::json;

fn merged<T: Merge + Clone>(a: &T, b: &T) -> T {
    let mut both = a.clone();
    both.merge(b.clone());
    both
}

/// Asserts the properties that make the order and the number of deliveries of states irrelevant
/// (Shapiro et al., 2011, section 2.2.1, definition 2.4).
fn assert_is_semilattice<T: Merge + Clone + PartialEq + Debug>([a, b, c]: [T; 3]) {
    assert_eq!(merged(&a, &b), merged(&b, &a), "commutative");
    assert_eq!(
        merged(&merged(&a, &b), &c),
        merged(&a, &merged(&b, &c)),
        "associative"
    );
    assert_eq!(merged(&a, &a), a, "idempotent");
    let both = merged(&a, &b);
    assert_eq!(merged(&both, &a), both, "the merged state includes both");
}

/// Three states with many elements in common.
fn states<T: Debug>(state: impl Strategy<Value = T>) -> impl Strategy<Value = [T; 3]> {
    proptest::array::uniform3(state)
}

fn max() -> impl Strategy<Value = Max<u8>> {
    (0..4u8).prop_map(Max)
}

proptest! {
    #[test]
    fn max_is_a_semilattice(states in states(max())) {
        assert_is_semilattice(states);
    }

    #[test]
    fn sets_are_a_semilattice(states in states(btree_set(0..6u8, 0..6))) {
        assert_is_semilattice(states);
    }

    #[test]
    fn maps_are_a_semilattice(
        states in states(btree_map(0..4u8, btree_map(0..3u8, max(), 0..3), 0..4)),
    ) {
        assert_is_semilattice(states);
    }

    #[test]
    fn tuples_are_a_semilattice(
        states in states((max(), btree_set(0..4u8, 0..4), max(), (max(), max(), max()))),
    ) {
        assert_is_semilattice(states);
    }
}

#[test]
fn a_merged_state_contains_both_states() {
    let ours = (
        Max(1),
        BTreeSet::from([1, 2]),
        BTreeMap::from([(1, Max(5)), (2, Max(1))]),
    );
    let theirs = (
        Max(2),
        BTreeSet::from([3]),
        BTreeMap::from([(2, Max(3)), (3, Max(0))]),
    );
    let maps = BTreeMap::from([(1, Max(5)), (2, Max(3)), (3, Max(0))]);
    assert_eq!(
        merged(&ours, &theirs),
        (Max(2), BTreeSet::from([1, 2, 3]), maps)
    );
}

#[node]
struct Shelf {
    books: Gossip<BTreeSet<String>>,
    #[key("sold")]
    sales: Gossip<Max<u64>, 500>,
}

#[handlers]
impl Shelf {
    #[handler]
    fn put(&self, book: String) {
        self.books.borrow_mut().insert(book);
    }

    #[handler]
    fn sell(&self) {
        self.sales.borrow_mut().0 += 1;
    }

    #[handler(reply("books", "sales"))]
    fn look(&self) -> (BTreeSet<String>, u64) {
        (self.books.borrow().clone(), self.sales.borrow().0)
    }
}

const INIT: &str = r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1","n2","n3"]}"#;

/// A node `n1` in a cluster of three.
fn shelf() -> Lab {
    let mut lab = Lab::new::<Shelf>();
    lab.deliver(INIT);
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

fn seen(lab: &mut Lab) -> serde_json::Value {
    lab.deliver(r#"{"type":"look","msg_id":9}"#);
    let mut reply = lab.replies().remove(0);
    json!([reply["books"].take(), reply["sales"].take()])
}

#[test]
fn each_state_is_sent_to_all_peers_once_per_interval() {
    let mut lab = shelf();
    lab.deliver(r#"{"type":"put","book":"Emma"}"#);
    lab.deliver(r#"{"type":"sell"}"#);
    lab.advance(Duration::from_millis(199));
    assert_eq!(lab.sent(), []);
    lab.advance(Duration::from_millis(1));
    let to_both = |body: serde_json::Value| [("n2".into(), body.clone()), ("n3".into(), body)];
    let books = json!({"type": "gossip", "books": ["Emma"]});
    assert_eq!(lab.sent(), to_both(books));
    lab.advance(Duration::from_millis(299));
    lab.sent();
    lab.advance(Duration::from_millis(1));
    let sales = json!({"type": "gossip", "sold": 1});
    assert_eq!(lab.sent(), to_both(sales));
}

#[test]
fn gossip_is_merged_and_only_acknowledged_if_it_has_an_id() {
    let mut lab = shelf();
    lab.deliver(r#"{"type":"put","book":"Emma"}"#);
    for _ in 0..2 {
        lab.deliver_from("n2", r#"{"type":"gossip","books":["Persuasion"],"more":1}"#);
        lab.deliver_from("n2", r#"{"type":"gossip","sold":7}"#);
    }
    lab.deliver_from("n3", r#"{"type":"gossip","sold":4}"#);
    assert_eq!(lab.sent(), []);
    assert_eq!(seen(&mut lab), json!([["Emma", "Persuasion"], 7]));
    lab.deliver_from("n3", r#"{"type":"gossip","msg_id":3,"sold":8}"#);
    assert_eq!(
        lab.replies(),
        [json!({"type": "gossip_ok", "in_reply_to": 3})]
    );
}

#[test]
fn invalid_gossip_is_an_error_without_effect() {
    let mut lab = shelf();
    for (body, prefix) in [
        (
            r#"{"type":"gossip","msg_id":1}"#,
            "expected at least one of the fields books, sold",
        ),
        (r#"{"type":"gossip","msg_id":1,"sold":"many"}"#, "`sold`: "),
        (
            r#"{"type":"gossip","msg_id":1,"books":["a",2]}"#,
            "`books[1]`: ",
        ),
    ] {
        lab.deliver_from("n2", body);
        let replies = lab.replies();
        assert_eq!(replies[0]["code"], 12, "{replies:?}");
        let text = replies[0]["text"].as_str().unwrap();
        assert!(text.starts_with(prefix), "{text}");
    }
    assert_eq!(seen(&mut lab), json!([[], 0]));
}

#[node]
struct WithGossipHandler {
    #[expect(dead_code, reason = "the node only gossips it")]
    elements: Gossip<BTreeSet<String>>,
}

#[handlers]
impl WithGossipHandler {
    #[handler]
    fn gossip(&self) {}
}

#[test]
fn a_handler_of_type_gossip_fails_init() {
    let mut lab = Lab::new::<WithGossipHandler>();
    lab.deliver(INIT);
    let replies = lab.replies();
    assert_eq!(replies[0]["type"], "error");
    let text = replies[0]["text"].as_str().unwrap();
    assert!(text.contains("rename the handler"), "{text}");
}
