//! Tests echo nodes that change the text, never reply, or are paused.

use mael::prelude::*;
use mael_challenges as challenges;
use mael_history::{Kind, Validity, Value};
use mael_sim::engine::RPC_TIMEOUT;
use mael_sim::simulation::secs;
use mael_sim::{Fault, simulate, workloads};
use mael_tests::reference;

use super::{result, small};

#[test]
fn each_changed_text_is_reported() {
    let uppercasing = small::<reference::echo::Echo>(workloads::Echo).args(["--bug", "uppercases"]);
    let run = uppercasing.run_seed(1);
    assert_eq!(run.results.valid, Validity::False);
    let Value::List(errors) = result(&run, "workload", "errors") else {
        panic!("`errors` is not a list");
    };
    let pairs = run.record.history.pairs().unwrap().list;
    let changed = pairs.iter().filter_map(|(invocation, completion)| {
        let reply = completion.as_ref()?.value.get("echo")?;
        (*reply != invocation.value).then(|| invocation.value.clone())
    });
    let sent: Vec<Value> = changed.collect();
    assert!(!sent.is_empty());
    assert_eq!(errors.len(), sent.len());
    for (error, sent) in errors.iter().zip(sent) {
        let Value::Str(text) = &sent else {
            panic!("the value is not a string")
        };
        let Value::List(error) = error else {
            panic!("the error is not a list")
        };
        assert_eq!(error[0], Value::from("Expected a message with :echo"));
        assert_eq!(error[1], sent);
        assert_eq!(error[2], Value::from("But received"));
        assert_eq!(
            error[3].get("echo"),
            Some(&Value::from(text.to_uppercase()))
        );
    }
}

/// An echo node whose handler never completes.
#[node]
struct Endless;

#[handlers]
impl Endless {
    #[handler(type = "echo", reply = "echo")]
    async fn echo(&self, echo: String) -> String {
        std::future::pending::<()>().await;
        echo
    }
}

#[test]
fn a_handler_that_never_completes_is_an_indefinite_timeout() {
    let run = small::<Endless>(workloads::Echo).run_seed(1);
    assert_eq!(result(&run, "stats", "valid?"), Value::Bool(false));
    assert_eq!(result(&run, "workload", "valid?"), Value::Bool(true));
    assert!(run.record.history.completions().count() > 3);
    for completion in run.record.history.completions() {
        assert_eq!(completion.kind, Kind::Info);
        let Some(Value::List(error)) = &completion.error else {
            panic!("{:?}", completion.error)
        };
        assert_eq!(
            error[0],
            Value::keyword("timeout"),
            "the node's own deadline"
        );
    }
}

#[test]
fn requests_to_a_paused_node_time_out() {
    let mut timed_out = 0;
    for run in simulate::<challenges::Echo>(workloads::Echo)
        .nodes(1)
        .rate(20.0)
        .time_limit(secs(20))
        .nemesis([Fault::Pause])
        .nemesis_interval(secs(10))
        .seeds(0..10)
        .run()
    {
        for (invocation, completion) in run.record.history.pairs().unwrap().list {
            let completion = completion.expect("the operation has completed");
            if completion.kind == Kind::Info {
                assert_eq!(completion.error, Some(Value::keyword("net-timeout")));
                assert_eq!(
                    completion.time - invocation.time,
                    RPC_TIMEOUT.as_nanos() as u64
                );
                timed_out += 1;
            }
        }
    }
    assert!(
        timed_out > 0,
        "some seed pauses the node during an operation"
    );
}
