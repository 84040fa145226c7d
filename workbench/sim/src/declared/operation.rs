//! The description of an operation, as its attributes declare it.

use mael_history::Value;

use crate::engine::{BodyDescription, Connection, RpcDescription};

/// An operation of a declared workload: its request, its reply, and how often it is run.
///
/// ```
/// use mael_sim::declared::OperationType;
///
/// let reply = ("read_ok", &[("balances", "{integer: integer, ...}")] as &[_]);
/// let read = OperationType::new("Reads all balances.", ("read", &[]), reply)
///     .read_only()
///     .finally();
/// assert_eq!((read.name(), read.weight), ("read", 1));
/// ```
#[derive(Clone, Debug)]
pub struct OperationType {
    /// The request and its reply. The type of the request is the name of the operation.
    pub rpc: RpcDescription,
    /// How often it is drawn, relative to the others. 0 means never.
    pub weight: u32,
    /// Whether it never changes any state.
    pub read_only: bool,
    /// Whether it is possible in any state, and leads to a state that does not depend on the
    /// previous one.
    pub overwrites: bool,
    /// Whether its effect does not depend on the order of the operations.
    pub commutes: bool,
    /// Whether each node gets it once before the main phase. It is not recorded.
    pub setup: bool,
    /// Whether each client runs it once in the final phase.
    pub finally: bool,
    /// Whether the history does not mark it as final if it is run in the final phase.
    pub unmarked: bool,
    /// The field that identifies the object of the operation. Each object is checked separately.
    pub key: Option<&'static str>,
    /// The format of its value in histories, such as `[key, value]`. By default, a value is the
    /// only field, or a map of several fields.
    pub value: Option<&'static str>,
    /// Converts the value of its completion before it is recorded.
    pub record: Option<Record>,
}

/// Converts the value of a completion before it is recorded. The connection is the one that
/// received the reply.
pub type Record = fn(Value, &Connection) -> Value;

/// The fields of a body: their names and types.
type Fields = &'static [(&'static str, &'static str)];

impl OperationType {
    /// Creates an operation of weight 1 with this documentation, request and reply. A body consists
    /// of its type and its fields.
    pub fn new(
        doc: &'static str,
        (request, fields): (&'static str, Fields),
        (reply, reply_fields): (&'static str, Fields),
    ) -> Self {
        Self {
            rpc: RpcDescription {
                doc,
                request: body(request, fields),
                reply: body(reply, reply_fields),
            },
            weight: 1,
            read_only: false,
            overwrites: false,
            commutes: false,
            setup: false,
            finally: false,
            unmarked: false,
            key: None,
            value: None,
            record: None,
        }
    }

    /// Sets how often it is drawn, relative to the others.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Declares that it never changes any state.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Declares that it is possible in any state, and leads to a state that does not depend on the
    /// previous one.
    #[must_use]
    pub fn overwrites(mut self) -> Self {
        self.overwrites = true;
        self
    }

    /// Declares that its effect does not depend on the order of the operations.
    #[must_use]
    pub fn commutes(mut self) -> Self {
        self.commutes = true;
        self
    }

    /// Sends it to each node once before the main phase.
    #[must_use]
    pub fn setup(mut self) -> Self {
        self.setup = true;
        self
    }

    /// Makes each client run it once in the final phase.
    #[must_use]
    pub fn finally(mut self) -> Self {
        self.finally = true;
        self
    }

    /// Leaves it unmarked in the history if it is run in the final phase.
    #[must_use]
    pub fn unmarked(mut self) -> Self {
        self.unmarked = true;
        self
    }

    /// Sets the field that names the object of the operation.
    #[must_use]
    pub fn key(mut self, field: &'static str) -> Self {
        self.key = Some(field);
        self
    }

    /// Sets the format of its value in histories.
    #[must_use]
    pub fn value(mut self, form: &'static str) -> Self {
        self.value = Some(form);
        self
    }

    /// Sets the function that converts the value of its completion.
    #[must_use]
    pub fn record(mut self, record: Record) -> Self {
        self.record = Some(record);
        self
    }

    /// Returns its name, which is the type of its request.
    pub fn name(&self) -> &'static str {
        self.rpc.request.r#type
    }
}

fn body(r#type: &'static str, fields: Fields) -> BodyDescription {
    let fields = fields.iter();
    BodyDescription {
        r#type,
        fields: fields
            .map(|(name, text)| (*name, (*text).to_owned()))
            .collect(),
    }
}
