//! Echo: nodes reply with the text they receive.

use mael_checkers::coverage::{no_such, understood};
use mael_checkers::stricter::{Stricter, replies};
use mael_checkers::{Coverage, Verdict};
use mael_history::{History, Kind, Operation, Validity, Value};

use crate::declared::Source;
use crate::engine::Connection;
use crate::{Options, operations, workload};

/// A node replies with the text of the request. This is the simplest workload, and a good one to
/// start with.
#[workload]
pub struct Echo;

#[operations]
impl Echo {
    /// Clients send a string and expect the same string in the reply.
    #[operation(reply = "echo", record = whole_reply)]
    fn echo(&self, #[draw(text)] echo: String) -> Value;

    #[check]
    fn wrong_echo(&self, _: &Options, history: &History) -> Verdict {
        check(history)
    }

    #[coverage]
    fn coverage(&self, history: &History) -> Coverage {
        Coverage::of(history, judges)
    }
}

fn text(source: &mut Source<'_>) -> String {
    format!("Please echo {}", source.random().u8(0..128))
}

/// Returns the body of the reply.
fn whole_reply(echo: Value, connection: &Connection) -> Value {
    Value::map([
        ("type", "echo_ok".into()),
        ("in_reply_to", connection.last_msg_id().into()),
        ("echo", echo),
    ])
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
            explanation.push(format!(
                "{} was answered with {received} in {}",
                begin.value,
                end.label()
            ));
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
        Some("echo_ok") | None => Ok(()),
        Some(other) => Err(format!(
            "was answered with a message of type {other}, not echo_ok"
        )),
    }
}
