//! The bodies that can be sent: replies, errors, and those of messages.

use serde_json::value::RawValue;

use super::{BodyWriter, MsgId, SharedBody};
use crate::{Error, Result};

/// A body that can be serialized.
///
/// ```
/// use mael::protocol::{BodyWriter, Encode};
///
/// struct Ping {
///     round: u64,
/// }
///
/// impl Encode for Ping {
///     fn encode(&self, body: BodyWriter<'_>) -> mael::Result<()> {
///         body.message("ping").field("round", &self.round).end()
///     }
/// }
///
/// let mut out = Vec::new();
/// Ping { round: 3 }.encode(BodyWriter::new(&mut out))?;
/// assert_eq!(out, br#"{"type":"ping","round":3}"#);
/// # Ok::<(), mael::Error>(())
/// ```
pub trait Encode {
    /// Writes this body. Each call must write the same output.
    ///
    /// # Errors
    /// Returns error 13 if a value can't be serialized to JSON, such as a map whose keys are lists.
    fn encode(&self, body: BodyWriter<'_>) -> Result<()>;

    /// Returns this body for a receiver in this process: captured, or serialized if it can't be
    /// captured.
    ///
    /// # Errors
    /// Same as [`Encode::encode`].
    #[doc(hidden)]
    fn share(&self) -> Result<SharedBody> {
        let mut sent = None;
        self.encode(BodyWriter::capturing(&mut sent))?;
        SharedBody::new(sent, || to_json(self))
    }
}

fn to_json(body: &(impl Encode + ?Sized)) -> Result<Box<RawValue>> {
    let mut bytes = Vec::with_capacity(64);
    body.encode(BodyWriter::new(&mut bytes))?;
    let not_json = |error: String| Error::crash(format!("the body is not JSON: {error}"));
    let text = String::from_utf8(bytes).map_err(|error| not_json(error.to_string()))?;
    RawValue::from_string(text).map_err(|error| not_json(error.to_string()))
}

impl Encode for SharedBody {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        body.copy(self.get());
        Ok(())
    }

    fn share(&self) -> Result<SharedBody> {
        Ok(self.clone())
    }
}

impl Encode for Error {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        body.message("error")
            .field("code", &self.code.number())
            .field("text", &self.text)
            .end()
    }
}

/// A reply to a request: a body or an error.
pub(crate) struct Reply<R> {
    in_reply_to: MsgId,
    result: Result<R>,
}

impl<R> Reply<R> {
    /// Creates the reply to the request with this ID.
    pub(crate) fn new(in_reply_to: MsgId, result: Result<R>) -> Self {
        Self {
            in_reply_to,
            result,
        }
    }
}

impl<R: Encode> Encode for Reply<R> {
    fn encode(&self, body: BodyWriter<'_>) -> Result<()> {
        let body = body.in_reply_to(self.in_reply_to.clone());
        match &self.result {
            Ok(reply) => reply.encode(body),
            Err(error) => error.encode(body),
        }
    }
}
