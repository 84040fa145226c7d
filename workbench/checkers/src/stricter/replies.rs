//! Replies that do not match their requests.

use mael_history::{History, Operation, Pairs, Value};

use super::Stricter;

/// The finding of a reply that does not match its request.
pub const MISMATCHED: &str = "mismatched-reply";

/// Checks each operation that succeeded: `rule` must accept its invocation and its completion.
/// Otherwise it returns what is wrong, as the rest of a sentence whose subject is the operation,
/// such as "returned 3, not a list".
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

/// The rule for operations that complete with the value of their invocation, with a value in place
/// of each `nil`: `[:r 1 nil]` may complete as `[:r 1 5]`, but `[:w 1 5]` not as `[:w 1 6]`.
///
/// # Errors
/// Returns an error if the result differs elsewhere.
pub fn fills_in(invocation: &Operation, completion: &Operation) -> Result<(), String> {
    if is_filled_in(&invocation.value, &completion.value) {
        Ok(())
    } else {
        Err(format!(
            "answered {} with {}",
            invocation.value, completion.value
        ))
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

/// Returns whether two values are equal, where a keyword equals a string of that name, since JSON
/// has no keywords.
pub(crate) fn is_same(a: &Value, b: &Value) -> bool {
    a == b || a.name().is_some_and(|name| b.name() == Some(name))
}

/// The rule for transactions: the reply repeats the micro-operations of the request, in order, with
/// their functions, keys and written values. Only the values of reads may differ.
///
/// # Errors
/// Returns an error at the first difference.
pub(crate) fn repeats_transaction(
    invocation: &Operation,
    completion: &Operation,
) -> Result<(), String> {
    let (Value::List(asked), Value::List(answers)) = (&invocation.value, &completion.value) else {
        // This rule applies to transactions only.
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
    // A read may omit the position of its value.
    let compared = if is_read { 2 } else { usize::MAX };
    let repeated = asked.iter().take(compared);
    let by = answer.iter().take(compared);
    repeated.len() == by.len()
        && repeated
            .zip(by)
            .all(|(asked, answer)| is_same(asked, answer))
}
