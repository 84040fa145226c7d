//! The client of a declared workload.

use mael::executor::LocalFuture;
use mael::protocol::{Body, BodyWriter, Encode};
use mael::time::Duration;
use mael_history::Value;

use super::codec::Codecs;
use super::form::{FieldRefs, fields_of, refs};
use super::operations::Operations;
use crate::Options;
use crate::engine::{Client, Connection, Invocation, RpcError};

/// Sends the request of each operation, and records the fields of its reply.
pub(super) struct DeclaredClient {
    codecs: Codecs,
    timeout: Duration,
    /// Checks that a body is a reply to this type of request.
    accepts: fn(&str, Body<'_>) -> mael::Result<()>,
}

impl DeclaredClient {
    pub(super) fn new<W: Operations>(workload: &W, options: &Options) -> Self {
        Self {
            codecs: Codecs::new(workload.operations()),
            timeout: workload.timeout(options),
            accepts: |name, body| match W::read_reply(name, body) {
                Some(reply) => reply.map(drop),
                None => Ok(()),
            },
        }
    }
}

impl Client for DeclaredClient {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            let malformed = |reason| RpcError::Malformed {
                reason,
                body: String::new(),
            };
            let codec = self.codecs.get(&invocation.f).map_err(malformed)?;
            let fields = codec
                .form
                .request_of(&invocation.value)
                .map_err(malformed)?;
            let rpc = &codec.operation.rpc;
            let types = (rpc.request.r#type, rpc.reply.r#type);
            let request = Request(types.0, &fields);
            let read = |body: Body<'_>| {
                (self.accepts)(types.0, body).map_err(|error| error.text)?;
                fields_of(codec.form.reply(), body)
            };
            let reply = connection.call(types, &request, self.timeout, read).await?;
            let value = codec.form.completion(&fields, &refs(&reply));
            Ok(match codec.operation.record {
                Some(record) => record(value, connection),
                None => value,
            })
        })
    }
}

/// A request: its type and its fields.
struct Request<'a>(&'static str, &'a FieldRefs<'a>);

impl Encode for Request<'_> {
    fn encode(&self, body: BodyWriter<'_>) -> mael::Result<()> {
        let fields = self.1.iter();
        let message = body.message(self.0);
        fields
            .fold(message, |message, (name, value)| {
                message.field(name, *value)
            })
            .end()
    }
}
