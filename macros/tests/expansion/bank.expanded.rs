impl ::core::default::Default for Bank {
    fn default() -> Self {
        Self { accounts: 5 }
    }
}
impl ::mael_sim::declared::Declaration for Bank {
    const NAME: &'static ::core::primitive::str = "bank";
    const DOC: &'static ::core::primitive::str = "Money moves between accounts, and the total never changes.";
    fn flags(&self) -> ::std::vec::Vec<::mael_sim::declared::FlagType> {
        ::std::vec::Vec::from([
            ::mael_sim::declared::FlagType::new(
                "accounts",
                "The number of accounts.",
                &self.accounts,
            ),
        ])
    }
    fn set(
        &mut self,
        flag: &::core::primitive::str,
        text: &::core::primitive::str,
    ) -> ::core::option::Option<::core::result::Result<(), ::std::string::String>> {
        let result = match flag {
            "accounts" => ::mael_sim::declared::set(&mut self.accounts, text),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(result)
    }
}
/// Every request of `Bank`.
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum BankRequest {
    /// Moves `amount` from one account to another.
    Transfer {
        /// The field `from`.
        from: u64,
        /// The field `to`.
        to: u64,
        /// The field `amount`.
        amount: i64,
    },
    /// Returns all balances at one time.
    Read {},
}
/// Every reply to a request of `Bank`.
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
#[allow(clippy::enum_variant_names)]
#[allow(dead_code, non_snake_case, private_interfaces, unreachable_pub)]
pub enum BankReply {
    /// The reply to a request of type `transfer`.
    TransferOk {},
    /// The reply to a request of type `read`.
    ReadOk {
        /// The field `balances`.
        balances: BTreeMap<u64, i64>,
    },
}
#[allow(non_snake_case)]
impl ::mael_sim::declared::Operations for Bank {
    type Request = BankRequest;
    type Reply = BankReply;
    fn operations(&self) -> ::std::vec::Vec<::mael_sim::declared::OperationType> {
        ::std::vec::Vec::from([
            ::mael_sim::declared::OperationType::new(
                    "Moves `amount` from one account to another.",
                    (
                        "transfer",
                        &[("from", "integer"), ("to", "integer"), ("amount", "integer")],
                    ),
                    ("transfer_ok", &[]),
                )
                .weight(2u32),
            ::mael_sim::declared::OperationType::new(
                    "Returns all balances at one time.",
                    ("read", &[]),
                    ("read_ok", &[("balances", "{integer: integer, ...}")]),
                )
                .read_only()
                .finally(),
        ])
    }
    fn draw(
        &self,
        name: &::core::primitive::str,
        source: &mut ::mael_sim::declared::Source<'_>,
    ) -> ::core::option::Option<::mael_sim::declared::Drawn> {
        let drawn = match name {
            "transfer" => {
                ::mael_sim::declared::Drawn::new("transfer")
                    .field("from", source.draw::<u64>(&(0..self.accounts)))
                    .field("to", source.draw::<u64>(&(0..self.accounts)))
                    .field("amount", source.draw::<i64>(&(1..=5)))
            }
            "read" => ::mael_sim::declared::Drawn::new("read"),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(drawn)
    }
    fn read_request(
        name: &::core::primitive::str,
        body: ::mael::protocol::Body<'_>,
    ) -> ::core::option::Option<::mael::Result<Self::Request>> {
        let read = match name {
            "transfer" => {
                body.exact_fields(["from", "to", "amount"])
                    .map(|(from, to, amount)| BankRequest::Transfer {
                        from,
                        to,
                        amount,
                    })
            }
            "read" => body.exact_fields([]).map(|()| BankRequest::Read {}),
            _ => return ::core::option::Option::None,
        };
        ::core::option::Option::Some(read)
    }
    fn read_reply(
        name: &::core::primitive::str,
        body: ::mael::protocol::Body<'_>,
    ) -> ::core::option::Option<::mael::Result<Self::Reply>> {
        let read = match name {
            "transfer" => body.exact_fields([]).map(|()| BankReply::TransferOk {}),
            "read" => {
                body.exact_fields(["balances"])
                    .map(|(balances,)| BankReply::ReadOk { balances })
            }
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
            &[("total", ::mael_sim::declared::Check::Typed(Self::total))],
        )
    }
    fn anomaly(&self) -> &'static ::core::primitive::str {
        "total"
    }
}
