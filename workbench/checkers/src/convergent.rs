//! Convergence: whether there is an order of all operations after which the object would answer
//! every final read as it was answered.
//!
//! This is what strong eventual consistency promises (Shapiro et al., "Conflict-free replicated
//! data types", 2011, section 2.2) of an object with a sequential specification: nodes may answer
//! from old states in the meantime, but they lose no acknowledged operation, and end in the same
//! state.

use mael_history::{History, Operation, Validity, Value};

use crate::Verdict;
use crate::specification::{Answer, Calls, Interval, MEMORY, Model, answer, describe, intervals};

/// Checks a history.
///
/// The order has all acknowledged operations and any of those of unknown outcome, and keeps the
/// order of each process; one of unknown outcome takes effect at any point after the operations
/// that its process completed before it. Results count only in the final phase
/// ([`Operation::is_final`]), whose operations are taken for reads: each of them must be possible
/// in the state after the order. Failed operations, and final reads of unknown outcome, have no
/// effect.
///
/// If the model says that all actions [commute](Model::commutes), no order is searched, only which
/// operations of unknown outcome took effect; the claim is tested on the states on the way.
/// Otherwise the search is that of [`sequential`](crate::sequential), and as hard.
///
/// The results of a valid history include the state (`model`) and a `witness`, those of an invalid
/// one the state that explains most of the final reads (`model`) and the final reads that differ
/// from it (`final-reads`). A history without final reads is `unknown`.
pub fn check<M: Model>(model: &M, history: &History) -> Verdict {
    check_within(model, history, MEMORY)
}

/// Like [`check`], with a memory limit in bytes, which also bounds the time; see
/// [`linearizable::check_within`](crate::linearizable::check_within).
pub fn check_within<M: Model>(model: &M, history: &History, memory: u64) -> Verdict {
    convergence(model, history, memory).unwrap_or_else(Verdict::unknown)
}

fn convergence<M: Model>(model: &M, history: &History, memory: u64) -> Result<Verdict, String> {
    let (finals, mut others): (Vec<_>, Vec<_>) =
        intervals(history)?.into_iter().partition(is_final);
    let mut reads = Vec::new();
    for interval in &finals {
        let Some(completion) = interval.completion else {
            continue;
        };
        let invocation = interval.invocation;
        let action = model.action(&invocation.f, &invocation.value, Some(&completion.value));
        let action =
            action.map_err(|reason| format!("{} can't be judged: {reason}", invocation.label()))?;
        reads.push((completion, action));
    }
    let Some(last) = finals.into_iter().rfind(|it| it.completion.is_some()) else {
        return Err("no final read was answered".to_owned());
    };
    let acknowledged = others.iter().filter(|it| it.completion.is_some()).count();
    let commute = commute(model, &others)?;
    others.insert(acknowledged, last);
    let operations: Vec<&Operation> = others.iter().map(operation).collect();
    let converging = Converging { model, reads };
    let action = |interval: &Interval<'_>| match is_final(interval) {
        true => Ok(Step::FinalReads),
        false => unobserved(model, interval).map(Step::Operation),
    };
    let calls = Calls::before_last(&converging, others, action, commute)?;
    Ok(match answer(&converging, calls, memory) {
        Answer::Order { witness, state } => Verdict {
            valid: Validity::True,
            results: Value::map([
                ("valid?", Validity::True.into()),
                ("model", model.show(&state)),
                ("witness", witness),
            ]),
            explanation: Vec::new(),
        },
        Answer::Stuck {
            return_index,
            states,
            are_all,
        } if return_index as usize == acknowledged => converging.differs(&states, are_all),
        Answer::Stuck {
            return_index,
            states,
            ..
        } => impossible(model, operations[return_index as usize], &states),
        Answer::Unknown(verdict) => verdict,
    })
}

fn operation<'a>(interval: &Interval<'a>) -> &'a Operation {
    interval.completion.unwrap_or(interval.invocation)
}

fn is_final(interval: &Interval<'_>) -> bool {
    operation(interval).is_final
}

/// Converts an operation to an action without its result.
fn unobserved<M: Model>(model: &M, interval: &Interval<'_>) -> Result<M::Action, String> {
    model.action(&interval.invocation.f, &interval.invocation.value, None)
}

/// Returns whether the model says that all operations commute.
///
/// # Errors
/// When two of them don't, or when the model does not know an operation.
fn commute<M: Model>(model: &M, intervals: &[Interval<'_>]) -> Result<bool, String> {
    let mut actions = Vec::new();
    for interval in intervals {
        let action = unobserved(model, interval).map_err(|reason| {
            format!("{} can't be judged: {reason}", interval.invocation.label())
        })?;
        actions.push((operation(interval), action));
    }
    let claims = |action: &M::Action| model.commutes(action) || model.is_read(action);
    if !actions.iter().all(|(_, action)| claims(action)) {
        return Ok(false);
    }
    let mut state = model.initial();
    for pair in actions.windows(2) {
        let [(first, a), (second, b)] = pair else {
            continue;
        };
        let after = |x, y| model.step(&model.step(&state, x)?, y);
        let (forward, backward) = (after(a, b), after(b, a));
        if forward.is_err() || forward != backward {
            let show = |state: Result<M::State, String>| match state {
                Ok(state) => model.show(&state).to_string(),
                Err(reason) => format!("an error: {reason}"),
            };
            return Err(format!(
                "the model claims that {} and {} commute (`commutes`), but from the state {} they lead to {} in this order, and to {} in the other",
                describe(first),
                describe(second),
                model.show(&state),
                show(forward),
                show(backward)
            ));
        }
        state = model.step(&state, a)?;
    }
    Ok(true)
}

/// A model whose last action is to answer the final reads.
struct Converging<'a, M: Model> {
    model: &'a M,
    reads: Vec<(&'a Operation, M::Action)>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step<A> {
    Operation(A),
    FinalReads,
}

impl<M: Model> Model for Converging<'_, M> {
    type State = M::State;
    type Action = Step<M::Action>;

    fn initial(&self) -> M::State {
        self.model.initial()
    }

    fn action(&self, f: &str, argument: &Value, _: Option<&Value>) -> Result<Self::Action, String> {
        self.model.action(f, argument, None).map(Step::Operation)
    }

    fn step(&self, state: &M::State, step: &Self::Action) -> Result<M::State, String> {
        match step {
            Step::Operation(action) => self.model.step(state, action),
            Step::FinalReads => {
                for (_, action) in &self.reads {
                    self.model.step(state, action)?;
                }
                Ok(state.clone())
            }
        }
    }

    fn show(&self, state: &M::State) -> Value {
        self.model.show(state)
    }

    fn size(&self, state: &M::State) -> usize {
        self.model.size(state)
    }

    fn is_read(&self, step: &Self::Action) -> bool {
        matches!(step, Step::Operation(action) if self.model.is_read(action))
    }

    fn is_overwrite(&self, step: &Self::Action) -> bool {
        matches!(step, Step::Operation(action) if self.model.is_overwrite(action))
    }
}

impl<M: Model> Converging<'_, M> {
    /// Returns the final reads that differ from a state, and why.
    fn differing(&self, state: &M::State) -> Vec<(&Operation, String)> {
        let reads = self.reads.iter();
        reads
            .filter_map(|(read, action)| Some((*read, self.model.step(state, action).err()?)))
            .collect()
    }

    /// The verdict if no state explains all final reads.
    fn differs(&self, states: &[M::State], are_all: bool) -> Verdict {
        let judged = states.iter().map(|state| (state, self.differing(state)));
        let nearest = judged.min_by_key(|(_, differing)| differing.len());
        let (state, differing) = nearest.expect("the search has reached the final reads");
        let others = match (states.len() - 1, are_all) {
            (0, true) => String::new(),
            (1, true) => ", and 1 other state is no better".to_owned(),
            (others, true) => format!(", and {others} other states are no better"),
            (_, false) => ", and no order leads to a better one".to_owned(),
        };
        let reasons = differing
            .iter()
            .map(|(read, reason)| format!("{} ({reason})", describe(read)));
        let text = format!(
            "{} of {} final reads differ from the state that the acknowledged operations lead to, {}{others}: {}",
            differing.len(),
            self.reads.len(),
            self.model.show(state),
            reasons.collect::<Vec<_>>().join("; ")
        );
        let reads = differing.iter().map(|(read, _)| read.to_value());
        invalid(self.model.show(state), reads.collect(), text)
    }
}

/// The verdict if an acknowledged operation is impossible, whatever its result.
fn impossible<M: Model>(model: &M, operation: &Operation, states: &[M::State]) -> Verdict {
    let state = model.show(states.first().expect("the search has reached a state"));
    let text = format!(
        "{} was acknowledged, but in no order of the operations the model allows it; one of them leads to the state {state}",
        describe(operation)
    );
    invalid(state, Vec::new(), text)
}

fn invalid(state: Value, reads: Vec<Value>, text: String) -> Verdict {
    Verdict {
        valid: Validity::False,
        results: Value::map([
            ("valid?", Validity::False.into()),
            ("model", state),
            ("final-reads", Value::List(reads)),
        ]),
        explanation: vec![text],
    }
}
