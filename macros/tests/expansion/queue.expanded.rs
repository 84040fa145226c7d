impl ::mael::node::Node for Queue {
    fn check_args(
        env: &::mael::Environment,
    ) -> ::mael::Result<(), ::mael::StartupError> {
        <RefCell<VecDeque<i64>> as ::mael::FromInit>::check_args(env)?;
        ::mael::Result::Ok(())
    }
    fn from_init(init: &::mael::Init) -> ::mael::Result<Self> {
        ::mael::Result::Ok(Self {
            items: ::mael::FromInit::from_init(init, &::mael::Field::new("items"))?,
        })
    }
}
#[allow(non_snake_case)]
impl ::mael_sim::declared::Specification for Queue {
    const NAME: &'static ::core::primitive::str = "queue";
    const DOC: &'static ::core::primitive::str = "A first-in-first-out queue.";
    const CONSISTENCY: ::mael_sim::declared::Consistency = ::mael_sim::declared::Consistency::Linearizable;
    fn operations() -> ::std::vec::Vec<::mael_sim::declared::OperationType> {
        ::std::vec::Vec::from([
            ::mael_sim::declared::OperationType::new(
                    "Appends a value.",
                    ("enqueue", &[("value", "integer")]),
                    ("enqueue_ok", &[]),
                )
                .weight(2u32),
            ::mael_sim::declared::OperationType::new(
                "Removes the first value.",
                ("dequeue", &[]),
                ("dequeue_ok", &[("value", "integer")]),
            ),
        ])
    }
    fn draw(
        name: &::core::primitive::str,
        source: &mut ::mael_sim::declared::Source<'_>,
    ) -> ::core::option::Option<::mael_sim::declared::Drawn> {
        let drawn = match name {
            "enqueue" => {
                ::mael_sim::declared::Drawn::new("enqueue")
                    .field("value", source.draw::<i64>(&(::mael_sim::declared::Unique)))
            }
            "dequeue" => ::mael_sim::declared::Drawn::new("dequeue"),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(drawn)
    }
    fn read_reply(
        name: &::core::primitive::str,
        body: ::mael::protocol::Body<'_>,
    ) -> ::core::option::Option<::mael::Result<Self::Reply>> {
        let read = match name {
            "enqueue" => body.exact_fields([]).map(|()| QueueReply::EnqueueOk {}),
            "dequeue" => {
                body.exact_fields(["value"])
                    .map(|(value,)| QueueReply::DequeueOk { value })
            }
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(read)
    }
}
