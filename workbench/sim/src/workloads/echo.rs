//! Echo: nodes reply with the text they receive.

use mael::executor::LocalFuture;
use mael_checkers::coverage::{no_such, understood};
use mael_checkers::stricter::{Stricter, replies};
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Kind, Operation, Validity, Value};

use super::{Client, Workload};
use crate::engine::{Connection, Generator, Invocation, Rpc, RpcDescription, RpcError, endless};
use crate::{Options, rpc};

rpc! {
    /// Clients send a string and expect the same string in the reply.
    pub struct EchoRequest = "echo" { echo: String } => EchoReply = "echo_ok" { echo: Value }
}

/// The echo workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Echo;

impl Workload for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn doc(&self) -> &'static str {
        "A node replies with the text of the request. This is the simplest workload, and a good \
         one to start with."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![EchoRequest::describe()]
    }

    fn generator(&self, _: &Options) -> Box<dyn Generator> {
        Box::new(endless(|random| {
            Invocation::new("echo", format!("Please echo {}", random.u8(0..128)))
        }))
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        invocation.f == "echo" && matches!(invocation.value, Value::Str(_))
    }

    fn client(&self, _: &Options) -> Box<dyn Client> {
        Box::new(Echo)
    }

    fn anomaly(&self) -> &'static str {
        "wrong-echo"
    }

    fn check(&self, _: &Options, history: &History) -> Verdict {
        check(history)
    }

    fn coverage(&self, history: &History) -> Coverage {
        Coverage::of(history, judges)
    }
}

impl Client for Echo {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            let Value::Str(text) = &invocation.value else {
                unreachable!("only supported operations are invoked")
            };
            let reply = connection.rpc(&EchoRequest { echo: text.clone() }).await?;
            Ok(Value::map([
                ("type", EchoRequest::REPLY_TYPE.into()),
                ("in_reply_to", connection.last_msg_id().into()),
                ("echo", reply.echo),
            ]))
        })
    }
}

/// A failed operation is checked too: it has no reply, so it does not match.
fn judges(begin: &Operation, end: Option<&Operation>) -> Result<bool, String> {
    match &*begin.f {
        "echo" => Ok(end.is_some_and(|end| end.kind != Kind::Info)),
        f => Err(no_such(f, "echo")),
    }
}

/// Every completed operation must have returned the text that was sent. Source: Maelstrom's echo
/// checker.
fn check(history: &History) -> Verdict {
    let pairs = match understood(history, judges) {
        Ok(pairs) => pairs.list,
        Err(reason) => return Verdict::unknown(reason),
    };
    let mut errors = Vec::new();
    let mut explanation = Vec::new();
    for (begin, end) in pairs {
        let Some(end) = end.filter(|end| end.kind != Kind::Info) else {
            continue;
        };
        let received = end.value.get("echo").unwrap_or(&Value::Nil);
        if *received != begin.value {
            explanation.push(format!("{} was answered with {received}", begin.value));
            errors.push(Value::from(vec![
                Value::from("Expected a message with :echo"),
                begin.value.clone(),
                Value::from("But received"),
                end.value.clone(),
            ]));
        }
    }
    let valid = Validity::from(errors.is_empty());
    let verdict = Verdict {
        valid,
        results: Value::map([("valid?", valid.into()), ("errors", errors.into())]),
        explanation,
    };
    let mut stricter = Stricter::default();
    replies::check(history, is_echo_ok, &mut stricter);
    verdict.with_stricter(stricter)
}

/// Checks that a reply has the type of an echo. Maelstrom only compares the text.
fn is_echo_ok(_: &Operation, end: &Operation) -> Result<(), String> {
    match end.value.get("type").and_then(Value::name) {
        Some(EchoRequest::REPLY_TYPE) | None => Ok(()),
        Some(other) => Err(format!(
            "was answered with a message of type {other}, not {}",
            EchoRequest::REPLY_TYPE
        )),
    }
}
