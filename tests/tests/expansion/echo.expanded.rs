impl ::mael::node::Node for Echo {
    fn prepare(_: &::mael::Host) -> ::core::result::Result<(), ::mael::Refusal> {
        ::core::result::Result::Ok(())
    }
    fn from_init(_: &::mael::Init) -> ::mael::Result<Self> {
        ::core::result::Result::Ok(Self)
    }
}
/// Every request that a `Echo` handles.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum EchoRequest {
    /// Says what it is told.
    Echo {
        /// The field `echo`.
        echo: String,
    },
}
/// Every reply that a `Echo` gives.
#[allow(clippy::enum_variant_names)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum EchoReply {
    /// The reply to a request of type `echo`.
    EchoOk {
        /// The field `echo`.
        echo: String,
    },
}
impl ::mael::protocol::IntoBody for EchoReply {
    fn into_body(self, body: ::mael::protocol::BodyWriter<'_>) -> ::mael::Result<()> {
        match self {
            Self::EchoOk { echo } => ::mael::reply!(body, "echo_ok", "echo" = echo),
        }
    }
}
/// Calls the handlers of a `Echo` on another node.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct EchoClient(::mael::Peer);
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
impl EchoClient {
    /// The name of the node.
    #[must_use]
    pub fn id(&self) -> &::mael::NodeId {
        self.0.id()
    }
    /// Says what it is told.
    pub fn echo(
        &self,
        echo: String,
    ) -> ::mael::Call<::mael::call::Named<(String,)>, ::mael::call::One<String>> {
        ::mael::typed!(self.0, call, "echo", ["echo"], (echo,), ["echo"])
    }
}
impl ::mael::node::Callable for Echo {
    type Client = EchoClient;
    fn client(peer: ::mael::Peer) -> EchoClient {
        EchoClient(peer)
    }
}
#[allow(non_snake_case)]
impl ::mael::node::Handlers for Echo {
    type Request<'a> = EchoRequest;
    type Reply = EchoReply;
    const TYPES: &'static [&'static ::core::primitive::str] = &["echo"];
    fn decode<'a>(
        kind: &::core::primitive::str,
        body: ::mael::protocol::Body<'a>,
    ) -> ::core::option::Option<::mael::Result<EchoRequest>> {
        let request = match kind {
            "echo" => body.values(["echo"]).map(|(echo,)| EchoRequest::Echo { echo }),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(request)
    }
    fn handle(
        self: &::std::rc::Rc<Self>,
        _src: &::mael::protocol::Name<'_>,
        request: EchoRequest,
    ) -> ::mael::node::Answer<EchoReply> {
        match request {
            EchoRequest::Echo { echo } => {
                ::mael::node::Answer::Now(
                    ::mael::Result::Ok(EchoReply::EchoOk {
                        echo: Self::echo(self, echo),
                    }),
                )
            }
        }
    }
}
