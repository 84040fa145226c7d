//! Tests a node that replies to some requests with an error.

use mael::prelude::*;
use mael_history::{Kind, Validity, Value};
use mael_sim::workloads;

use super::{number, result, small};

/// Replies to every fifth request with a definite error.
#[node]
struct Busy {
    id: NodeId,
    count: Cell<u64>,
}

#[handlers]
impl Busy {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> mael::Result<String> {
        let count = self.count.replace(self.count.get() + 1);
        match count % 5 {
            4 => Err(Error::new(ErrorCode::TemporarilyUnavailable, "busy")),
            _ => Ok(format!("{}-{count}", self.id)),
        }
    }

    #[handler(type = "echo", reply = "echo")]
    fn echo(&self, echo: String) -> mael::Result<String> {
        self.generate().map(|_| echo)
    }
}

#[test]
fn definite_errors_only_reduce_availability() {
    let run = small::<Busy>(workloads::UniqueIds).run_seed(1);
    assert!(run.passed());
    let failed = number(&run, "stats", "fail-count");
    assert!(failed > 0);
    assert_eq!(number(&run, "stats", "info-count"), 0);
    for end in run
        .record
        .history
        .completions()
        .filter(|end| end.kind == Kind::Fail)
    {
        let error = vec![Value::keyword("temporarily-unavailable"), "busy".into()];
        assert_eq!(end.error, Some(Value::List(error)));
    }
    let run = small::<Busy>(workloads::UniqueIds)
        .availability(1.0)
        .run_seed(1);
    assert_eq!(run.results.valid, Validity::False);
    assert_eq!(result(&run, "availability", "valid?"), Value::Bool(false));
    assert_eq!(result(&run, "workload", "valid?"), Value::Bool(true));
    small::<Busy>(workloads::UniqueIds)
        .availability(0.7)
        .seeds(0..5)
        .check();
}

#[test]
fn a_failed_echo_is_a_wrong_reply() {
    // As in Maelstrom, a failed operation is a wrong reply, because it has no text.
    let run = small::<Busy>(workloads::Echo).run_seed(1);
    assert_eq!(result(&run, "workload", "valid?"), Value::Bool(false));
    let Value::List(errors) = result(&run, "workload", "errors") else {
        panic!("`errors` is not a list");
    };
    assert_eq!(errors.len() as i128, number(&run, "stats", "fail-count"));
}
