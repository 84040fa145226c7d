impl ::core::default::Default for Registers {
    fn default() -> Self {
        Self
    }
}
impl ::mael_sim::declared::Declaration for Registers {
    const NAME: &'static ::core::primitive::str = "kv";
    const DOC: &'static ::core::primitive::str = "Registers by name.";
    const REUSES_CLIENTS: ::core::primitive::bool = true;
    const UNHANDLED_ERRORS: ::core::primitive::bool = true;
}
/// Every request of `Registers`.
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum RegistersRequest {
    /// Sets the initial value of all registers.
    Configure {
        /// The field `initial`.
        initial: u64,
    },
    /// Returns the value of a register.
    Read {
        /// The field `name`.
        name: String,
    },
    /// Writes all registers to disk.
    Sync {},
}
/// Every reply to a request of `Registers`.
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
#[allow(clippy::enum_variant_names)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum RegistersReply {
    /// The reply to a request of type `configure`.
    ConfigureOk {},
    /// The reply to a request of type `read`.
    ReadOk {
        /// The field `value`.
        value: u64,
    },
    /// The reply to a request of type `sync`.
    SyncOk {},
}
#[allow(non_snake_case)]
impl ::mael_sim::declared::Operations for Registers {
    type Request = RegistersRequest;
    type Reply = RegistersReply;
    fn operations(&self) -> ::std::vec::Vec<::mael_sim::declared::OperationType> {
        ::std::vec::Vec::from([
            ::mael_sim::declared::OperationType::new(
                    "Sets the initial value of all registers.",
                    ("configure", &[("initial", "integer")]),
                    ("configure_ok", &[]),
                )
                .setup(),
            ::mael_sim::declared::OperationType::new(
                    "Returns the value of a register.",
                    ("read", &[("name", "string")]),
                    ("read_ok", &[("value", "integer")]),
                )
                .read_only()
                .value("[name, value]")
                .record(sorted),
            ::mael_sim::declared::OperationType::new(
                    "Writes all registers to disk.",
                    ("sync", &[]),
                    ("sync_ok", &[]),
                )
                .finally()
                .unmarked(),
        ])
    }
    fn draw(
        &self,
        name: &::core::primitive::str,
        source: &mut ::mael_sim::declared::Source<'_>,
    ) -> ::core::option::Option<::mael_sim::declared::Drawn> {
        let drawn = match name {
            "configure" => {
                ::mael_sim::declared::Drawn::new("configure")
                    .field("initial", source.draw::<u64>(&(0..5)))
            }
            "sync" => ::mael_sim::declared::Drawn::new("sync"),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(drawn)
    }
    fn generator(
        &self,
        options: &::mael_sim::Options,
    ) -> ::std::boxed::Box<dyn ::mael_sim::engine::Generator> {
        Self::reads(self, options)
    }
    fn read_request(
        name: &::core::primitive::str,
        body: ::mael::protocol::Body<'_>,
    ) -> ::core::option::Option<::mael::Result<Self::Request>> {
        let read = match name {
            "configure" => {
                body.exact_fields(["initial"])
                    .map(|(initial,)| RegistersRequest::Configure {
                        initial,
                    })
            }
            "read" => {
                body.exact_fields(["name"])
                    .map(|(name,)| RegistersRequest::Read { name })
            }
            "sync" => body.exact_fields([]).map(|()| RegistersRequest::Sync {}),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(read)
    }
    fn read_reply(
        name: &::core::primitive::str,
        body: ::mael::protocol::Body<'_>,
    ) -> ::core::option::Option<::mael::Result<Self::Reply>> {
        let read = match name {
            "configure" => body.exact_fields([]).map(|()| RegistersReply::ConfigureOk {}),
            "read" => {
                body.exact_fields(["value"])
                    .map(|(value,)| RegistersReply::ReadOk { value })
            }
            "sync" => body.exact_fields([]).map(|()| RegistersReply::SyncOk {}),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(read)
    }
    fn judge(
        &self,
        options: &::mael_sim::Options,
        history: &::mael_sim::declared::History,
    ) -> ::mael_sim::declared::Verdict {
        ::mael_sim::declared::judge(
            self,
            options,
            history,
            &[("never-read", ::mael_sim::declared::Check::Recorded(Self::never_read))],
        )
    }
    fn anomaly(&self) -> &'static ::core::primitive::str {
        "never-read"
    }
    fn validate(
        &self,
        options: &::mael_sim::Options,
    ) -> ::core::result::Result<(), ::std::string::String> {
        Self::clients(self, options)
    }
    fn timeout(&self, options: &::mael_sim::Options) -> ::core::time::Duration {
        Self::timeout(self, options)
    }
    fn coverage(
        &self,
        history: &::mael_sim::declared::History,
    ) -> ::mael_sim::declared::Coverage {
        Self::coverage(self, history)
    }
}
