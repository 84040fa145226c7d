//! Models by name, for histories of a single object.

use mael_history::text::unknown;
use mael_history::{History, Kind};

use super::{
    CasRegister, FifoQueue, Model, Mutex, ObservedCasRegister, UnorderedQueue, check_within,
    observe_failures,
};
use crate::coverage::is_ok;
use crate::{Coverage, Verdict};

/// A model that can be selected by name, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedModel {
    /// [`CasRegister`], which is also called `register`.
    CasRegister,
    /// [`ObservedCasRegister`].
    ObservedCasRegister,
    /// [`Mutex`].
    Mutex,
    /// [`FifoQueue`].
    FifoQueue,
    /// [`UnorderedQueue`].
    UnorderedQueue,
}

const NAMES: [(&str, NamedModel); 6] = [
    ("register", NamedModel::CasRegister),
    ("cas-register", NamedModel::CasRegister),
    ("observed-cas-register", NamedModel::ObservedCasRegister),
    ("mutex", NamedModel::Mutex),
    ("fifo-queue", NamedModel::FifoQueue),
    ("unordered-queue", NamedModel::UnorderedQueue),
];

impl NamedModel {
    /// Returns the model of this name.
    ///
    /// # Errors
    /// Returns a message that lists the known names if there is no such model.
    pub fn by_name(name: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, model)| *model)
            .ok_or_else(|| unknown("model", name, &NAMES.map(|(name, _)| name)))
    }

    /// Checks the history of one object within a memory limit in bytes.
    pub fn check(self, history: &History, memory: u64) -> Verdict {
        match self {
            Self::CasRegister => check_within(&CasRegister, history, memory),
            Self::ObservedCasRegister => {
                check_within(&ObservedCasRegister, &observe_failures(history), memory)
            }
            Self::Mutex => check_within(&Mutex, history, memory),
            Self::FifoQueue => check_within(&FifoQueue, history, memory),
            Self::UnorderedQueue => check_within(&UnorderedQueue, history, memory),
        }
    }

    /// Returns how many operations of a history [`check`](Self::check) judges.
    pub fn coverage(self, history: &History) -> Coverage {
        match self {
            Self::CasRegister => coverage(&CasRegister, history),
            Self::ObservedCasRegister => coverage(&ObservedCasRegister, &observe_failures(history)),
            Self::Mutex => coverage(&Mutex, history),
            Self::FifoQueue => coverage(&FifoQueue, history),
            Self::UnorderedQueue => coverage(&UnorderedQueue, history),
        }
    }
}

fn coverage<M: Model>(model: &M, history: &History) -> Coverage {
    Coverage::of(history, |invocation, completion| {
        if completion.is_some_and(|completion| completion.kind == Kind::Fail) {
            return Ok(false);
        }
        let ok = completion.filter(|_| is_ok(completion));
        model.action(
            &invocation.f,
            &invocation.value,
            ok.map(|completion| &completion.value),
        )?;
        Ok(ok.is_some())
    })
}
