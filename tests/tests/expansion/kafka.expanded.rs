#[derive(::mael::serde::Serialize, ::mael::serde::Deserialize)]
#[serde(crate = "::mael::serde")]
/// An entry of a log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub offset: u64,
    /// What it says.
    pub msg: u64,
    /// How it came.
    pub origin: Origin,
}
impl ::mael::Message for Entry {}
#[derive(::mael::serde::Serialize, ::mael::serde::Deserialize)]
#[serde(crate = "::mael::serde")]
/// Where an entry comes from.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// A client.
    Client,
    /// Another node.
    Node,
}
#[derive(::mael::serde::Serialize, ::mael::serde::Deserialize)]
#[serde(crate = "::mael::serde")]
/// A page of a log.
pub struct Page<T> {
    /// Its entries.
    pub entries: Vec<T>,
}
impl<T> ::mael::Message for Page<T>
where
    Self: ::mael::serde::Serialize + ::mael::serde::de::DeserializeOwned,
{}
impl ::mael::node::Node for Kafka {
    fn prepare(host: &::mael::Host) -> ::core::result::Result<(), ::mael::Refusal> {
        <RefCell<Vec<Entry>> as ::mael::FromInit>::prepare(host)?;
        <RefCell<BTreeMap<String, u64>> as ::mael::FromInit>::prepare(host)?;
        ::core::result::Result::Ok(())
    }
    fn from_init(init: &::mael::Init) -> ::mael::Result<Self> {
        ::core::result::Result::Ok(Self {
            entries: ::mael::FromInit::from_init(init, &::mael::Field::new("entries"))?,
            offsets: ::mael::FromInit::from_init(
                init,
                &::mael::Field::new("offsets")
                    .with_key("committed")
                    .with_lease(::core::time::Duration::from_millis(2000)),
            )?,
        })
    }
}
/// Every request that a `Kafka` handles.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum KafkaRequest {
    /// Appends an entry that another node has made.
    Append(Entry),
    /// The newest entry.
    Newest {},
    /// Some entries, and whether there are more.
    Poll {
        /// The field `from`.
        from: usize,
        /// The field `limit`.
        limit: usize,
    },
    /// All entries.
    Page {},
    /// Keeps how far a client has come.
    CommitOffsets {
        /// The field `offsets`.
        offsets: BTreeMap<String, u64>,
    },
}
/// Every reply that a `Kafka` gives.
#[allow(clippy::enum_variant_names)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum KafkaReply {
    /// The reply to a request of type `append`.
    AppendOk {},
    /// The reply to a request of type `newest`.
    NewestOk(Entry),
    /// The reply to a request of type `poll`.
    PollOk {
        /// The field `msgs`.
        msgs: Vec<Entry>,
        /// The field `more`.
        more: bool,
    },
    /// The reply to a request of type `page`.
    PageOk(Page<Entry>),
    /// The reply to a request of type `commit_offsets`.
    CommitOffsetsOk {},
}
impl ::mael::protocol::IntoBody for KafkaReply {
    fn into_body(self, body: ::mael::protocol::BodyWriter<'_>) -> ::mael::Result<()> {
        match self {
            Self::AppendOk {} => ::mael::reply!(body, "appended"),
            Self::NewestOk(reply) => body.message("newest_ok").whole(reply).end(),
            Self::PollOk { msgs, more } => {
                ::mael::reply!(body, "poll_ok", "msgs" = msgs, "more" = more)
            }
            Self::PageOk(reply) => body.message("page_ok").whole(reply).end(),
            Self::CommitOffsetsOk {} => ::mael::reply!(body, "commit_offsets_ok"),
        }
    }
}
/// Calls the handlers of a `Kafka` on another node.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct KafkaClient(::mael::Peer);
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
impl KafkaClient {
    /// The name of the node.
    #[must_use]
    pub fn id(&self) -> &::mael::NodeId {
        self.0.id()
    }
    /// Appends an entry that another node has made.
    pub fn append_entry(
        &self,
        entry: Entry,
    ) -> ::mael::Call<::mael::call::Whole<Entry>, ::mael::call::Empty> {
        self.0.call("append", ::mael::call::Whole(entry), &[])
    }
    /// The newest entry.
    pub fn newest(
        &self,
    ) -> ::mael::Call<::mael::call::Named<()>, ::mael::call::Whole<Entry>> {
        self.0.call("newest", ::mael::call::Named(&[], ()), &[])
    }
    /// Some entries, and whether there are more.
    pub fn poll(
        &self,
        from: usize,
        limit: usize,
    ) -> ::mael::Call<
        ::mael::call::Named<(usize, usize)>,
        ::mael::call::Several<(Vec<Entry>, bool)>,
    > {
        ::mael::typed!(
            self.0, call, "poll", ["from", "limit"], (from, limit,), ["msgs", "more"]
        )
    }
    /// All entries.
    pub fn page(
        &self,
    ) -> ::mael::Call<::mael::call::Named<()>, ::mael::call::Whole<Page<Entry>>> {
        self.0.call("page", ::mael::call::Named(&[], ()), &[])
    }
    /// Keeps how far a client has come.
    pub fn commit_offsets(
        &self,
        offsets: BTreeMap<String, u64>,
    ) -> ::mael::Call<
        ::mael::call::Named<(BTreeMap<String, u64>,)>,
        ::mael::call::Empty,
    > {
        ::mael::typed!(self.0, call, "commit_offsets", ["offsets"], (offsets,), [])
    }
}
impl ::mael::node::Callable for Kafka {
    type Client = KafkaClient;
    fn client(peer: ::mael::Peer) -> KafkaClient {
        KafkaClient(peer)
    }
}
#[allow(non_snake_case)]
impl ::mael::node::Handlers for Kafka {
    type Request<'a> = KafkaRequest;
    type Reply = KafkaReply;
    const TYPES: &'static [&'static ::core::primitive::str] = &[
        "append",
        "newest",
        "poll",
        "page",
        "commit_offsets",
    ];
    fn decode<'a>(
        kind: &::core::primitive::str,
        body: ::mael::protocol::Body<'a>,
    ) -> ::core::option::Option<::mael::Result<KafkaRequest>> {
        let request = match kind {
            "append" => body.whole().map(KafkaRequest::Append),
            "newest" => body.fields([]).map(|()| KafkaRequest::Newest {}),
            "poll" => {
                body.values(["from", "limit"])
                    .map(|(from, ::mael::protocol::Maybe(limit))| KafkaRequest::Poll {
                        from,
                        limit: limit.unwrap_or_default(),
                    })
            }
            "page" => body.fields([]).map(|()| KafkaRequest::Page {}),
            "commit_offsets" => {
                body.values(["offsets"])
                    .map(|(offsets,)| KafkaRequest::CommitOffsets {
                        offsets,
                    })
            }
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(request)
    }
    fn handle(
        self: &::std::rc::Rc<Self>,
        src: &::mael::protocol::Name<'_>,
        request: KafkaRequest,
    ) -> ::mael::node::Answer<KafkaReply> {
        match request {
            KafkaRequest::Append(entry) => {
                let src = <::mael::NodeId as ::core::convert::From<_>>::from(src);
                ::mael::node::Answer::now(
                    Self::append_entry(self, entry, src)
                        .map(|()| KafkaReply::AppendOk {}),
                )
            }
            KafkaRequest::Newest {} => {
                ::mael::node::Answer::now(Self::newest(self).map(KafkaReply::NewestOk))
            }
            KafkaRequest::Poll { from, limit } => {
                let node = ::core::clone::Clone::clone(self);
                ::mael::node::Answer::later(async move {
                        let (msgs, more) = Self::poll(&node, from, limit).await;
                        ::mael::Result::<_>::Ok(KafkaReply::PollOk { msgs, more })
                    })
                    .within(::core::time::Duration::from_millis(2000u64))
            }
            KafkaRequest::Page {} => {
                let node = ::core::clone::Clone::clone(self);
                ::mael::node::Answer::later(async move {
                    ::mael::Result::<_>::Ok(KafkaReply::PageOk(Self::page(&node).await))
                })
            }
            KafkaRequest::CommitOffsets { offsets } => {
                Self::commit_offsets(self, offsets);
                ::mael::node::Answer::Now(
                    ::mael::Result::Ok(KafkaReply::CommitOffsetsOk {}),
                )
            }
        }
    }
}
