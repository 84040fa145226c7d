impl ::mael::node::Node for GCounter {
    fn check_args(
        env: &::mael::Environment,
    ) -> ::mael::Result<(), ::mael::StartupError> {
        <NodeId as ::mael::FromInit>::check_args(env)?;
        <Peers<GCounter> as ::mael::FromInit>::check_args(env)?;
        <Flags<Options> as ::mael::FromInit>::check_args(env)?;
        <RefCell<BTreeMap<NodeId, u64>> as ::mael::FromInit>::check_args(env)?;
        ::mael::Result::Ok(())
    }
    fn from_init(init: &::mael::Init) -> ::mael::Result<Self> {
        ::mael::Result::Ok(Self {
            id: ::mael::FromInit::from_init(init, &::mael::Field::new("id"))?,
            peers: ::mael::FromInit::from_init(init, &::mael::Field::new("peers"))?,
            flags: ::mael::FromInit::from_init(init, &::mael::Field::new("flags"))?,
            slots: ::mael::FromInit::from_init(init, &::mael::Field::new("slots"))?,
        })
    }
}
/// Every request handled by `GCounter`.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum GCounterRequest {
    /// Adds `delta` to this node's slot.
    Add {
        /// The field `delta`.
        delta: u64,
    },
    /// The sum over all slots.
    Read {},
    /// A peer's slots, merged into ours.
    Merge {
        /// The field `slots`.
        slots: BTreeMap<NodeId, u64>,
    },
}
/// Every reply sent by `GCounter`.
#[allow(clippy::enum_variant_names)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum GCounterReply {
    /// The reply to a request of type `add`.
    AddOk {},
    /// The reply to a request of type `read`.
    ReadOk {
        /// The field `value`.
        value: u64,
    },
    /// The reply to a request of type `merge`.
    MergeOk {},
}
impl ::mael::protocol::Encode for GCounterReply {
    fn encode(&self, body: ::mael::protocol::BodyWriter<'_>) -> ::mael::Result<()> {
        match self {
            Self::AddOk {} => ::mael::reply!(body, "add_ok"),
            Self::ReadOk { value } => ::mael::reply!(body, "read_ok", "value" = value),
            Self::MergeOk {} => ::mael::reply!(body, "merge_ok"),
        }
    }
}
/// Calls the handlers of `GCounter` on another node.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct GCounterClient(::mael::Peer);
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
impl GCounterClient {
    /// The ID of the node.
    #[must_use]
    pub fn id(&self) -> &::mael::NodeId {
        self.0.id()
    }
    /// Adds `delta` to this node's slot.
    pub fn add(
        &self,
        delta: u64,
    ) -> ::mael::Call<::mael::call::Named<(u64,)>, ::mael::call::Empty> {
        self.0.call("add", ::mael::call::Named(&["delta"], (delta,)), &[])
    }
    /// The sum over all slots.
    pub fn read(&self) -> ::mael::Call<::mael::call::Named<()>, ::mael::call::One<u64>> {
        self.0.call("read", ::mael::call::Named(&[], ()), &["value"])
    }
    /// A peer's slots, merged into ours.
    pub fn merge(
        &self,
        slots: BTreeMap<NodeId, u64>,
    ) -> ::mael::Call<
        ::mael::call::Named<(BTreeMap<NodeId, u64>,)>,
        ::mael::call::Empty,
    > {
        self.0.call("merge", ::mael::call::Named(&["slots"], (slots,)), &[])
    }
}
impl ::mael::node::Callable for GCounter {
    type Client = GCounterClient;
    fn client(peer: ::mael::Peer) -> GCounterClient {
        GCounterClient(peer)
    }
}
#[allow(non_snake_case)]
impl ::mael::node::Handlers for GCounter {
    type Request<'a> = GCounterRequest;
    type Reply = GCounterReply;
    const TYPES: &'static [&'static ::core::primitive::str] = &["add", "read", "merge"];
    fn decode<'a>(
        msg_type: &::core::primitive::str,
        body: ::mael::protocol::Body<'a>,
    ) -> ::core::option::Option<::mael::Result<GCounterRequest>> {
        let request = match msg_type {
            "add" => {
                body.fields(["delta"]).map(|(delta,)| GCounterRequest::Add { delta })
            }
            "read" => body.fields([]).map(|()| GCounterRequest::Read {}),
            "merge" => {
                body.fields(["slots"]).map(|(slots,)| GCounterRequest::Merge { slots })
            }
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(request)
    }
    fn handle(
        self: &::std::rc::Rc<Self>,
        _src: &::mael::protocol::Name<'_>,
        request: GCounterRequest,
    ) -> ::mael::node::Response<GCounterReply> {
        match request {
            GCounterRequest::Add { delta } => {
                Self::add(self, delta);
                ::mael::node::Response::reply(GCounterReply::AddOk {})
            }
            GCounterRequest::Read {} => {
                ::mael::node::Response::reply(GCounterReply::ReadOk {
                    value: Self::read(self),
                })
            }
            GCounterRequest::Merge { slots } => {
                Self::merge(self, slots);
                ::mael::node::Response::reply(GCounterReply::MergeOk {})
            }
        }
    }
    fn start(self: &::std::rc::Rc<Self>) {
        ::mael::node::every(
            "gossip",
            ::mael::node::millis(self.flags.gossip_ms),
            self,
            async |node: &::std::rc::Rc<Self>| Self::gossip(node),
        );
    }
}
