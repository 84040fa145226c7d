//! Runs a node on any transport and runtime.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;

use super::environment::Environment;
use super::handlers::Handlers;
use super::session::Session;
use crate::executor::{LogLevel, Runtime, Scope};
use crate::transport::{LoggedTransport, Transport};

/// Runs a node on a transport and a runtime until its input ends.
///
/// Requests are handled in the order of their arrival. When the input ends, pending calls fail with
/// code 0, running handlers finish, timers and spawned tasks are dropped, and the output is
/// flushed. Dropping the future drops the node and all of its tasks.
///
/// # Errors
/// An error of the transport when it can't read or write any more.
///
/// ```
/// use std::rc::Rc;
/// use mael::prelude::*;
/// use mael::executor::Tokio;
/// use mael::transport::Memory;
/// use mael::protocol::{Message, RawValue};
///
/// #[node]
/// struct Echo;
///
/// #[handlers]
/// impl Echo {
///     #[handler(reply = "echo")]
///     fn echo(&self, echo: String) -> String {
///         echo
///     }
/// }
///
/// fn to_node(body: &str) -> Message {
///     let body = RawValue::from_string(body.to_owned()).unwrap().into();
///     Message { src: "c1".into(), dest: "n1".into(), body }
/// }
///
/// let sent = Rc::new(RefCell::new(Vec::new()));
/// let network = Memory::new({
///     let sent = Rc::clone(&sent);
///     move |message| sent.borrow_mut().push(message.body.get().to_owned())
/// });
/// network.deliver(to_node(r#"{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}"#));
/// network.deliver(to_node(r#"{"type":"echo","msg_id":2,"echo":"hi"}"#));
/// network.close();
///
/// let executor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// executor.block_on(async {
///     let runtime = Rc::new(Tokio::new());
///     mael::run_with::<Echo>(runtime, Rc::new(network), Rc::default()).await
/// })?;
/// assert_eq!(sent.borrow()[0], r#"{"type":"init_ok","in_reply_to":1}"#);
/// assert_eq!(sent.borrow()[1], r#"{"type":"echo_ok","in_reply_to":2,"echo":"hi"}"#);
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn run_with<N: Handlers>(
    runtime: Rc<dyn Runtime>,
    transport: Rc<dyn Transport>,
    environment: Rc<Environment>,
) -> io::Result<()> {
    let scope = Scope::with_log_level(runtime, environment.log_level);
    let transport = match environment.log_level {
        LogLevel::Debug | LogLevel::Trace => Rc::new(LoggedTransport(transport)),
        _ => transport,
    };
    let mut session = Session::<N>::new(&scope, environment, transport);
    let mut open = true;
    let result = poll_fn(|cx| scope.enter(|| session.poll(cx, &mut open))).await;
    scope.enter(|| session.end());
    result
}
