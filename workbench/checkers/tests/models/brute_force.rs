//! Trying all orders, one by one.

use mael_checkers::linearizable::Model;
use mael_history::{History, Kind, Operation, Process, Value};

/// An operation that took effect, or may have.
pub(crate) struct Call<A> {
    pub(crate) process: Process,
    begin: usize,
    /// `None` if the outcome is unknown.
    end: Option<usize>,
    action: A,
}

/// Returns the operations that took effect, or may have.
///
/// Those of the final phase are left out, and so are results, if `is_unobserved`.
pub(crate) fn calls<M: Model>(
    model: &M,
    history: &History,
    is_unobserved: bool,
) -> Vec<Call<M::Action>> {
    let pairs = history.pairs().unwrap().list.into_iter();
    let pairs = pairs.filter(|(begin, end)| {
        end.is_none_or(|end| end.kind != Kind::Fail) && !(is_unobserved && begin.is_final)
    });
    let call = |(begin, end): (&Operation, Option<&Operation>)| {
        let ok = end.filter(|end| end.kind == Kind::Ok);
        let result = ok.map(|end| &end.value).filter(|_| !is_unobserved);
        Call {
            process: begin.process.clone(),
            begin: begin.index,
            end: ok.map(|end| end.index),
            action: model.action(&begin.f, &begin.value, result).unwrap(),
        }
    };
    pairs.map(call).collect()
}

/// Returns whether a call that returned must precede another one.
pub(crate) type Precedes<A> = fn(&Call<A>, &Call<A>) -> bool;

/// Calls that do not overlap keep their order.
pub(crate) fn in_real_time<A>(first: &Call<A>, second: &Call<A>) -> bool {
    first.end.is_some_and(|end| end < second.begin)
}

/// Each process keeps the order of its calls.
pub(crate) fn in_program_order<A>(first: &Call<A>, second: &Call<A>) -> bool {
    first.process == second.process && in_real_time(first, second)
}

/// Returns whether some order of all calls that returned, and any of the others, is possible, and
/// ends as it should.
pub(crate) fn has_order<M: Model>(
    model: &M,
    calls: &mut Vec<Call<M::Action>>,
    state: &M::State,
    precedes: Precedes<M::Action>,
    ends: &dyn Fn(&M::State) -> bool,
) -> bool {
    if calls.iter().all(|call| call.end.is_none()) && ends(state) {
        return true;
    }
    for place in 0..calls.len() {
        if calls.iter().any(|other| precedes(other, &calls[place])) {
            continue;
        }
        if let Ok(next) = model.step(state, &calls[place].action) {
            let call = calls.remove(place);
            let found = has_order(model, calls, &next, precedes, ends);
            calls.insert(place, call);
            if found {
                return true;
            }
        }
    }
    false
}

/// Returns whether an order that a check gives is one: it has all calls that returned once, and any
/// of the others, keeps what must precede what, and is possible.
pub(crate) fn is_order<M: Model>(
    model: &M,
    calls: &[Call<M::Action>],
    witness: &Value,
    precedes: Precedes<M::Action>,
) -> bool {
    let Value::List(witness) = witness else {
        panic!("{witness} is a list");
    };
    let index = |call: &Call<M::Action>| Value::from(call.end.unwrap_or(call.begin));
    let find = |place: &Value| calls.iter().find(|call| index(call) == *place);
    let order: Vec<_> = witness.iter().filter_map(find).collect();
    let mut state = model.initial();
    for (place, call) in order.iter().enumerate() {
        let Ok(next) = model.step(&state, &call.action) else {
            return false;
        };
        state = next;
        if order[place..].iter().any(|later| precedes(later, call)) {
            return false;
        }
    }
    let times = |call: &Call<M::Action>| order.iter().filter(|it| it.begin == call.begin).count();
    let is_once = |call: &Call<M::Action>| match call.end {
        Some(_) => times(call) == 1,
        None => times(call) <= 1,
    };
    calls.iter().all(is_once)
}
