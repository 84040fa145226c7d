//! The services of every run: `lin-kv`, `seq-kv`, `lww-kv`, `lin-tso`.
//!
//! Each is a state machine in its own file. It computes a reply from its state, a request, the
//! source of the request, and a random number generator, and does not depend on time or the
//! network. The engine adds it to the network. The three key-value stores apply the same
//! [`Operation`]s to a key, and differ in the state that a caller observes. Source: Maelstrom's
//! page "Services"; each file names the section.

mod lin_kv;
mod lin_tso;
mod lww_kv;
mod operation;
mod reply;
mod request;
mod seq_kv;

use fastrand::Rng;
use mael::NodeId;
use mael_history::Value;

pub use lin_kv::LinKv;
pub use lin_tso::LinTso;
pub use lww_kv::LwwKv;
pub use operation::Operation;
pub use reply::Reply;
pub(crate) use request::Fields;
pub use request::Request;
pub use seq_kv::SeqKv;

/// The names of the services on the network.
pub const NAMES: [&str; 4] = ["lin-kv", "seq-kv", "lww-kv", "lin-tso"];

/// A service: a state machine that applies requests one after the other.
pub trait Service {
    /// Applies a request of `src`, and returns the reply. Returns `None` if the service does not
    /// support the request, in which case the state is not changed.
    fn handle(&mut self, src: &NodeId, request: &Request, random: &mut Rng) -> Option<Reply>;

    /// Returns the newest value of a key, if it has one, whichever value callers observe.
    fn newest(&self, key: &Value) -> Option<&Value>;
}

/// Creates all services, in the order of [`NAMES`].
pub(crate) fn all() -> [Box<dyn Service>; NAMES.len()] {
    [
        Box::new(LinKv::default()),
        Box::new(SeqKv::default()),
        Box::new(LwwKv::default()),
        Box::new(LinTso::default()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service with a random number generator.
    pub(super) struct Caller<S> {
        pub(super) service: S,
        random: Rng,
    }

    impl<S: Service> Caller<S> {
        pub(super) fn of(service: S) -> Self {
            let random = Rng::with_seed(0);
            Self { service, random }
        }

        pub(super) fn with_seed(self, seed: u64) -> Self {
            let random = Rng::with_seed(seed);
            Self { random, ..self }
        }

        pub(super) fn ask(&mut self, src: &str, request: &Request) -> Reply {
            let reply = self.service.handle(&src.into(), request, &mut self.random);
            reply.expect("the service supports the request")
        }
    }

    fn on(key: impl Into<Value>, operation: Operation) -> Request {
        let key = key.into();
        Request::Key { key, operation }
    }

    pub(super) fn read(key: impl Into<Value>) -> Request {
        on(key, Operation::Read)
    }

    pub(super) fn write(key: impl Into<Value>, value: impl Into<Value>) -> Request {
        on(key, Operation::Write(value.into()))
    }

    pub(super) fn cas(
        key: impl Into<Value>,
        from: impl Into<Value>,
        to: impl Into<Value>,
    ) -> Request {
        let operation = Operation::Cas {
            from: from.into(),
            to: to.into(),
            create_if_not_exists: false,
        };
        on(key, operation)
    }

    pub(super) fn create(key: &str, from: i32, to: i32) -> Request {
        let operation = Operation::Cas {
            from: from.into(),
            to: to.into(),
            create_if_not_exists: true,
        };
        on(key, operation)
    }

    /// Returns the code of an error.
    pub(super) fn code(reply: &Reply) -> i64 {
        match reply {
            Reply::Error(error) => error.code.number(),
            reply => panic!("expected an error, not {reply:?}"),
        }
    }
}
