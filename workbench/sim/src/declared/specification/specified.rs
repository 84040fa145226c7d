//! The workload of a specification.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use mael::protocol::Body;
use mael_checkers::{Verdict, convergent, coverage, independent, linearizable, sequential};
use mael_history::{History, Operation, Validity, Value};

use super::model::SpecificationModel;
use super::{Consistency, Specification, keyed, observed};
use crate::Options;
use crate::declared::declaration::Declaration;
use crate::declared::drawn::Drawn;
use crate::declared::operation::OperationType;
use crate::declared::operations::Operations;
use crate::declared::strategy::Source;

/// A workload that compares a distributed node with a specification: see [`specified_by`].
pub struct Specified<S>(PhantomData<fn() -> S>);

/// Returns a workload that sends the requests of a specification to distributed nodes, and checks
/// that their replies are those of the specification.
///
/// The specification is an ordinary node that works on a single machine. It replies immediately,
/// and returns the errors 20, 21 and 22 where the nodes must return them.
///
/// ```
/// use mael::Error;
/// use mael::prelude::*;
/// use mael_sim::{simulate, specification};
/// use mael_sim::declared::specified_by;
/// use std::collections::VecDeque;
///
/// /// A queue on a single machine.
/// #[node]
/// #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// struct Queue {
///     items: RefCell<VecDeque<i64>>,
/// }
///
/// #[specification]
/// #[handlers]
/// impl Queue {
///     #[handler(type = "enqueue")]
///     fn enqueue(&self, #[draw(unique)] value: i64) {
///         self.items.borrow_mut().push_back(value);
///     }
///
///     #[handler(type = "dequeue", reply = "value")]
///     fn dequeue(&self) -> mael::Result<i64> {
///         let first = self.items.borrow_mut().pop_front();
///         first.ok_or_else(|| Error::key_does_not_exist("the queue is empty"))
///     }
/// }
///
/// // A single queue is linearizable.
/// simulate::<Queue>(specified_by::<Queue>()).nodes(1).concurrency(3).seeds(0..5).check();
/// ```
pub fn specified_by<S: Specification>() -> Specified<S> {
    Specified(PhantomData)
}

impl<S> Clone for Specified<S> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<S> Default for Specified<S> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<S: Specification> Declaration for Specified<S> {
    const NAME: &'static str = S::NAME;
    const DOC: &'static str = S::DOC;
}

impl<S: Specification> Operations for Specified<S> {
    /// The checker does not need requests: the specification reads them.
    type Request = ();
    type Reply = S::Reply;

    fn operations(&self) -> Vec<OperationType> {
        S::operations()
    }

    fn draw(&self, name: &str, source: &mut Source<'_>) -> Option<Drawn> {
        S::draw(name, source)
    }

    fn read_request(name: &str, body: Body<'_>) -> Option<mael::Result<()>> {
        S::decode(name, body).map(|request| request.map(drop))
    }

    fn read_reply(name: &str, body: Body<'_>) -> Option<mael::Result<S::Reply>> {
        S::read_reply(name, body)
    }

    /// A convergent specification is compared with the final reads of all nodes. Each needs a
    /// client.
    fn validate(&self, options: &Options) -> Result<(), String> {
        let (nodes, clients) = (options.nodes.len(), options.clients());
        if S::CONSISTENCY == Consistency::Convergent && clients < nodes {
            return Err(format!(
                "{} needs a client for each node, such as --concurrency 1n, and not {clients} clients for {nodes} nodes",
                S::NAME
            ));
        }
        Ok(())
    }

    fn judge(&self, options: &Options, history: &History) -> Verdict {
        let model = match SpecificationModel::<S>::new() {
            Ok(model) => model,
            Err(mistake) => return Verdict::unknown(mistake),
        };
        let memory = options.checker_memory_bytes();
        let history = observed::observe(history, result_counts::<S>);
        let has_keys = model.codecs().iter().any(|it| it.operation.key.is_some());
        let verdict = if has_keys {
            judge_by_key(&model, &history, memory)
        } else {
            judge(&model, &history, memory)
        };
        match model.mistake() {
            Some(mistake) => Verdict::unknown(mistake),
            None => verdict,
        }
    }

    /// An error that depends on the state is a result.
    fn is_judged(&self, completion: Option<&Operation>) -> bool {
        coverage::is_ok(completion) || completion.is_some_and(observed::is_observation)
    }

    fn anomaly(&self) -> &'static str {
        match S::CONSISTENCY {
            Consistency::Linearizable => "not-linearizable",
            Consistency::Sequential => "not-sequential",
            Consistency::Convergent => "not-convergent",
        }
    }
}

/// Returns whether the result of an operation counts. An operation that failed has no effect where
/// it does not.
fn result_counts<S: Specification>(operation: &Operation) -> bool {
    S::CONSISTENCY != Consistency::Convergent || operation.is_final
}

fn judge<S: Specification>(
    model: &SpecificationModel<S>,
    history: &History,
    memory: u64,
) -> Verdict {
    match S::CONSISTENCY {
        Consistency::Linearizable => linearizable::check_within(model, history, memory),
        Consistency::Sequential => sequential::check_within(model, history, memory),
        Consistency::Convergent => convergent::check_within(model, history, memory),
    }
}

/// Judges each key independently, then checks that keys do not affect each other.
fn judge_by_key<S: Specification>(
    model: &SpecificationModel<S>,
    history: &History,
    memory: u64,
) -> Verdict {
    let histories = match keyed::split(model.codecs(), history) {
        Ok(histories) => histories,
        Err(reason) => return Verdict::unknown(reason),
    };
    let name = "specification";
    let verdict = independent::check_each_within(&histories, name, memory, |history, memory| {
        judge(model, history, memory)
    });
    if verdict.valid != Validity::True {
        return verdict;
    }
    match affected(model, history, &witnesses(&verdict, name)) {
        Some(mistake) => Verdict::unknown(mistake),
        None => verdict,
    }
}

/// Returns the witness of each key.
fn witnesses(verdict: &Verdict, name: &'static str) -> Vec<Vec<usize>> {
    let Some(Value::Map(keys)) = verdict.results.get("results") else {
        return Vec::new();
    };
    let index = |value: &Value| match value {
        Value::Int(index) => index.to(),
        _ => None,
    };
    let witness = |results: &Value| {
        let witness = results.get(name)?.get("witness")?;
        witness.items().map(index).collect::<Option<Vec<usize>>>()
    };
    let witnesses = keys.values().map(witness).collect::<Option<_>>();
    witnesses.expect("the results of a valid history have a witness of indexes")
}

/// Runs the merged witnesses of all keys, if there are several, on a single instance. Returns an
/// error about the first operation that another key affects.
fn affected<S: Specification>(
    model: &SpecificationModel<S>,
    history: &History,
    witnesses: &[Vec<usize>],
) -> Option<String> {
    if witnesses.len() < 2 {
        return None;
    }
    let pairs = history.pairs().ok()?;
    // A witness has the index of the completion, or of the invocation if the outcome is unknown.
    let calls: BTreeMap<usize, (&Operation, Option<&Operation>)> = pairs
        .list
        .iter()
        .map(|(invocation, completion)| {
            let completion = completion.filter(|it| coverage::is_ok(Some(it)));
            let last = completion.unwrap_or(invocation);
            (last.index, (*invocation, completion))
        })
        .collect();
    let order = keyed::merged(witnesses.to_vec()).into_iter();
    let order = order.map(|index| {
        let (invocation, completion) = calls[&index];
        let result = completion.filter(|it| result_counts::<S>(it));
        (invocation, result.map(|it| &it.value))
    });
    let (invocation, reason) = model.run(order)?;
    Some(format!(
        "the specification `{}` has keys that affect each other: the operations on each key can be \
         explained, but not all of them together. {}: {reason}. Remove `#[key]`",
        S::NAME,
        invocation.label()
    ))
}
