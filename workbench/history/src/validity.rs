//! Whether something is right: yes, no, or it can't be told.

use crate::Value;

/// Whether something is right. The worst of several counts: `max`.
///
/// ```
/// use mael_history::Validity;
///
/// assert_eq!(Validity::Unknown.max(Validity::True), Validity::Unknown);
/// assert_eq!(Validity::Unknown.max(Validity::False), Validity::False);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Validity {
    /// It is right.
    #[default]
    True,
    /// It can't be told.
    Unknown,
    /// It is wrong.
    False,
}

impl From<bool> for Validity {
    fn from(valid: bool) -> Self {
        if valid { Self::True } else { Self::False }
    }
}

impl From<Validity> for Value {
    fn from(valid: Validity) -> Self {
        match valid {
            Validity::True => Self::Bool(true),
            Validity::Unknown => Self::keyword("unknown"),
            Validity::False => Self::Bool(false),
        }
    }
}
