//! Converts the values of a history to requests and replies.

use mael::protocol::Body;
use mael_history::Value;
use serde_json::value::RawValue;

use super::form::{Form, json};
use super::operation::OperationType;

/// An operation and the form of its values.
#[derive(Clone, Debug)]
pub(super) struct Codec {
    pub(super) operation: OperationType,
    pub(super) form: Form,
}

/// All operations of a workload.
#[derive(Clone, Debug)]
pub(super) struct Codecs(Vec<Codec>);

impl Codecs {
    pub(super) fn new(operations: Vec<OperationType>) -> Self {
        let codec = |operation: OperationType| Codec {
            form: Form::of(&operation),
            operation,
        };
        Self(operations.into_iter().map(codec).collect())
    }

    /// # Errors
    /// Returns an error if there is no operation with this name.
    pub(super) fn get(&self, name: &str) -> Result<&Codec, String> {
        let found = self.0.iter().find(|codec| codec.operation.name() == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = self.0.iter().map(|codec| codec.operation.name()).collect();
            format!("expected one of {}, not {name}", names.join(", "))
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Codec> + Clone {
        self.0.iter()
    }
}

impl Codec {
    /// Converts the value of an invocation to the body of the request in JSON, and the request.
    ///
    /// # Errors
    /// When this is not a value of the operation.
    pub(super) fn request<R>(
        &self,
        value: &Value,
        read: impl Fn(&str, Body<'_>) -> Option<mael::Result<R>>,
    ) -> Result<(Box<RawValue>, R), String> {
        let json = json(&self.form.request_of(value)?)?;
        let request = read(self.operation.name(), Body::new(&json));
        let request = request.expect("the operation is one of the workload");
        let request = request.map_err(|error| error.text)?;
        Ok((json, request))
    }

    /// Converts the value of a completion to the reply.
    ///
    /// # Errors
    /// When this is not a value of the operation.
    pub(super) fn reply<R>(
        &self,
        value: &Value,
        read: impl Fn(&str, Body<'_>) -> Option<mael::Result<R>>,
    ) -> Result<R, String> {
        let json = json(&self.form.reply_of(value)?)?;
        let reply = read(self.operation.name(), Body::new(&json));
        let reply = reply.expect("the operation is one of the workload");
        reply.map_err(|error| error.text)
    }
}
