impl ::mael::node::Node for Broadcast {
    const DEADLINE: ::core::time::Duration = ::core::time::Duration::from_millis(900u64);
    const RPC_TIMEOUT: ::core::time::Duration = ::core::time::Duration::from_millis(
        400u64,
    );
    fn prepare(host: &::mael::Host) -> ::core::result::Result<(), ::mael::Refusal> {
        <Peers<Broadcast> as ::mael::FromInit>::prepare(host)?;
        <RefCell<BTreeSet<u64>> as ::mael::FromInit>::prepare(host)?;
        <Cell<u64> as ::mael::FromInit>::prepare(host)?;
        ::core::result::Result::Ok(())
    }
    fn from_init(init: &::mael::Init) -> ::mael::Result<Self> {
        ::core::result::Result::Ok(Self {
            peers: ::mael::FromInit::from_init(init, &::mael::Field::new("peers"))?,
            messages: ::mael::FromInit::from_init(
                init,
                &::mael::Field::new("messages"),
            )?,
            rounds: ::mael::FromInit::from_init(init, &::mael::Field::new("rounds"))?,
        })
    }
}
/// Every request that a `Broadcast` handles.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum BroadcastRequest {
    /// A message for everyone.
    Broadcast {
        /// The field `message`.
        message: u64,
    },
    /// All messages so far.
    Read {},
    /// What another node has, of which nobody needs to know that it arrived.
    Gossip {
        /// The field `messages`.
        messages: BTreeSet<u64>,
    },
}
/// Every reply that a `Broadcast` gives.
#[allow(clippy::enum_variant_names)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum BroadcastReply {
    /// The reply to a request of type `broadcast`.
    BroadcastOk {},
    /// The reply to a request of type `read`.
    ReadOk {
        /// The field `messages`.
        messages: BTreeSet<u64>,
    },
}
impl ::mael::protocol::IntoBody for BroadcastReply {
    fn into_body(self, body: ::mael::protocol::BodyWriter<'_>) -> ::mael::Result<()> {
        match self {
            Self::BroadcastOk {} => ::mael::reply!(body, "broadcast_ok"),
            Self::ReadOk { messages } => {
                ::mael::reply!(body, "read_ok", "messages" = messages)
            }
        }
    }
}
/// Calls the handlers of a `Broadcast` on another node.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BroadcastClient(::mael::Peer);
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
impl BroadcastClient {
    /// The name of the node.
    #[must_use]
    pub fn id(&self) -> &::mael::NodeId {
        self.0.id()
    }
    /// A message for everyone.
    pub fn broadcast(
        &self,
        message: u64,
    ) -> ::mael::Call<::mael::call::Named<(u64,)>, ::mael::call::Empty> {
        ::mael::typed!(self.0, call, "broadcast", ["message"], (message,), [])
    }
    /// All messages so far.
    pub fn read(
        &self,
    ) -> ::mael::Call<::mael::call::Named<()>, ::mael::call::One<BTreeSet<u64>>> {
        self.0.call("read", ::mael::call::Named(&[], ()), &["messages"])
    }
    /// What another node has, of which nobody needs to know that it arrived.
    pub fn gossip(
        &self,
        messages: BTreeSet<u64>,
    ) -> ::mael::call::OneWay<::mael::call::Named<(BTreeSet<u64>,)>> {
        ::mael::typed!(self.0, one_way, "gossip", ["messages"], (messages,))
    }
}
impl ::mael::node::Callable for Broadcast {
    type Client = BroadcastClient;
    fn client(peer: ::mael::Peer) -> BroadcastClient {
        BroadcastClient(peer)
    }
}
#[allow(non_snake_case)]
impl ::mael::node::Handlers for Broadcast {
    type Request<'a> = BroadcastRequest;
    type Reply = BroadcastReply;
    const TYPES: &'static [&'static ::core::primitive::str] = &[
        "broadcast",
        "read",
        "gossip",
    ];
    const ONEWAY: &'static [&'static ::core::primitive::str] = &["gossip"];
    fn decode<'a>(
        kind: &::core::primitive::str,
        body: ::mael::protocol::Body<'a>,
    ) -> ::core::option::Option<::mael::Result<BroadcastRequest>> {
        let request = match kind {
            "broadcast" => {
                body.values(["message"])
                    .map(|(message,)| BroadcastRequest::Broadcast {
                        message,
                    })
            }
            "read" => body.fields([]).map(|()| BroadcastRequest::Read {}),
            "gossip" => {
                body.values(["messages"])
                    .map(|(messages,)| BroadcastRequest::Gossip {
                        messages,
                    })
            }
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(request)
    }
    fn handle(
        self: &::std::rc::Rc<Self>,
        src: &::mael::protocol::Name<'_>,
        request: BroadcastRequest,
    ) -> ::mael::node::Answer<BroadcastReply> {
        match request {
            BroadcastRequest::Broadcast { message } => {
                Self::broadcast(self, message);
                ::mael::node::Answer::Now(
                    ::mael::Result::Ok(BroadcastReply::BroadcastOk {}),
                )
            }
            BroadcastRequest::Read {} => {
                ::mael::node::Answer::Now(
                    ::mael::Result::Ok(BroadcastReply::ReadOk {
                        messages: Self::read(self),
                    }),
                )
            }
            BroadcastRequest::Gossip { messages } => {
                let src = <::mael::NodeId as ::core::convert::From<_>>::from(src);
                ::mael::node::Answer::oneway(Self::gossip(self, src, messages))
            }
        }
    }
    fn set_up(self: &::std::rc::Rc<Self>) -> ::mael::node::Answer<()> {
        let node = ::core::clone::Clone::clone(self);
        ::mael::node::Answer::later(async move {
            ::mael::node::done(Self::load(&node).await)
        })
    }
    fn start(self: &::std::rc::Rc<Self>) {
        ::mael::node::every(
            "spread",
            ::mael::node::millis(100),
            self,
            async |node: &::std::rc::Rc<Self>| Self::spread(node),
        );
        ::mael::node::every(
            "compare",
            ::mael::node::seconds(5),
            self,
            async |node: &::std::rc::Rc<Self>| Self::compare(node).await,
        );
    }
}
