//! Implements `Workload` for the types that implement [`Operations`].

use mael::executor::LocalFuture;
use mael_checkers::{Coverage, Verdict};
use mael_history::History;

use super::client::DeclaredClient;
use super::codec::Codecs;
use super::drawing;
use super::operations::Operations;
use crate::Options;
use crate::engine::{
    Client, Connection, Generator, Invocation, RpcDescription, RpcError, Workload,
};

impl<W: Operations> Workload for W {
    fn name(&self) -> &'static str {
        W::NAME
    }

    fn validate(&self, options: &Options) -> Result<(), String> {
        Operations::validate(self, options)
    }

    fn doc(&self) -> &'static str {
        W::DOC
    }

    fn rpcs(&self) -> Vec<RpcDescription> {
        self.operations().into_iter().map(|it| it.rpc).collect()
    }

    fn generator(&self, options: &Options) -> Box<dyn Generator> {
        Operations::generator(self, options)
    }

    fn final_generator(&self, options: &Options, history: &History) -> Option<Box<dyn Generator>> {
        drawing::final_generator(self, options, history)
    }

    /// Removes one item from the operation's list, if its value is a list.
    fn simpler(&self, operation: &Invocation) -> Vec<Invocation> {
        let shorter = operation.with_one_less().into_iter();
        shorter.filter(|it| self.supports(it)).collect()
    }

    fn supports(&self, invocation: &Invocation) -> bool {
        let codecs = Codecs::new(self.operations());
        let codec = codecs.get(&invocation.f);
        let codec = codec.ok().filter(|codec| !codec.operation.setup);
        codec.is_some_and(|codec| codec.request(&invocation.value, W::read_request).is_ok())
    }

    fn client(&self, options: &Options) -> Box<dyn Client> {
        Box::new(DeclaredClient::new(self, options))
    }

    fn setup<'a>(
        &'a self,
        options: &'a Options,
        connection: &'a mut Connection,
    ) -> LocalFuture<'a, Result<(), RpcError>> {
        Box::pin(async move {
            let mut client = DeclaredClient::new(self, options);
            for operation in drawing::setup(self, options) {
                client.invoke(connection, &operation).await?;
            }
            Ok(())
        })
    }

    fn understands_errors(&self) -> bool {
        !W::UNHANDLED_ERRORS
    }

    fn reusable(&self) -> bool {
        W::REUSES_CLIENTS
    }

    fn idempotent(&self, f: &str) -> bool {
        let operations = self.operations();
        operations.iter().any(|it| it.name() == f && it.read_only)
    }

    fn anomaly(&self) -> &'static str {
        Operations::anomaly(self)
    }

    fn check(&self, options: &Options, history: &History) -> Verdict {
        self.judge(options, history)
    }

    fn coverage(&self, history: &History) -> Coverage {
        Operations::coverage(self, history)
    }
}
