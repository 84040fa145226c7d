//! Replies that have another form than their requests ask for.

use mael_history::{History, Operation, Pairs, Value};

use super::Stricter;

/// What a reply is called that does not have the form that its request asks for.
pub const MISMATCHED: &str = "mismatched-reply";

/// Checks each operation that succeeded: `rule` must accept the value that it began with and the value that it ended with. A rule that
/// does not accept returns what is wrong, as the rest of a sentence such as "returned 3, not a
/// list".
pub fn check(
    history: &History,
    rule: impl Fn(&Operation, &Operation) -> Result<(), String>,
    stricter: &mut Stricter,
) {
    let pairs = history.pairs().ok();
    for (invocation, completion) in pairs.iter().flat_map(Pairs::ok) {
        if let Err(reason) = rule(invocation, completion) {
            let invocation = ("invocation", invocation.value.clone());
            stricter.add(MISMATCHED, completion, || (vec![invocation], reason));
        }
    }
}

/// The rule of operations whose result is what they began with, with a value in the place of each
/// `nil`: `[:r 1 nil]` may end as `[:r 1 5]`, `[:w 1 5]` may not end as `[:w 1 6]`.
///
/// # Errors
/// When the result differs elsewhere.
pub fn fills_in(invocation: &Operation, completion: &Operation) -> Result<(), String> {
    match is_filled_in(&invocation.value, &completion.value) {
        true => Ok(()),
        false => Err(format!(
            "answered {} with {}",
            invocation.value, completion.value
        )),
    }
}

fn is_filled_in(asked: &Value, answer: &Value) -> bool {
    match (asked, answer) {
        (Value::Nil, _) => true,
        (Value::List(asked), Value::List(answer)) => {
            let mut pairs = asked.iter().zip(answer);
            asked.len() == answer.len() && pairs.all(|(asked, answer)| is_filled_in(asked, answer))
        }
        _ => is_same(asked, answer),
    }
}

/// Whether two values are equal; JSON has strings in place of keywords.
pub(crate) fn is_same(a: &Value, b: &Value) -> bool {
    a == b || a.name().is_some_and(|name| b.name() == Some(name))
}

/// The rule of transactions: the reply repeats the micro-operations of the request, in order, with
/// their functions, keys and written values; only what was read is the node's to say.
///
/// # Errors
/// At the first difference.
pub(crate) fn repeats_transaction(
    invocation: &Operation,
    completion: &Operation,
) -> Result<(), String> {
    let (Value::List(asked), Value::List(answers)) = (&invocation.value, &completion.value) else {
        // What is no transaction is not for this rule to judge.
        return Ok(());
    };
    if asked.len() != answers.len() {
        return Err(format!(
            "answered a transaction of {} micro-operations with {}: {} with {}",
            asked.len(),
            answers.len(),
            invocation.value,
            completion.value
        ));
    }
    let mut steps = asked.iter().zip(answers);
    match steps.find(|(asked, answer)| !repeats_step(asked, answer)) {
        Some((asked, answer)) => Err(format!("answered {asked} with {answer}")),
        None => Ok(()),
    }
}

fn repeats_step(asked: &Value, answer: &Value) -> bool {
    let (Value::List(asked), Value::List(answer)) = (asked, answer) else {
        return asked == answer;
    };
    let is_read = asked.first().and_then(Value::name) == Some("r");
    // A read may be written without a place for what is read.
    let compared = if is_read { 2 } else { usize::MAX };
    let repeated = asked.iter().take(compared);
    let by = answer.iter().take(compared);
    repeated.len() == by.len()
        && repeated
            .zip(by)
            .all(|(asked, answer)| is_same(asked, answer))
}
