//! Unique ids: nodes make ids, and no two are ever the same.

use std::collections::BTreeMap;

use mael::runtime::LocalFuture;

use super::{Client, Verdict, Workload};
use crate::engine::{Connection, Generator, Invocation, Rpc, RpcDescription, RpcError, endless};
use crate::history::{History, Kind};
use crate::{Test, Validity, Value, rpc};

rpc! {
    /// Asks for a new id, which may be of any type, and must be unlike any other.
    pub struct Generate = "generate" {} => GenerateOk = "generate_ok" { id: Value }
}

/// The unique-ids workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct UniqueIds;

impl Workload for UniqueIds {
    fn name(&self) -> &'static str {
        "unique-ids"
    }

    fn doc(&self) -> &'static str {
        "Nodes make ids that are unlike any other, of any type. For the checker all ids of a run must \
         be comparable: all numbers, all strings, or arrays of such."
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        vec![Generate::describe()]
    }

    fn generator(&self, _: &Test) -> Box<dyn Generator> {
        Box::new(endless(|_| Invocation::new("generate", Value::Nil)))
    }

    fn client(&self, _: &Test) -> Box<dyn Client> {
        Box::new(UniqueIds)
    }

    fn reusable(&self) -> bool {
        true
    }

    fn check(&self, _: &Test, history: &History) -> Verdict {
        check(history)
    }
}

impl Client for UniqueIds {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        _: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move { Ok(connection.rpc(&Generate {}).await?.id) })
    }
}

/// How many of the ids that were made more than once are listed.
const LISTED: usize = 48;

/// No id may have been acknowledged twice. Ids that cannot be compared with each other are not
/// judged. Source: Jepsen's unique-ids checker.
fn check(history: &History) -> Verdict {
    let attempted = history.invocations().count();
    let mut times = BTreeMap::<&Value, usize>::new();
    let mut acknowledged = 0_usize;
    for operation in history.completions().filter(|end| end.kind == Kind::Ok) {
        *times.entry(&operation.value).or_default() += 1;
        acknowledged += 1;
    }
    if let Some(reason) = incomparable(times.keys().copied()) {
        return Verdict {
            valid: Validity::Unknown,
            results: Value::map([
                ("valid?", Validity::Unknown.into()),
                ("error", reason.clone().into()),
            ]),
            explanation: vec![reason],
        };
    }
    let range = [times.keys().next(), times.keys().next_back()];
    let range = range.map(|id| id.copied().cloned().unwrap_or_default());
    let mut duplicated: Vec<(&Value, usize)> =
        times.into_iter().filter(|(_, times)| *times > 1).collect();
    let count = duplicated.len();
    // Of those that were made equally often, the original lists the greatest.
    duplicated.sort_by_key(|(id, times)| std::cmp::Reverse((*times, *id)));
    duplicated.truncate(LISTED);
    let valid = Validity::from(duplicated.is_empty());
    let explanation = duplicated
        .iter()
        .map(|(id, times)| format!("the id {id} was made {times} times"))
        .collect();
    let duplicated = duplicated
        .into_iter()
        .map(|(id, times)| (id.clone(), times.into()));
    Verdict {
        valid,
        results: Value::map([
            ("valid?", valid.into()),
            ("attempted-count", attempted.into()),
            ("acknowledged-count", acknowledged.into()),
            ("duplicated-count", count.into()),
            ("duplicated", Value::Map(duplicated.collect())),
            ("range", range.to_vec().into()),
        ]),
        explanation,
    }
}

/// Why these ids can't be compared: they must all be numbers, or all strings, or all arrays of
/// such.
fn incomparable<'a>(ids: impl Iterator<Item = &'a Value>) -> Option<String> {
    let mut first: Option<&Value> = None;
    for id in ids {
        let known = first.get_or_insert(id);
        if !comparable(known, id) {
            return Some(format!("the ids {known} and {id} can't be compared"));
        }
    }
    None
}

fn comparable(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_))
        | (Value::Str(_), Value::Str(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Nil, Value::Nil) => true,
        (Value::List(a), Value::List(b)) => a.iter().zip(b).all(|(a, b)| comparable(a, b)),
        _ => false,
    }
}
