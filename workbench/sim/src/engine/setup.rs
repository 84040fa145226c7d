//! Sets up each node before the main phase, with one client for each.

use std::rc::Rc;

use mael::executor::spawn;
use tokio::sync::oneshot;

use super::cluster::Cluster;
use super::connection::{Connection, RpcError};
use super::context::Context;
use super::host::NodeFailure;

/// Opens a client for each node and runs the setup of the workload with it, on all nodes in
/// parallel.
///
/// # Errors
/// The first of these nodes whose setup fails.
pub(super) async fn run(
    context: &Rc<Context>,
    cluster: &Cluster,
) -> Result<Vec<Connection>, NodeFailure> {
    let mut pending = Vec::new();
    for node in &cluster.ids {
        let mut connection = context.connect(node);
        let context = Rc::clone(context);
        let (done, prepared) = oneshot::channel();
        spawn(async move {
            let Context {
                options, workload, ..
            } = &*context;
            let result = match workload.setup(options, &mut connection).await {
                Ok(()) => Ok(connection),
                Err(error) => Err(describe(&error, &connection)),
            };
            // The receiver is gone if another node failed.
            let _ = done.send(result);
        });
        pending.push((node, prepared));
    }
    let mut connections = Vec::new();
    for (node, prepared) in pending {
        match prepared.await {
            Ok(Ok(connection)) => connections.push(connection),
            Ok(Err(what)) => return Err(cluster.failure(node, what)),
            Err(_) => unreachable!("the setup sends its result"),
        }
    }
    Ok(connections)
}

/// Describes the error. If there was no reply, this includes the expected one.
fn describe(error: &RpcError, connection: &Connection) -> String {
    match (error, connection.last_types()) {
        (RpcError::Timeout, Some((request, reply))) => format!(
            "setup failed: no reply to `{request}` in time; the node must answer it with `{reply}`"
        ),
        _ => format!("setup failed: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use mael::NodeId;
    use mael::executor::{LocalFuture, Scope};
    use mael::protocol::Message;
    use mael::time::{Duration, Instant};
    use serde_json::value::RawValue;

    use super::super::{
        Endpoint, Host, Node, Output, RPC_TIMEOUT, Record, Run, RunConfig, RunError,
    };
    use super::*;
    use crate::Options;
    use crate::simulation::clock::{Clock, VirtualTime};
    use crate::workloads::{Broadcast, GSet, Workload};

    /// Starts nodes that answer only `init`.
    struct InitOnly;

    struct Mute(Output);

    impl Host for InitOnly {
        fn start(&self, _: &NodeId, output: Output) -> io::Result<Rc<dyn Node>> {
            Ok(Rc::new(Mute(output)))
        }
    }

    impl Endpoint for Mute {
        fn deliver(&self, _: Instant, _: u64, message: &Message) {
            if message.body.get().contains(r#""init""#) {
                let body = r#"{"type":"init_ok","in_reply_to":1}"#.to_owned();
                self.0.message(Message {
                    src: message.dest.clone(),
                    dest: message.src.clone(),
                    body: RawValue::from_string(body).unwrap().into(),
                });
            }
        }
    }

    impl Node for Mute {
        fn kill(&self) -> LocalFuture<'static, ()> {
            Box::pin(async {})
        }

        fn pause(&self) {}

        fn resume(&self) {}

        fn last_lines(&self) -> Vec<String> {
            vec!["the end".to_owned()]
        }
    }

    fn run(workload: impl Workload + 'static) -> Record {
        let time = Rc::new(VirtualTime::default());
        let scope = Scope::new(Rc::new(Clock::new(&time, fastrand::Rng::with_seed(0))));
        let options = Rc::new(Options {
            time_limit: Duration::from_secs(1),
            ..Options::default()
        });
        let run = Run::new(
            options,
            Rc::new(workload),
            Rc::new(InitOnly),
            RunConfig::default(),
        );
        time.block_on(scope.run(run.run(std::future::pending())))
            .unwrap()
    }

    #[test]
    fn a_node_that_does_not_reply_to_its_topology_ends_the_run() {
        let record = run(Broadcast);
        let Some(RunError::Node(failure)) = record.error else {
            panic!("{:?}", record.error);
        };
        assert_eq!(failure.node, "n1");
        assert_eq!(
            failure.what,
            "setup failed: no reply to `topology` in time; the node must answer it with \
             `topology_ok`"
        );
        assert_eq!(failure.last_lines, ["the end"]);
        assert_eq!(record.took, RPC_TIMEOUT);
        assert_eq!(record.history.0, []);
    }

    #[test]
    fn a_workload_without_setup_sends_nothing() {
        let record = run(GSet);
        assert_eq!(record.error, None);
        assert!(!record.history.0.is_empty());
    }
}
