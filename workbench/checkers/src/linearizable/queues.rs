//! Queues.

use std::collections::{BTreeMap, VecDeque};

use mael_history::Value;

use crate::specification::Model;

/// A queue with `enqueue` and `dequeue` that is empty initially. A `dequeue` removes the oldest
/// element.
#[derive(Clone, Copy, Debug, Default)]
pub struct FifoQueue;

/// A queue with `enqueue` and `dequeue` that is empty initially. A `dequeue` removes any element;
/// one of unknown outcome is rejected, since it could have removed any of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnorderedQueue;

/// An operation on a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueueAction {
    /// This element is added.
    Enqueue(Value),
    /// This element is removed; `None` if it is not known which.
    Dequeue(Option<Value>),
}

fn action(f: &str, argument: &Value, result: Option<&Value>) -> Result<QueueAction, String> {
    match f {
        "enqueue" => Ok(QueueAction::Enqueue(argument.clone())),
        "dequeue" => Ok(QueueAction::Dequeue(result.cloned())),
        _ => Err(format!("a queue has enqueue and dequeue, but no {f}")),
    }
}

impl Model for FifoQueue {
    /// The elements, the oldest first.
    type State = VecDeque<Value>;
    type Action = QueueAction;

    fn initial(&self) -> Self::State {
        VecDeque::new()
    }

    fn action(
        &self,
        f: &str,
        argument: &Value,
        result: Option<&Value>,
    ) -> Result<QueueAction, String> {
        action(f, argument, result)
    }

    fn step(&self, state: &Self::State, action: &QueueAction) -> Result<Self::State, String> {
        let mut next = state.clone();
        match action {
            QueueAction::Enqueue(value) => next.push_back(value.clone()),
            QueueAction::Dequeue(wanted) => {
                let oldest = next
                    .pop_front()
                    .ok_or("can't dequeue from an empty queue")?;
                if let Some(wanted) = wanted
                    && *wanted != oldest
                {
                    return Err(format!(
                        "can't dequeue {wanted}, since {oldest} is the oldest"
                    ));
                }
            }
        }
        Ok(next)
    }

    fn show(&self, state: &Self::State) -> Value {
        let elements = state.iter().cloned().collect();
        Value::map([("queue", Value::List(elements))])
    }
}

impl Model for UnorderedQueue {
    /// The elements, and how often each occurs.
    type State = BTreeMap<Value, usize>;
    type Action = QueueAction;

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn action(
        &self,
        f: &str,
        argument: &Value,
        result: Option<&Value>,
    ) -> Result<QueueAction, String> {
        match action(f, argument, result)? {
            QueueAction::Dequeue(None) => {
                Err("an unordered queue needs to know which element was dequeued".to_owned())
            }
            known => Ok(known),
        }
    }

    fn step(&self, state: &Self::State, action: &QueueAction) -> Result<Self::State, String> {
        let mut next = state.clone();
        match action {
            QueueAction::Enqueue(value) => *next.entry(value.clone()).or_default() += 1,
            QueueAction::Dequeue(None) => {
                return Err("which element is dequeued is not known".to_owned());
            }
            QueueAction::Dequeue(Some(value)) => {
                let count = next
                    .get_mut(value)
                    .ok_or_else(|| format!("can't dequeue {value}, which is not in the queue"))?;
                *count -= 1;
                if *count == 0 {
                    next.remove(value);
                }
            }
        }
        Ok(next)
    }

    fn show(&self, state: &Self::State) -> Value {
        let elements = state
            .iter()
            .flat_map(|(value, count)| std::iter::repeat_n(value.clone(), *count));
        Value::map([("queue", Value::List(elements.collect()))])
    }
}
