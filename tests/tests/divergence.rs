//! A seed that fails is run again, and if the second run is another one, that is what is told: the
//! first message that differs, and what to look for.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use mael::node::Handlers;
use mael::prelude::*;
use mael_workbench::simulation::{Divergence, Diverging, Simulation, secs};
use mael_workbench::{simulate, workloads};

/// A node that fails each echo, after it has told the other node something.
macro_rules! failing_node {
    ($Name:ident, |$node:ident, $echo:ident| $tell:expr) => {
        #[node]
        struct $Name {
            peers: Peers<$Name>,
            heard: RefCell<HashSet<String>>,
        }

        #[handlers]
        impl $Name {
            #[handler(reply = "echo")]
            fn echo(&self, echo: String) -> String {
                let ($node, $echo) = (self, &echo);
                $tell;
                "something else".to_owned()
            }

            #[handler(oneway)]
            fn hear(&self, text: String) {
                self.heard.borrow_mut().insert(text);
            }
        }

        impl $Name {
            fn tell(&self, text: impl ToString) {
                for peer in &self.peers {
                    peer.hear(text.to_string()).send();
                }
            }
        }
    };
}

fn simulation<N: Handlers>() -> Simulation<N> {
    let simulation = simulate::<N>(workloads::Echo);
    simulation.nodes(2).rate(10.0).time_limit(secs(3))
}

/// What `check` panics with in a test of the name `my_test`.
fn told<N: Handlers>(simulation: &Simulation<N>) -> String {
    let panic = thread::scope(|scope| {
        let test = thread::Builder::new().name("my_test".to_owned());
        let test = test.spawn_scoped(scope, || simulation.check());
        test.expect("there can be one more thread").join()
    });
    let text = panic.expect_err("every seed fails").downcast::<String>();
    *text.expect("a panic with a text")
}

/// Asserts that a failing seed is told to diverge at a message of `n0` or `n1` to the other, and
/// gives what was told.
fn assert_diverges<N: Handlers>() {
    for simulation in [simulation::<N>(), simulation::<N>().journal()] {
        let text = told(&simulation.seeds(3..9));
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("seed 3 diverges: two runs of it are not the same"),
            "{text}"
        );
        assert!(
            lines[1].starts_with("the first message that differs, after "),
            "{text}"
        );
        let [first, second] = ["  first run:  ", "  second run: "].map(|run| {
            lines
                .iter()
                .find_map(|line| line.strip_prefix(run))
                .expect(run)
        });
        assert_ne!(first, second);
        for version in [first, second] {
            assert!(version.contains(r#" sends n"#), "{text}");
            assert!(version.contains(r#""type":"hear""#), "{text}");
        }
        for suspect in [
            "HashMap",
            "Instant",
            "static",
            "thread",
            "rand",
            "addresses",
        ] {
            assert!(text.contains(suspect), "{text}");
        }
        let again = "run it again with MAEL_SEED=3 cargo test my_test";
        assert_eq!(lines.last(), Some(&again));
        assert!(!text.contains("seed 3 fails"), "{text}");
    }
}

failing_node!(Hashed, |node, echo| {
    node.heard.borrow().iter().for_each(|text| node.tell(text));
    node.tell(echo);
});

#[test]
fn hash_order_is_told_by_the_message_it_shows_in() {
    assert_diverges::<Hashed>();
}

failing_node!(Dated, |node, _echo| {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    node.tell(since.unwrap_or_default().as_nanos());
});

#[test]
fn the_systems_clock_is_told_by_the_message_it_shows_in() {
    assert_diverges::<Dated>();
}

static ECHOES: AtomicU64 = AtomicU64::new(0);

failing_node!(Sharing, |node, _echo| {
    node.tell(ECHOES.fetch_add(1, Ordering::Relaxed));
});

#[test]
fn a_static_is_told_by_the_message_it_shows_in() {
    assert_diverges::<Sharing>();
}

failing_node!(Orderly, |node, echo| {
    node.tell(echo);
    node.tell(mael::random::range(0..100));
});

#[test]
fn a_failure_that_replays_is_told_as_such() {
    let text = told(&simulation::<Orderly>().seeds(3..9));
    assert!(text.starts_with("seed 3 fails: errors\n"), "{text}");
    let replay = "replay it with MAEL_SEED=3 cargo test my_test";
    assert!(text.lines().any(|line| line == replay), "{text}");
    assert!(!text.contains("diverges"), "{text}");
    assert_eq!(simulation::<Orderly>().divergence(3), None);
}

/// What a node remembers of the runs before, and tells its client alone.
static RUNS: AtomicU64 = AtomicU64::new(0);

#[node]
struct Remembering {
    id: NodeId,
}

#[handlers]
impl Remembering {
    #[init]
    fn count(&self) {
        if self.id == "n0" {
            RUNS.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        match RUNS.load(Ordering::Relaxed) {
            1 => "something else".to_owned(),
            _ => echo,
        }
    }
}

#[test]
fn a_run_that_only_the_first_time_fails_is_told_by_its_operations() {
    let text = told(&simulation::<Remembering>().seed(0));
    assert!(text.contains("the first operation that differs"), "{text}");
    assert!(text.contains(r#""something else""#), "{text}");
}

#[test]
fn a_seed_can_be_asked_whether_it_replays() {
    let Some(Divergence {
        kind,
        node,
        first,
        second,
        ..
    }) = simulation::<Dated>().divergence(0)
    else {
        panic!("the system's clock was the same twice");
    };
    assert_eq!(kind, Diverging::Message);
    assert!(node.is_some_and(|node| node == "n0" || node == "n1"));
    assert!(first.is_some() && second.is_some());
}
