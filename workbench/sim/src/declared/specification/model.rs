//! Runs a specification as the sequential model of a checker.

use std::cell::RefCell;
use std::rc::Rc;

use mael::NodeId;
use mael::executor::{Caught, catch};
use mael::node::{Init, Response};
use mael::protocol::{Body, BodyWriter, Encode, Name};
use mael_checkers::linearizable::Model;
use mael_history::{Operation, Value};
use serde_json::value::RawValue;

use super::Specification;
use super::actions::{Action, ActionId, Actions, Answer, Hints};
use super::observed::error_in;
use super::shown::shown;
use crate::declared::codec::{Codec, Codecs};

/// The model: its states are nodes, and its actions are requests that a node handles.
pub(super) struct SpecificationModel<S> {
    codecs: Codecs,
    actions: Actions,
    initial: S,
    client: NodeId,
    /// The first mistake of the specification itself.
    mistake: RefCell<Option<String>>,
}

impl<S: Specification> SpecificationModel<S> {
    /// # Errors
    /// When the specification can't be created.
    pub(super) fn new() -> Result<Self, String> {
        let initial = catch(|| S::from_init(&Init::of_single_node()));
        let initial = match initial {
            Ok(Ok(initial)) => initial,
            Ok(Err(error)) => return Err(mistake::<S>(&format!("can't be created: {error}"))),
            Err(caught) => {
                let what = format!("panics when it is created: {}", described(&caught));
                return Err(mistake::<S>(&what));
            }
        };
        Ok(Self {
            codecs: Codecs::new(S::operations()),
            actions: Actions::default(),
            initial,
            client: NodeId::from("c1"),
            mistake: RefCell::default(),
        })
    }

    /// Returns the operations of the specification.
    pub(super) fn codecs(&self) -> &Codecs {
        &self.codecs
    }

    /// Returns the first mistake of the specification that a step has found.
    pub(super) fn mistake(&self) -> Option<String> {
        self.mistake.borrow().clone()
    }

    fn report(&self, what: &str) -> String {
        let text = mistake::<S>(what);
        self.mistake.borrow_mut().get_or_insert(text).clone()
    }

    /// Handles a request. Returns the state after it, and the answer.
    ///
    /// # Errors
    /// When the specification makes a mistake.
    fn handle(&self, state: &S, action: &Action) -> Result<(S, Answer), String> {
        let node = Rc::new(state.clone());
        let answer = self.answer_of(&node, action)?;
        if matches!(answer, Answer::Error(_)) && *node != *state {
            let what = format!("answers {action} with {answer}, and changes its state");
            return Err(self.report(&what));
        }
        match Rc::try_unwrap(node) {
            Ok(state) => Ok((state, answer)),
            Err(_) => Err(self.report(&format!("keeps its state shared after {action}"))),
        }
    }

    /// Calls the handler of a node.
    ///
    /// # Errors
    /// When the specification makes a mistake.
    fn answer_of(&self, node: &Rc<S>, action: &Action) -> Result<Answer, String> {
        let json: &RawValue = serde_json::from_str(&action.request).map_err(|e| e.to_string())?;
        let request = match S::decode(action.name, Body::new(json)) {
            Some(Ok(request)) => request,
            Some(Err(error)) => return Err(self.report(&format!("rejects {action}: {error}"))),
            None => return Err(self.report(&format!("has no handler for {action}"))),
        };
        let src = Name::Id(&self.client);
        match catch(|| S::handle(node, &src, request)) {
            Ok(Response::Ready(Ok(reply))) => {
                encoded(&reply).map_err(|error| self.report(&format!("answers {action}: {error}")))
            }
            Ok(Response::Ready(Err(error))) if error.code.is_definite() => {
                Ok(Answer::Error(error.code.number()))
            }
            Ok(Response::Ready(Err(error))) => {
                let what = format!("answers {action} with {error}, which leaves open what it did");
                Err(self.report(&what))
            }
            Ok(Response::Deferred(_) | Response::NoReply(_)) => {
                Err(self.report(&format!("does not answer {action} at once")))
            }
            Err(caught) => {
                let what = format!("panics at {action}: {}", described(&caught));
                Err(self.report(&what))
            }
        }
    }

    /// Runs operations on one instance. Returns the position of the first whose result is another,
    /// with a message.
    pub(super) fn run<'a>(
        &self,
        operations: impl Iterator<Item = (&'a Operation, Option<&'a Value>)>,
    ) -> Option<(&'a Operation, String)> {
        let node = Rc::new(self.initial.clone());
        for (invocation, result) in operations {
            let action = self.action(&invocation.f, &invocation.value, result);
            let answer = action.and_then(|id| {
                let action = self.actions.get(id);
                let answer = self.answer_of(&node, &action)?;
                explains(&action, &answer)
            });
            if let Err(reason) = answer {
                return Some((invocation, reason));
            }
        }
        None
    }

    /// Converts an operation to an action.
    ///
    /// # Errors
    /// When this is not an operation of the specification.
    fn convert(&self, f: &str, argument: &Value, result: Option<&Value>) -> Result<Action, String> {
        let codec = self.codecs.get(f)?;
        let known = |name: &str, body: Body<'_>| Some(S::decode(name, body)?.map(drop));
        let (json, ()) = codec.request(argument, known)?;
        let operation = &codec.operation;
        Ok(Action {
            name: operation.name(),
            request: json.get().into(),
            result: result.map(|value| self.answer(codec, value)).transpose()?,
            hints: Hints {
                read_only: operation.read_only,
                overwrites: operation.overwrites,
                commutes: operation.commutes,
            },
        })
    }

    /// Returns the result of an operation, as its type serializes it.
    fn answer(&self, codec: &Codec, value: &Value) -> Result<Answer, String> {
        if let Some(code) = error_in(value) {
            return Ok(Answer::Error(code.number()));
        }
        encoded(&codec.reply(value, S::read_reply)?)
    }
}

/// The capacity of a buffer for a reply, in bytes. Most replies are shorter.
const TYPICAL_REPLY: usize = 64;

/// Serializes a reply.
fn encoded(reply: &impl Encode) -> Result<Answer, String> {
    let mut body = Vec::with_capacity(TYPICAL_REPLY);
    let encoded = reply.encode(BodyWriter::new(&mut body));
    encoded.map_err(|error| error.text)?;
    let text = String::from_utf8(body).map_err(|error| error.to_string())?;
    Ok(Answer::Reply(text))
}

/// Checks that an answer is the result of an action, if that is known.
fn explains(action: &Action, answer: &Answer) -> Result<(), String> {
    match &action.result {
        Some(result) if result != answer => Err(format!(
            "{action} would be answered with {answer}, not {result}"
        )),
        _ => Ok(()),
    }
}

/// Returns the message of a panic and its location.
fn described(caught: &Caught) -> String {
    format!("{} ({})", caught.text, caught.place)
}

/// Returns the message for a mistake of a specification.
fn mistake<S: Specification>(what: &str) -> String {
    format!("the specification `{}` {what}", S::NAME)
}

impl<S: Specification> Model for SpecificationModel<S> {
    type State = S;
    type Action = ActionId;

    fn initial(&self) -> S {
        self.initial.clone()
    }

    fn action(
        &self,
        f: &str,
        argument: &Value,
        result: Option<&Value>,
    ) -> Result<ActionId, String> {
        self.actions
            .id(f, argument, result, || self.convert(f, argument, result))
    }

    fn step(&self, state: &S, action: &ActionId) -> Result<S, String> {
        let action = self.actions.get(*action);
        let (after, answer) = self.handle(state, &action)?;
        explains(&action, &answer)?;
        Ok(after)
    }

    fn show(&self, state: &S) -> Value {
        Value::symbol(shown(state))
    }

    fn is_read(&self, action: &ActionId) -> bool {
        self.actions.get(*action).hints.read_only
    }

    fn is_overwrite(&self, action: &ActionId) -> bool {
        self.actions.get(*action).hints.overwrites
    }

    fn commutes(&self, action: &ActionId) -> bool {
        self.actions.get(*action).hints.commutes
    }
}
