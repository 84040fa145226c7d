//! Histories of distributed systems in Jepsen's format: operations with values, in EDN or JSON.
//!
//! A [`History`] lists the invocations and completions of all operations. This crate reads and
//! prints histories; `mael-checkers` checks them.
//!
//! ```
//! use mael_history::{History, Kind, Process};
//!
//! let text = "{:process 0, :type :invoke, :f :read, :value nil}
//!             {:process 0, :type :ok, :f :read, :value 3}";
//! let history = History::from_edn(text).unwrap();
//! assert_eq!(history.0[1].kind, Kind::Ok);
//! assert_eq!(history.0[1].process, Process::Client(0));
//! ```

mod builder;
pub mod edn;
mod history;
mod integer;
pub mod net;
mod pairs;
mod process;
mod read;
pub mod text;
mod validity;
mod value;

pub use builder::HistoryBuilder;
pub use edn::ReadError;
pub use history::{History, Kind, Operation};
pub use integer::{Integer, ParseIntegerError};
pub use net::NetStats;
pub use pairs::{Pair, PairEvent, Pairs, Unpaired};
pub use process::Process;
pub use read::Recording;
pub use validity::Validity;
pub use value::{SHOWN, Value};
