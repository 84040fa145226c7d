//! Echo, from no state at all.

use mael::clap::{self, ValueEnum};
use mael::prelude::*;

use super::Options;

/// A node that says what it is told.
#[node]
pub struct Echo {
    flags: Flags<Options<Bug>>,
    before: RefCell<String>,
}

/// What the node does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bug {
    /// It changes some texts.
    Shouts,
    /// It says what it was told before.
    AnswersLate,
}

#[handlers]
impl Echo {
    /// Says `echo`.
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        if self.flags.now_has(Bug::Shouts) {
            return echo.to_uppercase();
        }
        if self.flags.has(Bug::AnswersLate) {
            return self.before.replace(echo);
        }
        echo
    }
}
