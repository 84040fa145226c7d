//! The client that broadcast, g-set and the counters share: it either adds a value or reads
//! everything that was added.

use mael::executor::LocalFuture;
use mael_history::Value;

use super::Client;
use crate::engine::{Connection, Invocation, Rpc, RpcError};

/// A client that sends `read` for the operation `read`, and `add` for any other operation.
pub(super) struct AddAndRead<Add: Rpc, Read: Rpc> {
    /// Returns the request that adds a value.
    pub(super) add: fn(Value) -> Add,
    /// The request that reads.
    pub(super) read: Read,
    /// Returns the value in a reply to `read`.
    pub(super) value: fn(Read::Reply) -> Value,
}

impl<Add: Rpc, Read: Rpc> Client for AddAndRead<Add, Read> {
    fn invoke<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        invocation: &'a Invocation,
    ) -> LocalFuture<'a, Result<Value, RpcError>> {
        Box::pin(async move {
            if invocation.f == "read" {
                return Ok((self.value)(connection.rpc(&self.read).await?));
            }
            let value = invocation.value.clone();
            connection.rpc(&(self.add)(value)).await?;
            Ok(invocation.value.clone())
        })
    }
}

/// Whether an operation is a read, or adds an integer.
pub(super) fn is_add_or_read(add: &str, invocation: &Invocation) -> bool {
    match &invocation.value {
        Value::Int(_) => invocation.f == add,
        Value::Nil => invocation.f == "read",
        _ => false,
    }
}
