//! Echo, without any state unless it has a bug.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node that echoes requests.
#[node]
pub struct Echo {
    flags: Flags<Options<Bug>>,
    previous: RefCell<String>,
}

/// The bugs of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It changes some texts to uppercase.
    Uppercases,
    /// It returns the text of the previous request.
    RepliesWithPrevious,
}

#[handlers]
impl Echo {
    /// Echoes the request back.
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        if self.flags.now_has(Bug::Uppercases) {
            return echo.to_uppercase();
        }
        if self.flags.has(Bug::RepliesWithPrevious) {
            return self.previous.replace(echo);
        }
        echo
    }
}
