#[derive(
    self::reexport::toolbox::serde::Serialize,
    self::reexport::toolbox::serde::Deserialize
)]
#[serde(crate = "self::reexport::toolbox::serde")]
/// An entry of a log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its position in the log.
    pub offset: u64,
    /// Its origin.
    pub origin: Origin,
}
impl self::reexport::toolbox::MessageBody for Entry {}
#[derive(
    self::reexport::toolbox::serde::Serialize,
    self::reexport::toolbox::serde::Deserialize
)]
#[serde(crate = "self::reexport::toolbox::serde")]
/// The origin of an entry.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// A client.
    Client,
    /// Another node.
    Node,
}
#[derive(
    self::reexport::toolbox::serde::Serialize,
    self::reexport::toolbox::serde::Deserialize
)]
#[serde(crate = "self::reexport::toolbox::serde")]
/// A page of a log.
pub struct Page<T> {
    /// Its entries.
    pub entries: Vec<T>,
}
impl<T> self::reexport::toolbox::MessageBody for Page<T>
where
    Self: self::reexport::toolbox::serde::Serialize
        + self::reexport::toolbox::serde::de::DeserializeOwned,
{}
impl self::reexport::toolbox::node::Node for Plain {
    fn check_args(
        _: &self::reexport::toolbox::Environment,
    ) -> self::reexport::toolbox::Result<(), self::reexport::toolbox::StartupError> {
        self::reexport::toolbox::Result::Ok(())
    }
    fn from_init(
        _: &self::reexport::toolbox::Init,
    ) -> self::reexport::toolbox::Result<Self> {
        self::reexport::toolbox::Result::Ok(Self)
    }
}
/// Every request handled by `Plain`.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum PlainRequest {
    /// A request of type `nothing`.
    Nothing {},
}
/// Every reply sent by `Plain`.
#[allow(clippy::enum_variant_names)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum PlainReply {
    /// The reply to a request of type `nothing`.
    NothingOk {},
}
impl self::reexport::toolbox::protocol::Encode for PlainReply {
    fn encode(
        &self,
        body: self::reexport::toolbox::protocol::BodyWriter<'_>,
    ) -> self::reexport::toolbox::Result<()> {
        match self {
            Self::NothingOk {} => self::reexport::toolbox::reply!(body, "nothing_ok"),
        }
    }
}
/// Calls the handlers of `Plain` on another node.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct PlainClient(self::reexport::toolbox::Peer);
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
impl PlainClient {
    /// The ID of the node.
    #[must_use]
    pub fn id(&self) -> &self::reexport::toolbox::NodeId {
        self.0.id()
    }
    /// Makes a request of type `nothing`.
    pub fn nothing(
        &self,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Named<()>,
        self::reexport::toolbox::call::Empty,
    > {
        self.0.call("nothing", self::reexport::toolbox::call::Named(&[], ()), &[])
    }
}
impl self::reexport::toolbox::node::Callable for Plain {
    type Client = PlainClient;
    fn client(peer: self::reexport::toolbox::Peer) -> PlainClient {
        PlainClient(peer)
    }
}
#[allow(non_snake_case)]
impl self::reexport::toolbox::node::Handlers for Plain {
    type Request<'a> = PlainRequest;
    type Reply = PlainReply;
    const TYPES: &'static [&'static ::core::primitive::str] = &["nothing"];
    fn decode<'a>(
        msg_type: &::core::primitive::str,
        body: self::reexport::toolbox::protocol::Body<'a>,
    ) -> ::core::option::Option<self::reexport::toolbox::Result<PlainRequest>> {
        let request = match msg_type {
            "nothing" => body.fields([]).map(|()| PlainRequest::Nothing {}),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(request)
    }
    fn handle(
        self: &::std::rc::Rc<Self>,
        _src: &self::reexport::toolbox::protocol::Name<'_>,
        request: PlainRequest,
    ) -> self::reexport::toolbox::node::Response<PlainReply> {
        match request {
            PlainRequest::Nothing {} => {
                Self::nothing(self);
                self::reexport::toolbox::node::Response::reply(PlainReply::NothingOk {})
            }
        }
    }
    fn on_init(
        self: &::std::rc::Rc<Self>,
    ) -> self::reexport::toolbox::node::Response<()> {
        let node = ::core::clone::Clone::clone(self);
        self::reexport::toolbox::node::Response::deferred(async move {
            self::reexport::toolbox::node::done(Self::load(&node).await)
        })
    }
    fn start(self: &::std::rc::Rc<Self>) {
        self::reexport::toolbox::node::every(
            "tick",
            self::reexport::toolbox::node::millis(100),
            self,
            async |node: &::std::rc::Rc<Self>| Self::tick(node),
        );
        self::reexport::toolbox::node::every(
            "compare",
            self::reexport::toolbox::node::seconds(5),
            self,
            async |node: &::std::rc::Rc<Self>| Self::compare(node).await,
        );
    }
}
impl self::reexport::toolbox::node::Node for Forms {
    const DEADLINE: ::core::time::Duration = ::core::time::Duration::from_millis(900u64);
    const RPC_TIMEOUT: ::core::time::Duration = ::core::time::Duration::from_millis(
        400u64,
    );
    fn check_args(
        env: &self::reexport::toolbox::Environment,
    ) -> self::reexport::toolbox::Result<(), self::reexport::toolbox::StartupError> {
        <Cell<usize> as self::reexport::toolbox::FromInit>::check_args(env)?;
        <RefCell<Vec<Entry>> as self::reexport::toolbox::FromInit>::check_args(env)?;
        self::reexport::toolbox::Result::Ok(())
    }
    fn from_init(
        init: &self::reexport::toolbox::Init,
    ) -> self::reexport::toolbox::Result<Self> {
        self::reexport::toolbox::Result::Ok(Self {
            r#loop: self::reexport::toolbox::FromInit::from_init(
                init,
                &self::reexport::toolbox::Field::new("loop"),
            )?,
            entries: self::reexport::toolbox::FromInit::from_init(
                init,
                &self::reexport::toolbox::Field::new("entries")
                    .with_key("log")
                    .with_lease(::core::time::Duration::from_millis(2000)),
            )?,
        })
    }
}
/// Every request handled by `Forms`.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum FormsRequest<'a> {
    /// A string that is copied only if it contains escapes.
    Measure {
        /// The field `text`.
        text: Cow<'a, str>,
        /// The field `note`.
        note: Cow<'a, str>,
    },
    /// Any JSON, which is not parsed.
    Forward {
        /// The field `payload`.
        payload: &'a RawValue,
    },
    /// Durations with a custom serialization.
    Expire {
        /// The field `at-ms`.
        at: Duration,
        /// The field `every`.
        every: Duration,
    },
    /// A request of type `2pc`.
    _2pc {
        /// The field `type_of`.
        r#type_of: String,
    },
    /// A request of type `ping`.
    Ping {},
    /// Returns an alias of `Result`.
    Length {},
    /// Takes a whole body, and replies without fields.
    Append(Entry),
    /// Replies with a whole body, or an error.
    Newest {},
    /// Replies with a whole body, asynchronously.
    Page {},
    /// Replies with several fields, asynchronously.
    Poll {
        /// The field `from`.
        from: usize,
        /// The field `limit`.
        limit: usize,
    },
    /// Sends no reply, not even an error.
    Gossip {
        /// The field `offsets`.
        offsets: BTreeSet<u64>,
    },
    /// A request of type `pong`.
    #[cfg(not(any()))]
    Pong {
        /// The field `present`.
        present: bool,
    },
}
/// Every reply sent by `Forms`.
#[allow(clippy::enum_variant_names)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum FormsReply {
    /// The reply to a request of type `measure`.
    MeasureOk {
        /// The field `length`.
        length: usize,
    },
    /// The reply to a request of type `expire`.
    ExpireOk {
        /// The field `after`.
        after: u64,
        /// The field `since`.
        since: u64,
    },
    /// The reply to a request of type `2pc`.
    _2pcOk {
        /// The field `ref`.
        r#ref: String,
    },
    /// The reply to a request of type `length`.
    LengthOk {
        /// The field `length`.
        length: <Length as self::reexport::toolbox::node::Fallible>::Value,
    },
    /// The reply to a request of type `append`.
    AppendOk {},
    /// The reply to a request of type `newest`.
    NewestOk(Entry),
    /// The reply to a request of type `page`.
    PageOk(Page<Entry>),
    /// The reply to a request of type `poll`.
    PollOk {
        /// The field `msgs`.
        msgs: Vec<Entry>,
        /// The field `more`.
        more: bool,
    },
}
impl self::reexport::toolbox::protocol::Encode for FormsReply {
    fn encode(
        &self,
        body: self::reexport::toolbox::protocol::BodyWriter<'_>,
    ) -> self::reexport::toolbox::Result<()> {
        match self {
            Self::MeasureOk { length } => {
                self::reexport::toolbox::reply!(body, "measure_ok", "length" = length)
            }
            Self::ExpireOk { after, since } => {
                self::reexport::toolbox::reply!(
                    body, "expire_ok", "after" = after, "since" = since
                )
            }
            Self::_2pcOk { r#ref } => {
                self::reexport::toolbox::reply!(body, "2pc_ok", "ref" = r#ref)
            }
            Self::LengthOk { length } => {
                self::reexport::toolbox::reply!(body, "length_ok", "length" = length)
            }
            Self::AppendOk {} => self::reexport::toolbox::reply!(body, "appended"),
            Self::NewestOk(reply) => body.message("newest_ok").whole(reply).end(),
            Self::PageOk(reply) => body.message("page_ok").whole(reply).end(),
            Self::PollOk { msgs, more } => {
                self::reexport::toolbox::reply!(
                    body, "poll_ok", "msgs" = msgs, "more" = more
                )
            }
        }
    }
}
/// Calls the handlers of `Forms` on another node.
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct FormsClient(self::reexport::toolbox::Peer);
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
impl FormsClient {
    /// The ID of the node.
    #[must_use]
    pub fn id(&self) -> &self::reexport::toolbox::NodeId {
        self.0.id()
    }
    /// A string that is copied only if it contains escapes.
    pub fn measure<'a>(
        &self,
        text: Cow<'a, str>,
        note: Cow<'a, str>,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Named<(Cow<'a, str>, Cow<'a, str>)>,
        self::reexport::toolbox::call::One<usize>,
    > {
        self.0
            .call(
                "measure",
                self::reexport::toolbox::call::Named(&["text", "note"], (text, note)),
                &["length"],
            )
    }
    /// Any JSON, which is not parsed.
    pub fn forward<'a>(
        &self,
        payload: &'a RawValue,
    ) -> self::reexport::toolbox::call::OneWay<
        self::reexport::toolbox::call::Named<(&'a RawValue,)>,
    > {
        self.0
            .one_way(
                "forward",
                self::reexport::toolbox::call::Named(&["payload"], (payload,)),
            )
    }
    /// Durations with a custom serialization.
    pub fn expire(
        &self,
        at: Duration,
        every: Duration,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Named<
            (
                impl self::reexport::toolbox::serde::Serialize + use<>,
                impl self::reexport::toolbox::serde::Serialize + use<>,
            ),
        >,
        self::reexport::toolbox::call::Several<(u64, u64)>,
    > {
        struct WithAt(Duration);
        impl self::reexport::toolbox::serde::Serialize for WithAt {
            fn serialize<S: self::reexport::toolbox::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                milliseconds::serialize(&self.0, serializer)
            }
        }
        struct WithEvery(Duration);
        impl self::reexport::toolbox::serde::Serialize for WithEvery {
            fn serialize<S: self::reexport::toolbox::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                milliseconds::serialize(&self.0, serializer)
            }
        }
        self.0
            .call(
                "expire",
                self::reexport::toolbox::call::Named(
                    &["at-ms", "every"],
                    (WithAt(at), WithEvery(every)),
                ),
                &["after", "since"],
            )
    }
    /// Makes a request of type `2pc`.
    pub fn r#match(
        &self,
        r#type_of: String,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Named<(String,)>,
        self::reexport::toolbox::call::One<String>,
    > {
        self.0
            .call(
                "2pc",
                self::reexport::toolbox::call::Named(&["type_of"], (r#type_of,)),
                &["ref"],
            )
    }
    /// Makes a request of type `ping`.
    pub fn ping(
        &self,
    ) -> self::reexport::toolbox::call::OneWay<
        self::reexport::toolbox::call::Named<()>,
    > {
        self.0.one_way("ping", self::reexport::toolbox::call::Named(&[], ()))
    }
    /// Returns an alias of `Result`.
    pub fn length(
        &self,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Named<()>,
        self::reexport::toolbox::call::One<
            <Length as self::reexport::toolbox::node::Fallible>::Value,
        >,
    > {
        self.0.call("length", self::reexport::toolbox::call::Named(&[], ()), &["length"])
    }
    /// Takes a whole body, and replies without fields.
    pub fn append_entry(
        &self,
        entry: Entry,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Whole<Entry>,
        self::reexport::toolbox::call::Empty,
    > {
        self.0.call("append", self::reexport::toolbox::call::Whole(entry), &[])
    }
    /// Replies with a whole body, or an error.
    pub fn newest(
        &self,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Named<()>,
        self::reexport::toolbox::call::Whole<Entry>,
    > {
        self.0.call("newest", self::reexport::toolbox::call::Named(&[], ()), &[])
    }
    /// Replies with a whole body, asynchronously.
    pub fn page(
        &self,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Named<()>,
        self::reexport::toolbox::call::Whole<Page<Entry>>,
    > {
        self.0.call("page", self::reexport::toolbox::call::Named(&[], ()), &[])
    }
    /// Replies with several fields, asynchronously.
    pub fn poll(
        &self,
        from: usize,
        limit: usize,
    ) -> self::reexport::toolbox::Call<
        self::reexport::toolbox::call::Named<(usize, usize)>,
        self::reexport::toolbox::call::Several<(Vec<Entry>, bool)>,
    > {
        self.0
            .call(
                "poll",
                self::reexport::toolbox::call::Named(&["from", "limit"], (from, limit)),
                &["msgs", "more"],
            )
    }
    /// Sends no reply, not even an error.
    pub fn gossip(
        &self,
        offsets: BTreeSet<u64>,
    ) -> self::reexport::toolbox::call::OneWay<
        self::reexport::toolbox::call::Named<(BTreeSet<u64>,)>,
    > {
        self.0
            .one_way(
                "gossip",
                self::reexport::toolbox::call::Named(&["offsets"], (offsets,)),
            )
    }
    /// Makes a request of type `pong`.
    #[cfg(not(any()))]
    pub fn pong(
        &self,
        present: bool,
    ) -> self::reexport::toolbox::call::OneWay<
        self::reexport::toolbox::call::Named<(bool,)>,
    > {
        self.0
            .one_way(
                "pong",
                self::reexport::toolbox::call::Named(&["present"], (present,)),
            )
    }
}
impl self::reexport::toolbox::node::Callable for Forms {
    type Client = FormsClient;
    fn client(peer: self::reexport::toolbox::Peer) -> FormsClient {
        FormsClient(peer)
    }
}
#[allow(non_snake_case)]
impl self::reexport::toolbox::node::Handlers for Forms {
    type Request<'a> = FormsRequest<'a>;
    type Reply = FormsReply;
    const TYPES: &'static [&'static ::core::primitive::str] = &[
        "measure",
        "forward",
        "expire",
        "2pc",
        "ping",
        "length",
        "append",
        "newest",
        "page",
        "poll",
        "gossip",
        #[cfg(not(any()))]
        "pong",
    ];
    const ONEWAY: &'static [&'static ::core::primitive::str] = &[
        "forward",
        "ping",
        "gossip",
        #[cfg(not(any()))]
        "pong",
    ];
    fn decode<'a>(
        msg_type: &::core::primitive::str,
        body: self::reexport::toolbox::protocol::Body<'a>,
    ) -> ::core::option::Option<self::reexport::toolbox::Result<FormsRequest<'a>>> {
        let request = match msg_type {
            "measure" => {
                body.fields(["text", "note"])
                    .map(|
                        (
                            self::reexport::toolbox::protocol::Text(text),
                            self::reexport::toolbox::protocol::DefaultedField(note),
                        )|
                    FormsRequest::Measure {
                        text,
                        note: note
                            .map(|self::reexport::toolbox::protocol::Text(note)| note)
                            .unwrap_or_default(),
                    })
            }
            "forward" => {
                body.fields(["payload"])
                    .map(|(payload,)| FormsRequest::Forward { payload })
            }
            "expire" => {
                struct WithAt(Duration);
                impl<'de> self::reexport::toolbox::serde::Deserialize<'de> for WithAt {
                    fn deserialize<D: self::reexport::toolbox::serde::Deserializer<'de>>(
                        deserializer: D,
                    ) -> ::core::result::Result<Self, D::Error> {
                        milliseconds::deserialize(deserializer).map(Self)
                    }
                }
                struct WithEvery(Duration);
                impl<'de> self::reexport::toolbox::serde::Deserialize<'de>
                for WithEvery {
                    fn deserialize<D: self::reexport::toolbox::serde::Deserializer<'de>>(
                        deserializer: D,
                    ) -> ::core::result::Result<Self, D::Error> {
                        milliseconds::deserialize(deserializer).map(Self)
                    }
                }
                body.fields(["at-ms", "every"])
                    .map(|
                        (
                            WithAt(at),
                            self::reexport::toolbox::protocol::DefaultedField(every),
                        )|
                    FormsRequest::Expire {
                        at,
                        every: every
                            .map(|WithEvery(every)| every)
                            .unwrap_or_else(a_second),
                    })
            }
            "2pc" => {
                body.fields(["type_of"])
                    .map(|(r#type_of,)| FormsRequest::_2pc { r#type_of })
            }
            "ping" => body.fields([]).map(|()| FormsRequest::Ping {}),
            "length" => body.fields([]).map(|()| FormsRequest::Length {}),
            "append" => body.whole().map(FormsRequest::Append),
            "newest" => body.fields([]).map(|()| FormsRequest::Newest {}),
            "page" => body.fields([]).map(|()| FormsRequest::Page {}),
            "poll" => {
                body.fields(["from", "limit"])
                    .map(|
                        (from, self::reexport::toolbox::protocol::DefaultedField(limit))|
                    FormsRequest::Poll {
                        from,
                        limit: limit.unwrap_or_default(),
                    })
            }
            "gossip" => {
                body.fields(["offsets"])
                    .map(|(offsets,)| FormsRequest::Gossip { offsets })
            }
            #[cfg(not(any()))]
            "pong" => {
                body.fields(["present"]).map(|(present,)| FormsRequest::Pong { present })
            }
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(request)
    }
    fn handle(
        self: &::std::rc::Rc<Self>,
        src: &self::reexport::toolbox::protocol::Name<'_>,
        request: FormsRequest<'_>,
    ) -> self::reexport::toolbox::node::Response<FormsReply> {
        match request {
            FormsRequest::Measure { text, note } => {
                self::reexport::toolbox::node::Response::reply(FormsReply::MeasureOk {
                    length: Self::measure(self, text, note),
                })
            }
            FormsRequest::Forward { payload } => {
                Self::forward(self, payload);
                self::reexport::toolbox::node::Response::oneway(
                    self::reexport::toolbox::Result::<()>::Ok(()),
                )
            }
            FormsRequest::Expire { at, every } => {
                self::reexport::toolbox::node::Response::ready(
                    Self::expire(self, at, every)
                        .map(|(after, since)| FormsReply::ExpireOk {
                            after,
                            since,
                        }),
                )
            }
            FormsRequest::_2pc { r#type_of } => {
                let src = <self::reexport::toolbox::NodeId as ::core::convert::From<
                    _,
                >>::from(src);
                let node = ::core::clone::Clone::clone(self);
                self::reexport::toolbox::node::Response::deferred(async move {
                    Self::r#match(&node, r#type_of, src)
                        .await
                        .map(|r#ref| FormsReply::_2pcOk { r#ref })
                })
            }
            FormsRequest::Ping {} => {
                let node = ::core::clone::Clone::clone(self);
                self::reexport::toolbox::node::Response::oneway_deferred(async move {
                        Self::ping(&node).await;
                        self::reexport::toolbox::Result::<()>::Ok(())
                    })
                    .with_deadline(::core::time::Duration::from_millis(50u64))
            }
            FormsRequest::Length {} => {
                self::reexport::toolbox::node::Response::ready(
                    self::reexport::toolbox::node::result(Self::length(self))
                        .map(|length| FormsReply::LengthOk { length }),
                )
            }
            FormsRequest::Append(entry) => {
                let src = <self::reexport::toolbox::NodeId as ::core::convert::From<
                    _,
                >>::from(src);
                self::reexport::toolbox::node::Response::ready(
                    Self::append_entry(self, entry, src)
                        .map(|()| FormsReply::AppendOk {}),
                )
            }
            FormsRequest::Newest {} => {
                self::reexport::toolbox::node::Response::ready(
                    Self::newest(self).map(FormsReply::NewestOk),
                )
            }
            FormsRequest::Page {} => {
                let node = ::core::clone::Clone::clone(self);
                self::reexport::toolbox::node::Response::deferred(async move {
                    self::reexport::toolbox::Result::<
                        _,
                    >::Ok(FormsReply::PageOk(Self::page(&node).await))
                })
            }
            FormsRequest::Poll { from, limit } => {
                let node = ::core::clone::Clone::clone(self);
                self::reexport::toolbox::node::Response::deferred(async move {
                        let (msgs, more) = Self::poll(&node, from, limit).await;
                        self::reexport::toolbox::Result::<
                            _,
                        >::Ok(FormsReply::PollOk { msgs, more })
                    })
                    .with_deadline(::core::time::Duration::from_millis(2000u64))
            }
            FormsRequest::Gossip { offsets } => {
                let src = <self::reexport::toolbox::NodeId as ::core::convert::From<
                    _,
                >>::from(src);
                self::reexport::toolbox::node::Response::oneway(
                    Self::gossip(self, src, offsets),
                )
            }
            #[cfg(not(any()))]
            FormsRequest::Pong { present } => {
                Self::pong(self, present);
                self::reexport::toolbox::node::Response::oneway(
                    self::reexport::toolbox::Result::<()>::Ok(()),
                )
            }
        }
    }
    fn on_init(
        self: &::std::rc::Rc<Self>,
    ) -> self::reexport::toolbox::node::Response<()> {
        self::reexport::toolbox::node::Response::Ready(
            self::reexport::toolbox::node::done(Self::begin(self)),
        )
    }
    fn start(self: &::std::rc::Rc<Self>) {
        self::reexport::toolbox::node::task(
            "run",
            self,
            async |node: &::std::rc::Rc<Self>| Self::run(node).await,
        );
    }
}
