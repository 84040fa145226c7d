//! Tests that a panic anywhere in a node's own code fails the run, and is reported with its
//! location.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use mael::node::Handlers;
use mael::prelude::*;
use mael::serde::{Deserialize, Deserializer, Serialize, Serializer};
use mael_sim::Fault;
use mael_sim::simulation::secs;

use super::nodes::Deterministic;
use super::simulation;

/// Runs one seed of a node, and asserts that it fails because of panics at a single line of this
/// file. Returns the code that panicked first.
fn panics<N: Handlers>() -> String {
    let run = simulation::<N>().run_seed(0);
    assert!(!run.passed());
    let groups: Vec<_> = run.record.panics.groups().collect();
    let [group] = &*groups else {
        panic!("expected panics at one location: {groups:?}");
    };
    let place = &group.first.place;
    assert!(
        place.starts_with("tests/tests/simulation/hazards/panics.rs:"),
        "{place}"
    );
    let name = format!("panic at {place}");
    assert!(run.anomalies().contains(&name), "{:?}", run.anomalies());
    assert!(group.first.time.is_some());
    assert!(simulation::<N>().allow_panics().run_seed(0).record.panics == run.record.panics);
    group.first.activity.clone()
}

/// Returns the panic message of `check`.
fn report<N: Handlers>() -> String {
    let simulation = simulation::<N>();
    let check = AssertUnwindSafe(|| simulation.check());
    let panic = catch_unwind(check).expect_err("the seed fails");
    *panic
        .downcast::<String>()
        .expect("the panic's payload is a string")
}

node! {
    EveryTenth,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        let mut received = self.received.borrow_mut();
        received.insert(echo.clone());
        if received.len().is_multiple_of(10) {
            panic!("{echo:?} is number {}", received.len());
        }
        echo
    }
}

#[test]
fn a_handler_that_panics_sometimes_fails_the_run_which_is_shrunk() {
    assert_eq!(panics::<EveryTenth>(), "the handler of `echo`");
    let text = report::<EveryTenth>();
    let (headline, rest) = text.split_once('\n').unwrap();
    let place = headline
        .strip_prefix("seed 0 fails: panic at ")
        .expect(&text);
    assert!(
        place.starts_with("tests/tests/simulation/hazards/panics.rs:"),
        "{text}"
    );
    // The panic messages differ, but the location is reported once.
    let groups: Vec<&str> = rest
        .lines()
        .filter(|it| it.contains(" panics at "))
        .collect();
    assert_eq!(groups.len(), 1, "{text}");
    assert!(groups[0].contains(" in the handler of `echo`: "), "{text}");
    let (before, _) = rest.split_once("\nminimal run after ").expect(&text);
    let crashes = before.lines().filter(|it| it.contains(" panicked at "));
    assert_eq!(crashes.count(), 1, "{text}");
    assert!(text.contains(&format!("1 panic at {place} (n")), "{text}");
}

#[test]
fn panics_can_be_allowed() {
    simulation::<EveryTenth>()
        .seeds(0..2)
        .allow_panics()
        .check();
}

#[test]
fn a_node_that_does_not_panic_has_no_panics() {
    let run = simulation::<Deterministic>().run_seed(0);
    assert!(run.passed() && run.record.panics.is_empty());
}

node! {
    AfterAnAwait,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        mael::time::sleep(Duration::from_millis(1)).await;
        let first = self.received.borrow_mut();
        let second = self.received.borrow_mut();
        drop((first, second));
        echo
    }
}

node! {
    InATask,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        mael::spawn(async {
            mael::time::sleep(Duration::from_millis(1)).await;
            let numbers: Vec<u64> = Vec::new();
            let position = numbers.len() + 3;
            assert!(numbers[position] == 0);
        });
        echo
    }
}

#[node]
struct InATimer {
    n: RefCell<u64>,
}

#[handlers]
impl InATimer {
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }

    #[every(ms = 100)]
    async fn tick(&self) {
        let first = self.n.borrow_mut();
        let second = self.n.borrow_mut();
        drop((first, second));
    }
}

#[node]
struct InAPeriod;

#[handlers]
impl InAPeriod {
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }

    #[every(ms = "no number".parse::<u64>().unwrap())]
    fn tick(&self) {}
}

#[node]
struct InInit;

#[handlers]
impl InInit {
    #[init]
    fn init(&self) {
        panic!("not today");
    }

    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }
}

/// A value that panics when it is dropped.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

node! {
    AsATaskEnds,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        let fragile = Fragile;
        mael::spawn(async move {
            mael::time::sleep(Duration::from_millis(1)).await;
            drop(fragile);
        });
        echo
    }
}

node! {
    AsATaskIsAborted,
    #[handler(reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        let fragile = Fragile;
        let task = mael::spawn(async move {
            std::future::pending::<()>().await;
            drop(fragile);
        });
        mael::time::sleep(Duration::from_millis(1)).await;
        task.abort();
        echo
    }
}

node! {
    AtTheDeadline,
    #[handler(reply = "echo", deadline_ms = 100)]
    async fn echo(&self, echo: String) -> String {
        let fragile = Fragile;
        mael::time::sleep(Duration::from_secs(1)).await;
        drop(fragile);
        echo
    }
}

/// A value that panics when it is serialized or deserialized.
struct Unserializable;

impl Serialize for Unserializable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("not serializable");
    }
}

impl<'de> Deserialize<'de> for Unserializable {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("not serializable");
    }
}

#[node]
struct InAReply;

#[handlers]
impl InAReply {
    #[handler(reply = "echo")]
    fn echo(&self) -> Unserializable {
        Unserializable
    }
}

#[node]
struct InARequest;

#[handlers]
impl InARequest {
    #[handler(reply = "echo")]
    fn echo(&self, echo: Unserializable) -> String {
        let Unserializable = echo;
        String::new()
    }
}

/// A number whose serialization panics if it is odd.
#[derive(Clone, Deserialize)]
#[serde(crate = "mael::serde")]
struct Even(u64);

impl Serialize for Even {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(self.0.is_multiple_of(2), "{} is odd", self.0);
        serializer.serialize_u64(self.0)
    }
}

#[node]
struct InADetachedCall {
    peers: Peers<InADetachedCall>,
}

#[handlers]
impl InADetachedCall {
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        for peer in &self.peers {
            peer.count(Even(7)).retry().detach();
        }
        echo
    }

    #[handler]
    fn count(&self, number: Even) -> mael::Result<()> {
        let _: Even = number;
        Ok(())
    }
}

#[test]
fn panics_are_found_in_all_of_the_nodes_own_code() {
    assert_eq!(panics::<AfterAnAwait>(), "the handler of `echo`");
    let of_task = panics::<InATask>();
    assert!(of_task.starts_with("the task spawned at tests/tests/simulation/hazards/panics.rs:"));
    assert_eq!(panics::<InATimer>(), "the timer `tick`");
    assert_eq!(panics::<InAPeriod>(), "`init`");
    assert_eq!(panics::<InInit>(), "`init`");
    let of_task = panics::<AsATaskEnds>();
    assert!(of_task.starts_with("the task spawned at "), "{of_task}");
    let of_task = panics::<AsATaskIsAborted>();
    assert!(of_task.starts_with("the task spawned at "), "{of_task}");
    assert_eq!(panics::<AtTheDeadline>(), "the handler of `echo`");
    assert_eq!(panics::<InAReply>(), "the handler of `echo`");
    assert_eq!(panics::<InARequest>(), "the handler of `echo`");
    assert_eq!(panics::<InADetachedCall>(), "a detached call of `count`");
}

#[node]
struct Brittle {
    fragile: RefCell<Option<Fragile>>,
}

#[handlers]
impl Brittle {
    #[init]
    fn init(&self) {
        self.fragile.replace(Some(Fragile));
    }

    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        mael::spawn(async move {
            let fragile = Fragile;
            std::future::pending::<()>().await;
            drop(fragile);
        });
        echo
    }
}

#[test]
fn panics_of_destructors_that_run_because_of_a_kill_are_ignored() {
    let simulation = simulation::<Brittle>()
        .nemesis([Fault::Kill])
        .nemesis_interval(secs(1));
    let run = simulation.run_seed(0);
    assert!(run.passed(), "{:?}", run.anomalies());
    assert!(run.record.panics.is_empty());
}

#[test]
fn panics_that_the_node_catches_are_ignored() {
    let run = simulation::<Catching>().run_seed(0);
    assert!(run.passed(), "{:?}", run.anomalies());
}

node! {
    Catching,
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        let caught = catch_unwind(|| panic!("expected"));
        assert!(caught.is_err());
        echo
    }
}
