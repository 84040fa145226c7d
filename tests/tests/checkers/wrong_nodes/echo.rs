//! Echoes that change what they are told, or answer late or never.

use mael::prelude::*;
use mael_challenges as challenges;
use mael_history::{Kind, Validity, Value};
use mael_sim::engine::RPC_TIMEOUT;
use mael_sim::simulation::secs;
use mael_sim::{Fault, simulate, workloads};
use mael_tests::reference;

use super::{result, small};

#[test]
fn an_echo_that_changes_some_texts_is_found_and_each_of_them_is_named() {
    let shouting = small::<reference::echo::Echo>(workloads::Echo).args(["--bug", "uppercases"]);
    let run = shouting.run_seed(1);
    assert_eq!(run.results.valid, Validity::False);
    let Value::List(errors) = result(&run, "workload", "errors") else {
        panic!("errors are a list");
    };
    let pairs = run.record.history.pairs().unwrap().list;
    let shouted = pairs.iter().filter_map(|(begin, end)| {
        let reply = end.as_ref()?.value.get("echo")?;
        (*reply != begin.value).then(|| begin.value.clone())
    });
    let sent: Vec<Value> = shouted.collect();
    assert!(!sent.is_empty());
    assert_eq!(errors.len(), sent.len());
    for (error, sent) in errors.iter().zip(sent) {
        let Value::Str(text) = &sent else {
            panic!("a text was sent")
        };
        let Value::List(error) = error else {
            panic!("an error is a list")
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

/// An echo whose handler never ends.
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
fn a_handler_that_never_ends_is_an_indeterminate_timeout() {
    let run = small::<Endless>(workloads::Echo).run_seed(1);
    assert_eq!(result(&run, "stats", "valid?"), Value::Bool(false));
    assert_eq!(result(&run, "workload", "valid?"), Value::Bool(true));
    assert!(run.record.history.completions().count() > 3);
    for end in run.record.history.completions() {
        assert_eq!(end.kind, Kind::Info);
        let Some(Value::List(error)) = &end.error else {
            panic!("{:?}", end.error)
        };
        assert_eq!(
            error[0],
            Value::keyword("timeout"),
            "the node's own deadline"
        );
    }
}

#[test]
fn what_is_asked_of_a_node_that_is_paused_times_out() {
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
        for (begin, end) in run.record.history.pairs().unwrap().list {
            let end = end.expect("it has ended");
            if end.kind == Kind::Info {
                assert_eq!(end.error, Some(Value::keyword("net-timeout")));
                assert_eq!(end.time - begin.time, RPC_TIMEOUT.as_nanos() as u64);
                timed_out += 1;
            }
        }
    }
    assert!(timed_out > 0, "some seed pauses the node while it is asked");
}
