//! Mistakes of a specification make the verdict unknown, with the operation.

use mael::prelude::*;
use mael_history::Kind::{Fail, Invoke, Ok};
use mael_history::Validity;
use mael_sim::specification;

use super::judge_by;

/// A counter that makes the mistake that it is asked for.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mistaken {
    count: Cell<u64>,
}

#[specification]
#[handlers]
impl Mistaken {
    #[handler(type = "panic")]
    fn panic(&self) {
        panic!("on purpose");
    }

    #[handler(type = "indefinite")]
    fn indefinite(&self) -> mael::Result<()> {
        Err(Error::timeout("no idea"))
    }

    #[handler(type = "changed")]
    fn changed(&self) -> mael::Result<()> {
        self.count.set(self.count.get() + 1);
        Err(Error::precondition_failed("after all"))
    }

    #[handler(type = "time")]
    fn time(&self) {
        let _ = mael::time::now();
    }

    #[handler(type = "task")]
    fn task(&self) {
        drop(mael::spawn(async {}));
    }
}

#[test]
fn a_mistake_is_reported_with_the_operation() {
    for (f, what) in [
        (
            "panic",
            "`mistaken` panics at panic: on purpose (workbench/sim/tests/declared/mistakes.rs:",
        ),
        ("indefinite", "`mistaken` answers indefinite with "),
        ("changed", "`mistaken` answers changed with "),
        ("time", "`mistaken` panics at time"),
        ("task", "`mistaken` panics at task"),
    ] {
        let verdict = judge_by::<Mistaken>(&[(0, Invoke, f, "nil"), (0, Ok, f, "nil")]);
        assert_eq!(verdict.valid, Validity::Unknown, "{f}");
        let text = &verdict.explanation[0];
        assert!(text.contains(what), "{text}");
    }
}

#[test]
fn an_error_leaves_the_state_as_it_was() {
    let verdict = judge_by::<Mistaken>(&[
        (0, Invoke, "changed", "nil"),
        (0, Fail, "changed", "[:precondition-failed \"after all\"]"),
    ]);
    assert_eq!(verdict.valid, Validity::Unknown);
    assert!(
        verdict.explanation[0].ends_with("and changes its state"),
        "{:?}",
        verdict.explanation
    );
}

/// A node that can't be created alone.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Uncreated {
    other: Other,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Other;

impl mael::FromInit for Other {
    fn from_init(init: &mael::Init, _: &mael::Field) -> mael::Result<Self> {
        let other = init.node_ids.get(1);
        other
            .map(|_| Self)
            .ok_or_else(|| Error::crash("there is no other node"))
    }
}

#[specification]
#[handlers]
impl Uncreated {
    #[handler]
    fn read(&self) {}
}

#[test]
fn a_specification_that_cannot_be_created_makes_the_verdict_unknown() {
    let verdict = judge_by::<Uncreated>(&[(0, Invoke, "read", "nil"), (0, Ok, "read", "nil")]);
    assert_eq!(verdict.valid, Validity::Unknown);
    let text = &verdict.explanation[0];
    assert!(text.contains("`uncreated` can't be created"), "{text}");
    assert!(text.contains("there is no other node"), "{text}");
}
